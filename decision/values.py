"""Turns what was sent (JSON, TOML) into typed values of facts and parameters, and those into plain words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final, Protocol, cast

from decision.facts import DecisionError, FactType, FactValue, Money

_DIGITS: Final = 10
_MAGNITUDE: Final = 30
_DAY: Final = 24 * 60 * 60
_SECONDS: Final = {
    **dict.fromkeys(("w", "week", "weeks"), 7 * _DAY),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("h", "hour", "hours"), 60 * 60),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("s", "second", "seconds"), 1),
}
DURATION_UNITS: Final = frozenset(_SECONDS)
"""The words that may follow a number in a duration."""

_PART: Final = r"(\d+(?:\.\d+)?)\s*([a-z]+)"
_TEXT_DURATION: Final = re.compile(rf"\s*([+-]?)\s*((?:{_PART}\s*)+)", re.ASCII)
_ISO_DURATION: Final = re.compile(
    r"([+-]?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)
_ISO_UNITS: Final = ("w", "d", "h", "min", "s")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Typed(Protocol):
    """What the declarations of a fact and of a parameter have in common."""

    @property
    def type(self) -> FactType:
        """The type of its value."""
        ...

    @property
    def values(self) -> tuple[str, ...]:
        """The words that an enum (or the items of a list) may be; none means any."""
        ...

    @property
    def minimum(self) -> Decimal | None:
        """The least number or amount."""
        ...

    @property
    def maximum(self) -> Decimal | None:
        """The greatest number or amount."""
        ...

    @property
    def currency(self) -> str | None:
        """The currency of an amount, where it must be this one."""
        ...


class ValueRefusedError(DecisionError):
    """A value does not fit its declaration: what was expected, and what to do."""

    def __init__(self, expected: str, remedy: str) -> None:
        super().__init__(f"expected {expected}; {remedy}")
        self.expected = expected
        self.remedy = remedy


def parse_value(declared: Typed, sent: object) -> FactValue:
    """Read what was sent in JSON or TOML as a typed value; ValueRefusedError when it does not fit its declaration."""
    return _PARSERS[declared.type](declared, sent)


def parse_duration(text: str) -> timedelta:
    """Read `3 h 10 min`, `14 days` or ISO 8601 `PT3H10M`; ValueRefusedError for anything else, months included."""
    refused = ValueRefusedError("a duration such as '3 h 10 min' or 'PT3H10M'", f"'{text}' is not one")
    parts: list[tuple[str, str]]
    if iso := _ISO_DURATION.fullmatch(text.strip()):
        sign = iso[1]
        numbers = cast("tuple[str | None, ...]", iso.groups()[1:])
        parts = [(number, unit) for number, unit in zip(numbers, _ISO_UNITS, strict=True) if number]
    elif words := _TEXT_DURATION.fullmatch(text):
        sign = words[1]
        parts = re.findall(_PART, words[2])
    else:
        raise refused
    if any(unit not in _SECONDS for _, unit in parts):
        raise refused
    seconds = sum((Decimal(number) * _SECONDS[unit] for number, unit in parts), Decimal(0))
    try:
        return timedelta(microseconds=int(seconds * 1_000_000)) * (-1 if sign == "-" else 1)
    except OverflowError as error:
        raise refused from error


def plain(value: FactValue | None) -> str | None:
    """Say a value in plain words: `EUR 250`, `3 h 10 min`, `true`, `2026-11-22`; None for unknown."""
    words: str | None
    match value:
        case bool():
            words = "true" if value else "false"
        case Decimal():
            words = _plain_number(value)
        case datetime():
            words = _plain_instant(value)
        case timedelta():
            words = _plain_duration(value)
        case tuple():
            words = ", ".join(value) or "none"
        case date() | Money():
            words = str(value)
        case None | str():
            words = value
    return words


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Suggest the nearest known word, to put behind a message; nothing when no known word is near."""
    near = get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _plain_number(value: Decimal) -> str:
    if len(value.as_tuple().digits) > _DIGITS and value != value.to_integral_value():
        value = Decimal(f"{value:.{_DIGITS}g}").normalize()
    return f"{value:f}"


def _plain_instant(value: datetime) -> str:
    universal = value.astimezone(UTC)
    return f"{universal:%Y-%m-%d %H:%M:%S} UTC" if universal.second else f"{universal:%Y-%m-%d %H:%M} UTC"


def _plain_duration(value: timedelta) -> str:
    rest = abs(value)
    hours, seconds = divmod(rest.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    exact = Decimal(seconds) + Decimal(rest.microseconds) / 1_000_000
    parts = (
        f"{rest.days} day{'s' if rest.days != 1 else ''}" if rest.days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{exact:f} s" if exact else "",
    )
    words = " ".join(part for part in parts if part) or "0 min"
    return f"-{words}" if value < timedelta(0) else words


def _boolean(_: Typed, sent: object) -> bool:
    if isinstance(sent, bool):
        return sent
    raise ValueRefusedError("true or false", f"send one of them without quotes{_not(sent)}")


def _number(declared: Typed, sent: object) -> Decimal:
    if isinstance(sent, bool) or not isinstance(sent, int | float | Decimal):
        raise ValueRefusedError("a number", f"send it without quotes or unit{_not(sent)}")
    return _bounded(declared, _finite(sent))


def _money(declared: Typed, sent: object) -> Money:
    example = f'{{"value": "250", "currency": "{declared.currency or "EUR"}"}}'
    refused = ValueRefusedError(f"an amount such as {example}", f"send value and currency (ISO 4217){_not(sent)}")
    if isinstance(sent, Mapping):
        amount = cast("Mapping[str, object]", sent)
        if set(amount) != {"value", "currency"}:
            raise refused
        value, currency = amount["value"], amount["currency"]
    else:
        value, currency = sent, declared.currency
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or not isinstance(currency, str):
        raise refused
    if re.fullmatch(r"[A-Z]{3}", currency) is None:
        raise refused
    if declared.currency is not None and currency != declared.currency:
        raise ValueRefusedError(f"an amount in {declared.currency}", f"convert it first, not {currency}")
    return Money(value=_bounded(declared, _finite(value)), currency=currency)


def _finite(sent: float | str | Decimal) -> Decimal:
    try:
        value = sent if isinstance(sent, Decimal) else Decimal(str(sent))
    except InvalidOperation as error:
        raise ValueRefusedError("a number", f"'{sent}' is not one") from error
    if not value.is_finite() or (value and abs(value.adjusted()) > _MAGNITUDE):
        raise ValueRefusedError("a finite number", f"leave it out when it is not known, not {sent}")
    return value


def _bounded(declared: Typed, value: Decimal) -> Decimal:
    low, high = declared.minimum, declared.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    match low, high:
        case None, _:
            expected = f"at most {high}"
        case _, None:
            expected = f"at least {low}"
        case _:
            expected = f"a number from {low} to {high}"
    raise ValueRefusedError(expected, f"check the value and its unit, not {value}")


def _date(_: Typed, sent: object) -> date:
    if isinstance(sent, date) and not isinstance(sent, datetime):
        return sent
    refused = ValueRefusedError("a date such as 2026-11-22", f"send year, month and day{_not(sent)}")
    if not isinstance(sent, str) or _DATE.fullmatch(sent) is None:
        raise refused
    try:
        return date.fromisoformat(sent)
    except ValueError as error:
        raise refused from error


def _instant(_: Typed, sent: object) -> datetime:
    refused = ValueRefusedError("an instant such as 2026-11-22T10:00:00+01:00", f"send it with its zone{_not(sent)}")
    try:
        instant = datetime.fromisoformat(sent) if isinstance(sent, str) else sent
        if not isinstance(instant, datetime) or instant.utcoffset() is None:
            raise refused
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refused from error


def _duration(_: Typed, sent: object) -> timedelta:
    if isinstance(sent, str):
        return parse_duration(sent)
    raise ValueRefusedError(
        "a duration such as '3 h 10 min' or 'PT3H10M'", f"send it as text with its unit{_not(sent)}"
    )


def _enum(declared: Typed, sent: object) -> str:
    if isinstance(sent, str) and sent in declared.values:
        return sent
    hint = did_you_mean(sent, declared.values) if isinstance(sent, str) else ""
    raise ValueRefusedError(f"one of {', '.join(declared.values)}", f"send one of these words{_not(sent)}{hint}")


def _string(_: Typed, sent: object) -> str:
    if isinstance(sent, str) and sent.strip():
        return sent
    raise ValueRefusedError("text", f"send it in quotes, or leave it out when it is not known{_not(sent)}")


def _list(declared: Typed, sent: object) -> tuple[str, ...]:
    refused = ValueRefusedError("a list of texts", f'send it as ["...", "..."]{_not(sent)}')
    items = cast("Sequence[object]", sent) if isinstance(sent, list | tuple) else None
    if items is None or not all(isinstance(item, str) for item in items):
        raise refused
    if declared.values:
        return tuple(_enum(declared, item) for item in items)
    return tuple(cast("Sequence[str]", items))


def _not(sent: object) -> str:
    words = repr(sent) if not isinstance(sent, str) else f"'{sent}'"
    limit = 60
    return f", not {words if len(words) <= limit else words[:limit] + '...'}"


_PARSERS: Final[Mapping[FactType, Callable[[Typed, object], FactValue]]] = {
    FactType.BOOLEAN: _boolean,
    FactType.NUMBER: _number,
    FactType.MONEY: _money,
    FactType.DATE: _date,
    FactType.INSTANT: _instant,
    FactType.DURATION: _duration,
    FactType.ENUM: _enum,
    FactType.STRING: _string,
    FactType.LIST: _list,
}
