"""Reads nested records (a reservation, its flights, a request) field by field, and keeps each problem with its path."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final, cast

from pydantic import JsonValue

from decision.facts import Money, Problem
from decision.values import did_you_mean

_ZONES: Final = {
    **dict.fromkeys(("Z", "UTC", "GMT"), 0),
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
_NAMED_ZONE: Final = re.compile(r"(.*\d)\s*([A-Z]{1,4})", re.ASCII)
_MAGNITUDE: Final = 15


@dataclass(frozen=True, slots=True)
class Problems:
    """All that is wrong with what was sent."""

    found: list[Problem] = field(default_factory=list[Problem])

    def add(self, path: str, expected: str, remedy: str) -> None:
        """Note one problem."""
        self.found.append(Problem(path, expected, remedy))


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object; a field that is absent or null gives None, one that is wrong is a problem and gives None."""

    fields: Mapping[str, JsonValue]
    path: str
    problems: Problems
    currency: str | None = None

    def has(self, name: str) -> bool:
        """Whether the field was sent."""
        return self.fields.get(name) is not None

    def text(self, name: str) -> str | None:
        """Read words."""
        sent = self.fields.get(name)
        if sent is None or isinstance(sent, str):
            return sent
        return self._wrong(name, "text", "send it in quotes")

    def flag(self, name: str) -> bool | None:
        """Read true or false, or yes or no."""
        sent = self.fields.get(name)
        words = {"yes": True, "true": True, "no": False, "false": False, "none": False}
        if sent is None or isinstance(sent, bool):
            return sent
        if isinstance(sent, str) and sent.strip().lower() in words:
            return words[sent.strip().lower()]
        return self._wrong(name, "yes or no", f"correct it, not {sent!r}")

    def word(self, name: str, allowed: Sequence[str]) -> str | None:
        """Read one of some words, however it is spelled (`Basic Economy`, `basic-economy`)."""
        sent = self.fields.get(name)
        if sent is None:
            return None
        spelled = re.sub(r"[\s\-]+", "_", sent.strip().lower()) if isinstance(sent, str) else ""
        if spelled in allowed:
            return spelled
        hint = did_you_mean(spelled, allowed)
        return self._wrong(name, f"one of {', '.join(allowed)}", f"send one of these words, not {sent!r}{hint}")

    def whole(self, name: str) -> int | None:
        """Read a whole number that is not negative."""
        sent = self.fields.get(name)
        if sent is None:
            return None
        if isinstance(sent, int | float) and not isinstance(sent, bool) and sent >= 0 and sent == int(sent):
            return int(sent)
        return self._wrong(name, "a whole number from 0", f"correct it, not {sent!r}")

    def money(self, name: str, *, signed: bool = False) -> Money | None:
        """Read an amount in the currency of the case; below zero only where it is `signed`."""
        sent = self.fields.get(name)
        return None if sent is None else self.amount(sent, name, signed=signed)

    def amount(self, sent: JsonValue, name: str, *, signed: bool = False) -> Money | None:
        """Read an amount that stands under `name`."""
        stated = sent.get("currency") if isinstance(sent, Mapping) else self.fields.get("currency")
        value = sent.get("value") if isinstance(sent, Mapping) else sent
        if stated is not None and stated != self.currency:
            return self._wrong(name, f"an amount in {self.currency}, as in the rest of the case", f"not in {stated!r}")
        if self.currency is None:
            return None
        number = _decimal(value)
        if number is None or (number < 0 and not signed):
            return self._wrong(name, "an amount that is not negative", f"correct it, not {sent!r}")
        return Money(value=number, currency=self.currency)

    def record(self, name: str) -> "Record | None":
        """Read a record within this one."""
        sent = self.fields.get(name)
        if sent is None:
            return None
        if isinstance(sent, Mapping):
            return Record(sent, self._at(name), self.problems, self.currency)
        return self._wrong(name, "a record (a JSON object)", "send it in braces")

    def records(self, name: str) -> "Sequence[Record] | None":
        """Read a list of records; what is none of them is a problem."""
        sent = self.fields.get(name)
        if sent is None:
            return None
        if not isinstance(sent, list):
            return self._wrong(name, "a list of records", "send it in brackets")
        return [one for number, item in enumerate(sent) if (one := self._item(name, number, item)) is not None]

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a text or a list of texts."""
        sent = self.fields.get(name)
        if sent is None:
            return ()
        if isinstance(sent, str):
            return (sent,)
        if isinstance(sent, list) and all(isinstance(one, str) for one in sent):
            return tuple(cast("list[str]", sent))
        self._wrong(name, "a list of texts", "send each in quotes")
        return ()

    def instant(self, name: str, zone: tzinfo | None) -> datetime | None:
        """Read a moment; one that names no zone is in `zone`."""
        sent = self.text(name)
        if sent is None:
            return None
        moment = parse_moment(sent, zone)
        if moment is None:
            return self._wrong(name, "a moment such as 2026-06-01T15:00:00-05:00", f"correct it, not {sent!r}")
        return moment

    def first(self, *names: str) -> str | None:
        """Give the first of some names that was sent."""
        return next((name for name in names if self.has(name)), None)

    def wrong(self, name: str, expected: str, remedy: str) -> None:
        """Note a problem with a field."""
        self.problems.add(self._at(name), expected, remedy)

    def _item(self, name: str, number: int, item: JsonValue) -> "Record | None":
        if isinstance(item, Mapping):
            return Record(item, f"{self._at(name)}[{number}]", self.problems, self.currency)
        return self._wrong(f"{name}[{number}]", "a record (a JSON object)", "send it in braces")

    def _wrong(self, name: str, expected: str, remedy: str) -> None:
        self.wrong(name, expected, remedy)

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def parse_moment(text: str, zone: tzinfo | None) -> datetime | None:
    """Read an ISO moment with an offset, with a zone's short name (`EST`), or without one, then in `zone`."""
    stripped = text.strip()
    named = _NAMED_ZONE.fullmatch(stripped)
    try:
        if named and named[2] in _ZONES:
            return datetime.fromisoformat(named[1]).replace(tzinfo=timezone(timedelta(hours=_ZONES[named[2]])))
        moment = datetime.fromisoformat(stripped)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment if moment.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _decimal(sent: object) -> Decimal | None:
    if isinstance(sent, bool) or not isinstance(sent, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(sent))
    except InvalidOperation:
        return None
    return number if number.is_finite() and (not number or abs(number.adjusted()) <= _MAGNITUDE) else None
