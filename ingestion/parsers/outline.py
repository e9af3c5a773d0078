"""Turns JSON and JSON lines into canonical text: lists of provisions as a law prints them, the rest as an outline."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from ingestion.parsers.blocks import DEEPEST_HEADING, Blocks, clean
from ingestion.parsers.fields import Fields, Json, group_heading, grouping, is_list_of_objects, read_fields, spoken
from ingestion.parsers.running_lists import on_lines
from ingestion.parsers.text import DEFAULT_LIMITS, ParsedText, decoded, too_deep
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_BRACKETS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LINES: Final = (".jsonl", ".ndjson")
_TOP: Final = 2  # the level of headings below the title
_LONGEST_LABEL: Final = 40
_CONTAINERS: Final = frozenset(
    {"articles", "sections", "items", "paragraphs", "children", "content", "contents", "provisions", "clauses", "rules"}
    | {"entries", "records", "documents", "results", "subsections", "points", "nodes", "body", "data", "list", "parts"}
)


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read a JSON file, or one with a JSON value on each line; raises UnreadableSourceError."""
    text = decoded(path.read_bytes(), None).removeprefix("\ufeff")
    value: Json = list(_values(text, limits)) if path.suffix.lower() in _LINES else _value(text, limits)
    outline = _Outline(limits)
    outline.write(value)
    return ParsedText(outline.blocks.text(), title=outline.title, language=outline.language)


def _values(text: str, limits: ParsingLimits) -> Iterator[Json]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _value(line, limits, f"line {number}")


def _value(text: str, limits: ParsingLimits, place: str = "") -> Json:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > limits.deepest:
            raise too_deep(limits)
    try:
        # Numbers stay as they are written: 1.10 is a paragraph, not 1.1.
        parsed = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_distinct)
    except json.JSONDecodeError as error:
        where = f"{place}, column {error.colno}" if place else f"line {error.lineno}, column {error.colno}"
        raise UnreadableSourceError(
            f"it is not JSON ({where}: {error.msg})", "correct it there, or export it anew"
        ) from error
    return cast("Json", parsed)


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise UnreadableSourceError(f"it gives {twice[:60]!r} twice in one object", "give every value its own name")
    return found


class _Outline:
    """The text of a JSON value while it is written."""

    def __init__(self, limits: ParsingLimits) -> None:
        self.blocks = Blocks(limits)
        self.title: str | None = None
        self.language: str | None = None

    def write(self, value: Json) -> None:
        """Write a whole file; the title of its outermost object is the title of the document."""
        if isinstance(value, dict):
            fields = read_fields(value)
            self.title = fields.title or None
            language = value.get("language") or value.get("lang")
            self.language = language if isinstance(language, str) and len(language) < _LONGEST_LABEL else None
            if fields.title:
                self.blocks.heading(1, " \u2014 ".join(filter(None, [fields.number, fields.title])))
                self._contents(fields, _TOP)
                return
        self._any(value, _TOP)

    def _any(self, value: Json, level: int) -> None:
        if isinstance(value, dict):
            self._object(value, level)
        elif is_list_of_objects(value):
            self._sections(cast("Sequence[Mapping[str, Json]]", value), level)
        elif isinstance(value, list):
            for part in value:
                if isinstance(part, dict | list):
                    self._any(part, level)
                else:
                    self._words(part)
        else:
            self._words(value)

    def _sections(self, sections: Sequence[Mapping[str, Json]], level: int) -> None:
        """Write a list of provisions; what stays the same over several of them is the heading above these."""
        groups = grouping(sections)
        last: list[str] = []
        for section in sections:
            heads = [group_heading(section, names) for names in groups]
            for depth, head in enumerate(heads):
                if head and heads[: depth + 1] != last[: depth + 1]:
                    self.blocks.heading(level + depth, head)
            last = heads
            grouped = {name for names in groups for name in names}
            own = {name: value for name, value in section.items() if name not in grouped}
            self._object(own, level + len(groups))

    def _object(self, value: Mapping[str, Json], level: int) -> None:
        fields = read_fields(value)
        point = fields.in_text or (level > _TOP and fields.bare and bool(fields.texts) and not fields.word)
        if fields.number and not fields.title and (point or level > DEEPEST_HEADING):
            self._point(fields, level)
        elif fields.heading:
            self.blocks.heading(level, fields.heading)
            self._contents(fields, level + 1)
        else:
            self._contents(fields, level)

    def _point(self, fields: Fields, level: int) -> None:
        """Write a paragraph of a provision: its number as it is printed, then its words."""
        first, *others = fields.texts or [""]
        words = first if isinstance(first, str) else ""
        self._words(f"{fields.mark} {words}".strip())
        for other in others if isinstance(first, str) else fields.texts:
            self._any(other, level)
        self._others(fields, level)

    def _contents(self, fields: Fields, level: int) -> None:
        for text in fields.texts:
            if isinstance(text, str):
                self._words(_without(text, fields.numbered if fields.word else ""))
            else:
                self._any(text, level)
        self._others(fields, level)

    def _others(self, fields: Fields, level: int) -> None:
        for name, value in fields.others.items():
            if value in (None, "", [], {}):
                continue
            if not isinstance(value, dict | list):
                self.blocks.paragraph(f"{spoken(name)}: {_scalar(value)}")
            elif isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
                self._simple_list(name, value)
            elif name.lower() in _CONTAINERS:
                self._any(value, level)
            else:
                self.blocks.heading(level, spoken(name))
                self._any(value, level + 1)

    def _simple_list(self, name: str, values: Sequence[Json]) -> None:
        if name.lower() not in _CONTAINERS:
            self.blocks.paragraph(f"{spoken(name)}:")
            for value in values:
                self.blocks.item("", "-", _scalar(value))
            return
        for value in values:
            self._words(value)

    def _words(self, value: Json) -> None:
        if value is not None:
            for line in clean(on_lines(_scalar(value))).split("\n"):
                self.blocks.paragraph(line)


def _without(text: str, numbered: str) -> str:
    """Leave out "Annex I" where the text repeats it after the heading, as exports of laws do."""
    rest = text[len(numbered) :].lstrip(" .:\u2013\u2014-\n")
    repeated = numbered and text[: len(numbered)].casefold() == numbered.casefold()
    return rest if repeated and rest and not text[len(numbered)].isalnum() else text


def _scalar(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
