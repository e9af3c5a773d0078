"""Turns a Word file (.docx) into canonical text, with the numbers that Word would print, tables and footnotes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.parsers.blocks import Blocks, clean
from ingestion.parsers.elements import Element, attribute, local
from ingestion.parsers.package import Package, opened
from ingestion.parsers.text import DEFAULT_LIMITS, ParsedText
from ingestion.parsers.word_numbers import WordNumbers
from ingestion.parsers.word_styles import DEEPEST_OUTLINE, ParagraphStyle, WordStyles
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_MAIN: Final = "word/document.xml"
_NOT_NOTES: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_LEFT_OUT: Final = frozenset(
    {"del", "moveFrom", "pPr", "rPr", "sectPr", "instrText", "delText", "Fallback", "txbxContent", "drawing", "pict"}
)
_CHARACTERS: Final = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": " "}
_OFF: Final = frozenset({"0", "false", "off"})


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read a Word file; raises UnreadableSourceError."""
    with opened(path, limits) as package:
        main = package.part(_MAIN)
        body = next((part for part in main if local(part) == "body"), None) if main is not None else None
        if body is None:
            raise UnreadableSourceError(
                "it is an archive, but holds no Word document", "give it the suffix of its kind, or save it as .docx"
            )
        letter = _Letter(package, limits)
        letter.read(body)
        language = _property(package, "language") or letter.styles.language
        title = _property(package, "title") or letter.title
    return ParsedText(letter.blocks.text(), title=title, language=language, notes=tuple(letter.notes()))


@dataclass(frozen=True, slots=True)
class _Numbered:
    """The list that a paragraph belongs to, and its level in it."""

    list_id: str
    level: int


class _Letter:
    """What was read of a Word file so far."""

    def __init__(self, package: Package, limits: ParsingLimits) -> None:
        self.blocks = Blocks(limits)
        self.styles = WordStyles(package.part("word/styles.xml"))
        self.title: str | None = None
        self._numbers = WordNumbers(package.part("word/numbering.xml"))
        self._waiting: list[str] = []
        self._hidden = 0
        self._contents = 0
        self._notes = {kind: dict(_notes(package.part(f"word/{kind}s.xml"), self)) for kind in ("footnote", "endnote")}

    def notes(self) -> Iterator[str]:
        if self._hidden:
            yield "hidden text left out"
        if self._contents:
            yield "table of contents left out"

    def read(self, around: Element) -> None:
        for element in around:
            name = local(element)
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name not in _LEFT_OUT:
                self.read(element)

    def words(self, element: Element) -> str:
        """Read the words of a paragraph or a part of one, as they stand with all changes accepted."""
        pieces: list[str] = []
        self._collect(element, pieces)
        return "".join(pieces)

    def _collect(self, element: Element, pieces: list[str]) -> None:
        for child in element:
            name = local(child)
            if name in _LEFT_OUT or (name == "r" and self._is_hidden(child)):
                continue
            if name == "t":
                pieces.append(child.text or "")
            elif name in _CHARACTERS:
                pieces.append(_CHARACTERS[name])
            elif name in {"footnoteReference", "endnoteReference"}:
                pieces.append(self._note(name.removesuffix("Reference"), attribute(child, "id")))
            else:
                self._collect(child, pieces)

    def _is_hidden(self, run: Element) -> bool:
        properties = next((part for part in run if local(part) == "rPr"), ())
        hidden = any(local(part) == "vanish" and attribute(part, "val") not in _OFF for part in properties)
        self._hidden += hidden
        return hidden

    def _note(self, kind: str, note_id: str) -> str:
        words = self._notes[kind].get(note_id)
        if words is None:
            return ""
        mark = note_id if kind == "footnote" else f"e{note_id}"
        self._waiting.append(f"[^{mark}]: {words}")
        return f"[^{mark}]"

    def _paragraph(self, element: Element) -> None:
        properties = next((part for part in element if local(part) == "pPr"), None)
        style, numbered = self._style(properties)
        if style.is_contents:
            self._contents += 1
            return
        words = clean(self.words(element))
        if words:
            self._write(words, style, numbered)
        for box in _boxes(element):
            self.read(box)
        waiting, self._waiting = self._waiting, []
        for note in waiting:
            self.blocks.paragraph(note)

    def _write(self, words: str, style: ParagraphStyle, numbered: _Numbered | None) -> None:
        mark = self._mark(numbered)
        if style.is_title:
            self.title = self.title or " ".join(words.split())
            self.blocks.heading(1, words)
        elif style.heading is not None:
            level = style.heading + (1 if self.title else 0)
            self.blocks.heading(level, words if mark in {"", "-"} else f"{mark} {words}")
        elif mark == "-":
            self.blocks.item("  " * (numbered.level if numbered else 0), "-", words)
        else:
            self.blocks.paragraph(f"{mark} {words}".strip())

    def _mark(self, numbered: _Numbered | None) -> str:
        return self._numbers.next(numbered.list_id, numbered.level) if numbered else ""

    def _style(self, properties: Element | None) -> tuple[ParagraphStyle, _Numbered | None]:
        style_id, list_id, level, outline = self.styles.default, None, None, None
        for part in properties.iter() if properties is not None else ():
            name, value = local(part), attribute(part, "val")
            if name == "pStyle":
                style_id = value
            elif name == "numId":
                list_id = value
            elif name == "ilvl" and value.isdecimal():
                level = int(value)
            elif name == "outlineLvl" and value.isdecimal():
                outline = int(value) + 1
        style = self.styles.style(style_id)
        if outline is not None and outline <= DEEPEST_OUTLINE and style.heading is None:
            style = ParagraphStyle(style.name, outline, style.list_id, style.list_level)
        list_id = list_id if list_id is not None else style.list_id
        if list_id in {None, "", "0"}:
            return style, None
        if level is None:
            level = self._numbers.level_of_style(list_id or "", style_id)
        return style, _Numbered(list_id or "", level if level is not None else style.list_level or 0)

    def _table(self, element: Element) -> None:
        rows = [list(_within(row, "tc")) for row in _within(element, "tr")]
        if sum(map(len, rows)) <= 1:
            for row in rows:
                for cell in row:
                    self.read(cell)
            return
        self.blocks.table([list(self._cells(row)) for row in rows])
        waiting, self._waiting = self._waiting, []
        for note in waiting:
            self.blocks.paragraph(note)

    def _cells(self, row: list[Element]) -> Iterator[str]:
        for cell in row:
            properties = next((part for part in cell if local(part) == "tcPr"), ())
            spans = [attribute(part, "val") for part in properties if local(part) == "gridSpan"]
            continued = any(local(part) == "vMerge" and attribute(part, "val") != "restart" for part in properties)
            yield "" if continued else " ".join(self._cell_words(cell))
            width = int(spans[0]) if spans and spans[0].isdecimal() and len(spans[0]) < len("100") else 1
            yield from [""] * (width - 1)

    def _cell_words(self, cell: Element) -> Iterator[str]:
        for part in cell.iter():
            if local(part) == "p":
                properties = next((child for child in part if local(child) == "pPr"), None)
                mark = self._mark(self._style(properties)[1])
                yield f"{mark} {clean(self.words(part))}".strip()


def _within(around: Element, name: str) -> Iterator[Element]:
    """Give the rows or cells of a table, also those in content controls or insertions."""
    for element in around:
        if local(element) == name:
            yield element
        elif local(element) in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _within(element, name)


def _boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes that a paragraph anchors, each once: older programs find a second copy in `Fallback`."""
    for element in paragraph:
        if local(element) == "txbxContent":
            yield element
        elif local(element) != "Fallback":
            yield from _boxes(element)


def _notes(part: Element | None, letter: _Letter) -> Iterator[tuple[str, str]]:
    for note in part if part is not None else ():
        if attribute(note, "type") not in _NOT_NOTES:
            yield attribute(note, "id"), " ".join(clean(letter.words(note)).split())


def _property(package: Package, name: str) -> str | None:
    core = package.part("docProps/core.xml")
    for part in core if core is not None else ():
        if local(part) == name and part.text and part.text.strip():
            return " ".join(clean(part.text).split())
    return None
