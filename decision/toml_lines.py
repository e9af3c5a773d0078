"""Finds the line on which each table and each key of a TOML text stands, which its parser does not tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

TomlPath = tuple[str | int, ...]
"""Where something stands: `("rule", 3, "condition")` is the condition of the fourth `[[rule]]`."""

_NAME: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_ARRAY: Final = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]")
_TABLE: Final = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_KEY: Final = re.compile(rf"\s*({_DOTTED})\s*=")
_LONG_QUOTES: Final = ('"""', "'''")


def toml_lines(text: str) -> Mapping[TomlPath, int]:
    """Give the line (from 1) of every table and key that begins a line of a valid TOML text."""
    return _Scan().lines(text)


class _Scan:
    """Goes through a text line by line; a value may go on over several, in quotes or brackets."""

    def __init__(self) -> None:
        self._found: dict[TomlPath, int] = {}
        self._counts: Counter[TomlPath] = Counter()
        self._prefix: TomlPath = ()
        self._quotes: str | None = None
        self._depth = 0

    def lines(self, text: str) -> Mapping[TomlPath, int]:
        for number, line in enumerate(text.splitlines(), 1):
            if self._quotes is not None or self._depth:
                self._value(line)
            else:
                self._statement(line, number)
        return self._found

    def _statement(self, line: str, number: int) -> None:
        if array := _ARRAY.match(line):
            *parents, name = _names(array[1])
            path = (*self._current(parents), name)
            self._prefix = (*path, self._counts[path])
            self._counts[path] += 1
            self._found.setdefault(path, number)
            self._found[self._prefix] = number
        elif table := _TABLE.match(line):
            self._prefix = self._current(list(_names(table[1])))
            self._found.setdefault(self._prefix, number)
        elif key := _KEY.match(line):
            names = tuple(_names(key[1]))
            for length in range(1, len(names) + 1):
                self._found.setdefault((*self._prefix, *names[:length]), number)
            self._value(line[key.end() :])

    def _current(self, names: list[str]) -> TomlPath:
        """Name the table that a header means: of an array, its last entry so far."""
        path: TomlPath = ()
        for name in names:
            path = (*path, name)
            if self._counts[path]:
                path = (*path, self._counts[path] - 1)
        return path

    def _value(self, text: str) -> None:
        position = 0
        while position < len(text):
            if self._quotes is not None:
                position = self._closing(text, position)
            elif text[position] == "#":
                return
            else:
                position = self._opening(text, position)
        if self._quotes not in _LONG_QUOTES:
            self._quotes = None

    def _opening(self, text: str, position: int) -> int:
        character = text[position]
        if character in "\"'":
            triple = text[position : position + 3]
            self._quotes = triple if triple in _LONG_QUOTES else character
            return position + len(self._quotes)
        self._depth += (character in "[{") - (character in "]}")
        return position + 1

    def _closing(self, text: str, position: int) -> int:
        quotes = str(self._quotes)
        if text[position] == "\\" and '"' in quotes:
            return position + 2
        if text.startswith(quotes, position):
            self._quotes = None
            return position + len(quotes)
        return position + 1


def _names(dotted: str) -> Iterator[str]:
    return (name.strip("\"'") for name in re.findall(_NAME, dotted))
