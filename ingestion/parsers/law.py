"""Turns an XML text of a law, or other XML, into canonical text: headings, numbered paragraphs, tables, footnotes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingestion.parsers.blocks import Blocks, clean, numbered
from ingestion.parsers.elements import Element, attribute, local, read_xml
from ingestion.parsers.grids import grid
from ingestion.parsers.law_words import (
    all_words,
    character,
    declared_language,
    declared_title,
    has_own_words,
    list_label,
    spaced,
)
from ingestion.parsers.text import DEFAULT_LIMITS, ParsedText
from ingestion.parsers.vocabularies import OTHER, LawVocabulary, vocabulary
from ingestion.parsers.web_page import read_page
from ingestion.settings import ParsingLimits

_BARE: Final = re.compile(r"[\dA-Za-z]{1,6}")
_STARTS_WITH_NUMBER: Final = re.compile(r"\d|[IVXLC]+\b|[A-Z]\b")
_PROVISION_IN_URI: Final = re.compile(r"/(section|regulation|article|rule|paragraph)/[^/]+/?$")


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read an XML file by the vocabulary it is written in; raises UnreadableSourceError."""
    root = read_xml(path.read_bytes(), limits)
    if local(root).lower() == "html":
        return read_page(root, limits)
    known = vocabulary(root)
    law = _Law(known, limits)
    law.read(root)
    title = law.title or declared_title(root) or law.first_heading
    return ParsedText(
        law.blocks.text(), title=title or None, language=declared_language(root), notes=tuple(law.remarks(known))
    )


class _Law:
    """What was read of a law so far; `_label` waits for the first words of its paragraph, `_caption` for its label."""

    def __init__(self, known: LawVocabulary, limits: ParsingLimits) -> None:
        self.blocks = Blocks(limits)
        self.title = ""
        self.first_heading = ""
        self._known = known
        self._pieces: list[str] = []
        self._label = ""
        self._caption = ""
        self._footnotes: list[str] = []
        self._leveled = 0
        self._place = 0
        self._inside_block = 0
        self._quoted = 0
        self._annexed = 0

    def read(self, root: Element) -> None:
        consumed: list[Element] = []
        if local(root) not in {*self._known.divisions, *self._known.provisions}:
            consumed = self._children(root, self._known.captions)
            self._title(" ".join(all_words(caption) for caption in consumed))
            self._inside(root, 1, consumed)
        else:
            self._visit(root, 1)
        self._flush()

    def remarks(self, known: LawVocabulary) -> Iterator[str]:
        if known is OTHER:
            yield "its XML is of no known vocabulary; headings and numbers were guessed by the names of its elements"

    def _inside(self, element: Element, level: int, consumed: list[Element]) -> None:
        self._pieces.append(spaced(element.text))
        done = set(map(id, consumed))
        for place, child in enumerate(element, start=1):
            if id(child) not in done:
                self._place = place
                self._visit(child, level)
            self._pieces.append(spaced(child.tail))

    def _visit(self, element: Element, level: int) -> None:
        known, tag = self._known, self._name(element)
        if tag in known.left_out:
            return
        if tag in known.notes:
            self._note(element)
        elif tag in known.references:
            self._pieces.append(f"[^{all_words(element)}]")
        elif tag in known.tables:
            self._table(element, level)
        elif tag in known.leveled:
            self._standing_heading(element, level)
        elif tag in known.titles and not self.title:
            self._flush()
            self._title(all_words(element))
        else:
            self._structure(element, tag, level)

    def _structure(self, element: Element, tag: str, level: int) -> None:
        known = self._known
        if tag in known.grouping and self._gives_caption(element):
            captions = self._children(element, known.captions)
            self._caption = " ".join(map(all_words, captions))
            self._inside(element, level, captions)
        elif tag in known.divisions or tag in known.grouping:
            self._headed(element, known.divisions.get(tag, ""), level)
        elif tag in known.provisions:
            self._provision(element, tag, level)
        elif tag in known.numbered and (tag not in known.blocks or self._children(element, known.labels)):
            self._numbered(element, level)
        elif tag in known.items:
            self._item(element, level)
        elif tag in known.quoted:
            self._quote(element, level)
        else:
            self._words_of(element, tag, level)

    def _words_of(self, element: Element, tag: str, level: int) -> None:
        running = tag in self._known.blocks or (not self._inside_block and has_own_words(element))
        apart = running or not self._inside_block or tag in self._known.captions
        if apart:
            self._flush()
        self._inside_block += running
        self._inside(element, level, [])
        self._inside_block -= running
        if apart:
            self._flush()
        elif tag in {"QUOT.START", "QUOT.END"}:
            self._pieces.append(character(attribute(element, "CODE")))

    def _provision(self, element: Element, tag: str, level: int) -> None:
        if self._annexed and not self._quoted:
            self._numbered(element, level)
            return
        if tag == "section" and any(self._name(inside) == "article" for inside in element.iter()):
            self._headed(element, "Section", level)
            return
        uri = _PROVISION_IN_URI.search(attribute(element, "IdURI") or attribute(element, "DocumentURI"))
        word = uri[1].capitalize() if uri else self._known.provisions[tag]
        self._headed(element, word, max(level, self._leveled + 1))

    def _headed(self, element: Element, word: str, level: int) -> None:
        self._flush()
        labels = self._children(element, self._known.labels)[:1]
        captions = self._children(element, self._known.captions)
        number = _numbered_as(word, " ".join(map(all_words, labels)))
        caption = " \u2014 ".join(filter(None, [self._caption, *map(all_words, captions)]))
        self._caption = ""
        words = " \u2014 ".join(filter(None, [number, caption]))
        self._heading(level, words)
        annexed = self._name(element) in self._known.annexes
        self._annexed += annexed
        leveled, self._leveled = self._leveled, 0 if words else self._leveled
        self._inside(element, level + bool(words), [*labels, *captions])
        self._flush()
        self._leveled = leveled
        self._annexed -= annexed

    def _standing_heading(self, element: Element, level: int) -> None:
        self._flush()
        parts = [part for part in element if self._name(part) in {*self._known.labels, *self._known.captions}]
        words = " \u2014 ".join(filter(None, map(all_words, parts))) or all_words(element)
        written = attribute(element, "level")
        self._leveled = min(level + (int(written) - 1 if written.isdecimal() and len(written) == 1 else 0), 9)
        self._heading(self._leveled, words)

    def _numbered(self, element: Element, level: int) -> None:
        self._flush()
        labels = self._children(element, self._known.labels)[:1]
        captions = self._children(element, self._known.captions)
        label = " ".join(map(self._label_of, labels))
        self._caption = " ".join(filter(None, [self._caption, *map(all_words, captions)]))
        # "(1)" without words of its own, followed by "(a)", is written "(1)(a)".
        apart = " " if self._label and not label.startswith("(") else ""
        self._label = label if self._label == "-" else self._label + apart + label
        inside_block, self._inside_block = self._inside_block, int(has_own_words(element))
        self._inside(element, level, [*labels, *captions])
        self._inside_block = inside_block
        self._flush()
        if label and self._label == label:
            self._write(label)
            self._label = ""

    def _label_of(self, element: Element) -> str:
        words = all_words(element)
        before, after = attribute(element, "PuncBefore"), attribute(element, "PuncAfter")
        if before or after:
            return before + words + after
        if not _BARE.fullmatch(words):
            return words
        return f"{words}." if self._annexed and self._name(element) == "Pnumber" and words.isdigit() else f"({words})"

    def _item(self, element: Element, level: int) -> None:
        self._flush()
        around = element.getparent()
        self._label = (
            "-" if around is None or local(around) != "OrderedList" else list_label(element, around, self._place)
        )
        label = self._label
        inside_block, self._inside_block = self._inside_block, int(has_own_words(element))
        self._inside(element, level, [])
        self._inside_block = inside_block
        self._flush()
        self._label = "" if self._label == label else self._label

    def _quote(self, element: Element, level: int) -> None:
        if self._inside_block and not any(self._name(part) in self._known.numbered for part in element.iter()):
            self._inside(element, level, [])
            return
        self._flush()
        self._quoted += 1
        inside_block, self._inside_block = self._inside_block, 0
        self._inside(element, level, [])
        self._inside_block = inside_block
        self._flush()
        self._quoted -= 1

    def _note(self, element: Element) -> None:
        labels = [part for part in element if self._name(part) in {*self._known.labels, "FootnoteNumber"}]
        mark = " ".join(map(all_words, labels)) or attribute(element, "marker") or attribute(element, "NOTE.ID")
        beside = set(map(id, labels))
        words = clean(" ".join(all_words(part) for part in element if id(part) not in beside))
        words = " ".join(filter(None, [" ".join((element.text or "").split()), words]))
        if self._pieces and self._inside_block:
            self._pieces.append(f"[^{mark or '*'}]")
        self._footnotes.append(f"[^{mark or '*'}]: {words}")

    def _table(self, element: Element, level: int) -> None:
        self._flush()
        known = self._known
        rows = [part for part in element.iter() if self._name(part) in known.rows]
        cells = [[cell for cell in row if self._name(cell) in known.cells] for row in rows]
        if sum(map(len, cells)) <= 1:
            self._inside(element, level, [])
            self._flush()
            return
        for part in element:
            if self._name(part) in {"title", "caption", "ttitle", "TTITLE", "TITLE", "ti"}:
                self._write(all_words(part))
        heads = sum(_is_head(row, known) for row in rows)
        if local(element) == "table" and any(local(row) == "tr" for row in rows):
            heads, spread = grid(element)
            self.blocks.table([[all_words(cell) if cell is not None else "" for cell in row] for row in spread], heads)
        else:
            self.blocks.table([[all_words(cell) for cell in row] for row in cells], heads)

    def _flush(self) -> None:
        words = clean("".join(self._pieces))
        self._pieces.clear()
        if words:
            if self._label == "-" and not self._quoted:
                self.blocks.item("", "-", words)
            else:
                label = "" if numbered(words) and self._label == "-" else self._label
                self._write(f"{label} {words}" if label else words)
            self._label = ""
        footnotes, self._footnotes = (self._footnotes, []) if words or not self._label else ([], self._footnotes)
        for footnote in footnotes:
            self._write(footnote)

    def _write(self, words: str) -> None:
        note, self._caption = self._caption.rstrip(".:\u2014\u2013 "), ""
        lines = f"**{note}**\n{words}" if note else words
        self.blocks.paragraph("\n".join(f"> {line}" for line in lines.split("\n")) if self._quoted else lines)

    def _heading(self, level: int, words: str) -> None:
        if self._quoted:
            self._write(words)
            return
        self.first_heading = self.first_heading or words
        self.blocks.heading(level + 1, words)

    def _title(self, words: str) -> None:
        if words:
            self.blocks.heading(1, words)
            self.title = " ".join(clean(words).split())

    def _gives_caption(self, element: Element) -> bool:
        return sum(self._name(part) in self._known.provisions for part in element) == 1

    def _children(self, element: Element, names: frozenset[str]) -> list[Element]:
        return [child for child in element if self._name(child) in names]

    def _name(self, element: Element) -> str:
        name = local(element)
        return name.lower() if self._known is OTHER else name


def _numbered_as(word: str, number: str) -> str:
    """Write the number of a provision with the word for it, unless it brings one: `Section 7`, `\u00a7 4`."""
    number = number.rstrip(".:\u2014\u2013 ")
    bare = _STARTS_WITH_NUMBER.match(number) is not None
    return f"{word} {number}" if word and bare else number


def _is_head(row: Element, known: LawVocabulary) -> bool:
    around = row.getparent()
    if local(row) == "BOXHD" or attribute(row, "TYPE") == "HEADER":
        return True
    return around is not None and local(around) in known.heads
