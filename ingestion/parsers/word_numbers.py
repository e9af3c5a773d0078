"""Turns the numbering of a Word file into the numbers that Word prints before paragraphs: `1.`, `Article 3`, `(a)`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ingestion.parsers.elements import Element, attribute, local
from ingestion.parsers.list_marks import counted

_PLACE: Final = re.compile(r"%([1-9])")
_LEVELS: Final = 9
_SYMBOL: Final = re.compile(r"[^\w(\u00a7]{0,3}")


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered; `restart` names the level above which it begins anew."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    legal: bool = False
    restart: int | None = None
    style: str | None = None


class WordNumbers:
    """Counts the paragraphs of every list of one file, in order."""

    def __init__(self, numbering: Element | None) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, _Level]]] = {}
        self._restarted: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._linked: dict[str, str] = {}
        self._read(numbering if numbering is not None else ())

    def next(self, list_id: str, level: int) -> str:
        """Count a paragraph, and write its number; `-` for a bullet, empty where nothing is printed."""
        if list_id not in self._lists or not 0 <= level < _LEVELS:
            return ""
        abstract, levels = self._lists[list_id]
        counts = self._counts.setdefault(abstract, {})
        for place, start in self._restarted.pop(list_id, {}).items():
            counts[place] = start - 1
        own = levels.get(level, _Level())
        counts[level] = counts.get(level, own.start - 1) + 1
        self._forget_below(counts, level, levels)
        for above in range(level):
            counts.setdefault(above, levels.get(above, _Level()).start)
        return _printed(own, counts, levels)

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Tell the level of a list that belongs to a paragraph style."""
        levels = self._lists.get(list_id, ("", {}))[1]
        return next((place for place, level in levels.items() if level.style == style), None)

    def _forget_below(self, counts: dict[int, int], level: int, levels: dict[int, _Level]) -> None:
        for below in [place for place in counts if place > level]:
            restart = levels.get(below, _Level()).restart
            if restart is None or (restart and level < restart):
                del counts[below]

    def _read(self, numbering: Element | tuple[()]) -> None:
        by_style: dict[str, str] = {}
        for element in numbering:
            if local(element) == "abstractNum":
                found = attribute(element, "abstractNumId")
                self._abstract[found] = dict(_levels(element))
                for child in element:
                    if local(child) == "numStyleLink":
                        self._linked[found] = attribute(child, "val")
                    elif local(child) == "styleLink":
                        by_style[attribute(child, "val")] = found
        for element in numbering:
            if local(element) == "num":
                self._read_list(element, by_style)

    def _read_list(self, element: Element, by_style: dict[str, str]) -> None:
        list_id = attribute(element, "numId")
        abstract = next((attribute(child, "val") for child in element if local(child) == "abstractNumId"), "")
        abstract = by_style.get(self._linked.get(abstract, ""), abstract)
        levels = dict(self._abstract.get(abstract, {}))
        for override in element:
            if local(override) != "lvlOverride":
                continue
            place = _number(attribute(override, "ilvl"), 0)
            levels.update(_levels(override))
            for child in override:
                if local(child) == "startOverride":
                    start = _number(attribute(child, "val"), 1)
                    levels[place] = replace(levels.get(place, _Level()), start=start)
                    self._restarted.setdefault(list_id, {})[place] = start
        self._lists[list_id] = (abstract, levels)


def _levels(around: Element) -> Iterator[tuple[int, _Level]]:
    for element in around:
        if local(element) == "lvl":
            said = {local(child): attribute(child, "val") for child in element}
            yield (
                _number(attribute(element, "ilvl"), 0),
                _Level(
                    start=_number(said.get("start", ""), 1),
                    form=said.get("numFmt", "decimal"),
                    text=said.get("lvlText", ""),
                    legal="isLgl" in said and said["isLgl"] not in {"0", "false"},
                    restart=_number(said["lvlRestart"], 0) if "lvlRestart" in said else None,
                    style=said.get("pStyle"),
                ),
            )


def _printed(level: _Level, counts: dict[int, int], levels: dict[int, _Level]) -> str:
    if level.form == "none" and not level.text:
        return ""
    if level.form == "bullet" or not _PLACE.search(level.text):
        # A bullet is often a character of a symbol font that means nothing elsewhere.
        return level.text.strip() if _SYMBOL.fullmatch(level.text) is None and level.form != "bullet" else "-"

    def number(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        form = levels.get(place, _Level()).form
        return counted("decimal" if level.legal else form, counts.get(place, 1))

    return _PLACE.sub(number, level.text).strip()


def _number(written: str, otherwise: int) -> int:
    return int(written) if written.isdecimal() and len(written) <= len("1000000") else otherwise
