"""Turns JSON values, whatever a pack put there, into short texts and numbers for display; nothing here ever raises."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from pydantic import JsonValue

from retrieval.corpus import Scalar

Json = Mapping[str, JsonValue]
"""A JSON object."""

_CODE_WORD: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")

UNKNOWN: Final = "unknown"
_GROUPED_FROM: Final = 10_000
_WHOLE_FROM: Final = 1_000
_CENTS: Final = 2


def object_of(value: JsonValue) -> Json:
    """Give the object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: JsonValue) -> list[Json]:
    """Give the objects in a list, passing over anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: JsonValue) -> list[str]:
    """Give every item of a list (or the one value) as text."""
    if value is None:
        return []
    return [text(one) for one in value] if isinstance(value, list) else [text(value)]


def text(value: JsonValue) -> str:
    """Write any JSON value in a line: amounts as `EUR 250`, yes and no, lists with commas, objects as `name: value`."""
    match value:
        case list():
            return ", ".join(text(one) for one in value) or "none"
        case dict() if "value" in value and set(value) <= {"value", "currency", "unit"}:
            return measured(value)
        case dict():
            return "; ".join(f"{label(name)}: {text(one)}" for name, one in value.items()) or "none"
        case _:
            return _scalar(value)


def worded(value: JsonValue) -> str:
    """Write a value like `text`, and one that is a code word as plain words: `first_lien` becomes `first lien`."""
    written = text(value)
    return written.replace("_", " ") if _CODE_WORD.fullmatch(written) else written


def measured(value: Json) -> str:
    """Write `{value, currency}` or `{value, unit}`."""
    found = number(value.get("value"))
    shown = text(value.get("value")) if found is None else figure(found)
    if isinstance(value.get("currency"), str):
        return money(value.get("value"), text(value.get("currency"))) if found is not None else shown
    return f"{shown} {label(text(value.get('unit'))).lower()}" if value.get("unit") else shown


def number(value: JsonValue) -> Decimal | None:
    """Read a number from a JSON number, a decimal string, or an amount; None for anything else."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def money(value: JsonValue, currency: str = "", *, signed: bool = False, digits: int | None = None) -> str:
    """Write an amount with its currency; without cents where they would be noise, unless `digits` says how many."""
    found = number(value)
    if found is None:
        return text(value)
    if isinstance(value, dict) and isinstance(value.get("currency"), str):
        currency = text(value.get("currency"))
    if digits is None:
        digits = 0 if abs(found) >= _WHOLE_FROM or found == found.to_integral_value() else _CENTS
    sign = "-" if found < 0 else "+" if signed and found else ""
    return sign + f"{currency} {abs(found):,.{digits}f}".strip()


def percent(value: JsonValue, *, of_one: bool = True) -> str:
    """Write a share (a fraction of one, unless `of_one` is false) as percent."""
    found = number(value)
    if found is None:
        return text(value)
    return f"{figure(round(found * 100 if of_one else found, 1))} %"


def figure(value: Decimal) -> str:
    """Write a number shortly: two decimals at most (four below one), thousands grouped where it cannot be a year."""
    digits = 2 if abs(value) >= 1 else 4
    rounded = round(value, digits)
    plain = f"{rounded:,f}" if abs(rounded) >= _GROUPED_FROM else f"{rounded:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def label(name: str) -> str:
    """Write a field's name as words: `living_area` becomes `Living area`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def first(source: Json, *names: str) -> JsonValue:
    """Give the first of these fields that is there and not null."""
    return next((source[name] for name in names if source.get(name) is not None), None)


def numbers(value: JsonValue) -> tuple[int, ...]:
    """Give the citation numbers in a value: one, a list, or none."""
    found = value if isinstance(value, list) else [value]
    return tuple(one for one in found if isinstance(one, int) and not isinstance(one, bool))


def _scalar(value: Scalar) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else figure(Decimal(str(value)))
