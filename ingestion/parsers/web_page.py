"""Turns a web page into canonical text: headings, paragraphs, lists and tables, without navigation and hidden parts."""

from pathlib import Path
from typing import Final

from ingestion.parsers.blocks import Blocks, numbered
from ingestion.parsers.elements import Element, attribute, local, read_html
from ingestion.parsers.grids import grid, is_layout, listed
from ingestion.parsers.list_marks import list_mark
from ingestion.parsers.text import DEFAULT_LIMITS, ParsedText
from ingestion.settings import ParsingLimits

_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_LEFT_OUT: Final = frozenset(
    {"script", "style", "noscript", "template", "nav", "head", "svg", "math", "iframe", "object", "canvas", "audio"}
    | {"video", "map", "button", "input", "select", "textarea", "dialog", "menu", "del", "rp"}
)
_LEFT_OUT_ROLES: Final = frozenset({"navigation", "search", "banner", "contentinfo", "menu", "menubar", "dialog"})
_BLOCKS: Final = frozenset(
    {"html", "body", "p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote"}
    | {"dl", "dt", "dd", "figure", "figcaption", "fieldset", "legend", "form", "details", "summary", "center", "hr"}
    | {"caption", "td", "th", "tr", "tbody", "thead", "tfoot", "li", "hgroup"}
)
_LISTS: Final = frozenset({"ul", "ol", "dir"})


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read an HTML file; raises UnreadableSourceError."""
    return read_page(read_html(path.read_bytes(), limits), limits)


def read_page(root: Element, limits: ParsingLimits) -> ParsedText:
    """Read the main part of a page where it marks one, else all of it."""
    main = _main(root)
    page = _Page(limits, whole=main is None)
    page.read(root if main is None else main)
    title = next((_words(element) for element in root.iter() if local(element) == "title"), "")
    if not title:
        title = next((_words(element) for element in root.iter() if local(element) == "h1"), "")
    return ParsedText(page.blocks.text(), title=title or None, language=attribute(root, "lang") or None)


class _Page:
    """What was read of a page so far; `_mark` waits for the first words of a list item."""

    def __init__(self, limits: ParsingLimits, *, whole: bool) -> None:
        self.blocks = Blocks(limits)
        self._whole = whole
        self._pieces: list[str] = []
        self._indent = ""
        self._mark = ""

    def read(self, element: Element) -> None:
        self._inside(element)
        self._flush()

    def _inside(self, element: Element) -> None:
        self._pieces.append(_spaced(element.text))
        for child in element:
            if not self._left_out(child):
                self._visit(child)
            self._pieces.append(_spaced(child.tail))

    def _visit(self, element: Element) -> None:
        tag = local(element)
        if tag == "br":
            self._pieces.append("\n")
        elif tag in _HEADINGS:
            self._heading(element, _HEADINGS[tag])
        elif tag in _LISTS:
            self._list(element)
        elif tag == "table":
            self._table(element)
        elif tag in {"pre", "listing", "xmp"}:
            self._flush()
            self.blocks.verbatim("".join(element.itertext()))
        elif tag in _BLOCKS:
            self._flush()
            self._inside(element)
            self._flush()
        else:
            self._inside(element)

    def _left_out(self, element: Element) -> bool:
        tag = local(element)
        if tag in _LEFT_OUT or attribute(element, "role") in _LEFT_OUT_ROLES or _hidden(element):
            return True
        # A page without <main> has its logo and addresses in these, unless the heading of the page is there too.
        around = element.getparent()
        of_page = self._whole and tag in {"header", "footer"} and around is not None and local(around) == "body"
        return of_page and not any(local(inside) in _HEADINGS for inside in element.iter())

    def _heading(self, element: Element, level: int) -> None:
        self._flush()
        mark, self._mark = self._mark, ""
        words = _words(element)
        self.blocks.heading(level, f"{mark} {words}" if mark.strip("-") and not numbered(words) else words)

    def _list(self, element: Element) -> None:
        self._flush()
        outer = self._indent
        place = _number(attribute(element, "start"), 1)
        for child in element:
            if self._left_out(child):
                continue
            if local(child) in _LISTS:
                self._nested(child, outer)
                continue
            place = _number(attribute(child, "value"), place)
            style = attribute(child, "type") or attribute(element, "type")
            self._mark = list_mark(style, place) if local(element) == "ol" else "-"
            place += 1
            self._nested(child, outer)
            self._pieces.append(_spaced(child.tail))
        self._indent = outer

    def _nested(self, element: Element, outer: str) -> None:
        self._indent = outer
        if local(element) in _LISTS:
            self._indent = outer + "  "
            self._list(element)
        else:
            self._item(element)
        self._indent = outer
        self._mark = ""

    def _item(self, element: Element) -> None:
        self._pieces.append(_spaced(element.text))
        outer = self._indent
        for child in element:
            if not self._left_out(child):
                if local(child) in _LISTS:
                    self._flush()
                    self._indent = outer + "  "
                self._visit(child)
                self._indent = outer
            self._pieces.append(_spaced(child.tail))
        self._flush()

    def _table(self, element: Element) -> None:
        self._flush()
        if attribute(element, "role") == "presentation" or is_layout(element):
            self._inside(element)
            self._flush()
            return
        rows = listed(element)
        if rows:
            # Laws on the web set "(a)" and its words into two cells of a table without lines.
            for mark, content in rows:
                self._mark = mark
                self._inside(content)
                self._flush()
                self._mark = ""
            return
        caption = next((child for child in element if local(child) == "caption"), None)
        if caption is not None:
            self.blocks.paragraph(_words(caption))
        heads, cells = grid(element)
        self.blocks.table([[_words(part) if part is not None else "" for part in row] for row in cells], heads)

    def _flush(self) -> None:
        words = "".join(self._pieces)
        self._pieces.clear()
        if not words.strip():
            return
        if self._mark:
            mark, self._mark = self._mark, ""
            self.blocks.item(self._indent, mark, words)
        else:
            self.blocks.paragraph(words)


def _main(root: Element) -> Element | None:
    """Find the one part that says it is the main one, if it has any words."""
    found = [part for part in root.iter() if local(part) == "main" or attribute(part, "role") == "main"]
    return found[0] if len(found) == 1 and not _hidden(found[0]) and _words(found[0]) else None


def _hidden(element: Element) -> bool:
    style = attribute(element, "style").replace(" ", "").lower()
    hidden = "hidden" in element.attrib or attribute(element, "aria-hidden").lower() == "true"
    return hidden or "display:none" in style or "visibility:hidden" in style


def _words(element: Element) -> str:
    """Read all words of an element in one line, without what is left out inside it."""
    pieces: list[str] = []
    _collect(element, pieces)
    return " ".join("".join(pieces).split())


def _collect(element: Element, pieces: list[str]) -> None:
    pieces.append(element.text or "")
    for child in element:
        tag = local(child)
        if tag not in _LEFT_OUT and not _hidden(child):
            edge = " " if tag == "br" or tag in _BLOCKS or tag in _LISTS or tag in _HEADINGS else ""
            pieces.append(edge)
            _collect(child, pieces)
            pieces.append(edge)
        pieces.append(child.tail or "")


def _spaced(words: str | None) -> str:
    """White space in the markup is only space; line breaks have their own element."""
    return " ".join(words.splitlines()) if words and "\n" in words else words or ""


def _number(written: str, otherwise: int) -> int:
    return int(written) if written.lstrip("-").isdecimal() and len(written) < len("-9999999") else otherwise
