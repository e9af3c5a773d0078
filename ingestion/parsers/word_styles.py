"""Turns the styles of a Word file into what matters for reading: heading levels, lists, language."""

import re
from dataclasses import dataclass
from typing import Final

from ingestion.parsers.elements import Element, attribute, local

DEEPEST_OUTLINE: Final = 9
"""The lowest level of headings in Word; what is said to be lower is running text."""

_HEADING: Final = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_CONTENTS: Final = re.compile(r"(toc|table of (contents|figures))\b.*|toc\s*\d", re.IGNORECASE)
_LONGEST_CHAIN: Final = 20


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph style says: its name, the level of its heading (from 1; None for running text), its list."""

    name: str = ""
    heading: int | None = None
    list_id: str | None = None
    list_level: int | None = None

    @property
    def is_contents(self) -> bool:
        """Whether it is of a table of contents, which repeats what comes."""
        return _CONTENTS.fullmatch(self.name) is not None

    @property
    def is_title(self) -> bool:
        """Whether it is of the title of the document."""
        return self.name.lower() == "title"


class WordStyles:
    """The paragraph styles of one file; `language` is that of its text."""

    def __init__(self, styles: Element | None) -> None:
        self.language: str | None = None
        self.default = ""
        self._own: dict[str, tuple[str, ParagraphStyle]] = {}
        for element in styles if styles is not None else ():
            if local(element) == "docDefaults":
                declared = (attribute(part, "val") for part in element.iter() if local(part) == "lang")
                self.language = next(filter(None, declared), None)
            elif local(element) == "style" and attribute(element, "type") == "paragraph":
                self._read(element)

    def style(self, style_id: str) -> ParagraphStyle:
        """Read a style with what it takes over from those that it is based on."""
        based, own = self._own.get(style_id, ("", ParagraphStyle()))
        heading, list_id, list_level = own.heading, own.list_id, own.list_level
        for _ in range(_LONGEST_CHAIN):
            if not based:
                break
            based, above = self._own.get(based, ("", ParagraphStyle()))
            heading = above.heading if heading is None else heading
            list_level = above.list_level if list_level is None else list_level
            list_id = above.list_id if list_id is None else list_id
        return ParagraphStyle(own.name, heading, list_id, list_level)

    def _read(self, element: Element) -> None:
        style_id = attribute(element, "styleId")
        said = {local(child): child for child in element}
        name = attribute(said["name"], "val") if "name" in said else style_id
        found = _HEADING.fullmatch(name)
        heading = int(found[1]) if found else None
        list_id: str | None = None
        list_level: int | None = None
        for part in said["pPr"].iter() if "pPr" in said else ():
            value = attribute(part, "val")
            if local(part) == "outlineLvl" and value.isdecimal() and int(value) < DEEPEST_OUTLINE and heading is None:
                heading = int(value) + 1
            elif local(part) == "numId":
                list_id = value
            elif local(part) == "ilvl" and value.isdecimal():
                list_level = int(value)
        based = attribute(said["basedOn"], "val") if "basedOn" in said else ""
        self._own[style_id] = (based, ParagraphStyle(name, heading, list_id, list_level))
        if attribute(element, "default") in {"1", "true"}:
            self.default = style_id
