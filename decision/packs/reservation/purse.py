"""Turns a price and methods of payment into what each pays: certificates first, then gift cards, then credit cards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from decision.facts import Fact, Money
from decision.packs.reservation.standing import METHODS

_MOST: Final = {"certificate": "most_certificates", "gift_card": "most_gift_cards", "credit_card": "most_credit_cards"}
_SPOKEN: Final = {
    "certificate": re.compile(r"certificate|voucher", re.IGNORECASE),
    "gift_card": re.compile(r"gift", re.IGNORECASE),
    "credit_card": re.compile(
        r"credit|(?<!gift)(?<!gift\s)\bcard\b|mastercard|visa|amex|american\s+express", re.IGNORECASE
    ),
}
_ORDER: Final = ("certificate", "gift_card", "credit_card")
_ALONE: Final = re.compile(r"\b(?:only|nothing\s+but|no\s+other|not|without|except)\b", re.IGNORECASE)
_SMALLEST: Final = re.compile(r"\bsmall\w*\b|\bleast\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Method:
    """A method of payment: its id, its kind, what it is worth (None: no limit), and what else it is called."""

    id: str
    kind: str
    worth: Decimal | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """Who pays what, how many methods of each kind were wanted, and what of the price is left."""

    parts: Sequence[tuple[Method, Money]]
    wanted: Mapping[str, int]
    unknown: int
    left: Decimal


def read_methods(lines: Sequence[str]) -> Sequence[Method]:
    """Read methods written as `id kind amount names`; what cannot be read is left out."""
    return [method for line in lines if (method := _method(line)) is not None]


def pay(price: Money, facts: Mapping[str, Fact], most: Mapping[str, Decimal]) -> Payment:
    """Split a price over the methods wanted (else those of the profile), at most so many of each kind."""
    profile = {one.id: one for one in read_methods(_lines(facts, "methods"))}
    named, words = _lines(facts, "wanted_methods"), str(facts["preference"].value or "")
    chosen = [profile[name] for name in named if name in profile] if named else _spoken(profile, words)
    parts, left = _split(price, _ordered(chosen, words), most)
    if left > 0 and not named and not _ALONE.search(words):
        chosen += [one for one in profile.values() if one not in chosen]
        parts, left = _split(price, _ordered(chosen, words), most)
    used = {kind: sum(method.kind == kind for method, _ in parts) for kind in METHODS}
    wanted = {kind: sum(one.kind == kind for one in chosen) for kind in METHODS} if named else used
    return Payment(parts, wanted, sum(name not in profile for name in named), left)


def _split(
    price: Money, ordered: Sequence[Method], most: Mapping[str, Decimal]
) -> tuple[list[tuple[Method, Money]], Decimal]:
    parts: list[tuple[Method, Money]] = []
    used: dict[str, int] = {}
    left = price.value
    for method in ordered:
        amount = left if method.worth is None else min(left, method.worth)
        if amount > 0 and used.get(method.kind, 0) < most[method.kind]:
            parts.append((method, Money(value=amount, currency=price.currency)))
            used[method.kind] = used.get(method.kind, 0) + 1
            left -= amount
    return parts, left


def limits_of(number: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """Give, by kind, how many methods may be used, from the parameters by name."""
    return {kind: number[name] for kind, name in _MOST.items()}


def _method(line: str) -> Method | None:
    words = line.split()
    if len(words) < len(("id", "kind", "amount")) or words[1] not in METHODS:
        return None
    try:
        worth = None if words[2] == "-" else Decimal(words[2])
    except InvalidOperation:
        return None
    if worth is None and words[1] != "credit_card":
        return None
    return Method(words[0], words[1], None if words[1] == "credit_card" else worth, tuple(words[3:]))


def _lines(facts: Mapping[str, Fact], name: str) -> tuple[str, ...]:
    value = facts[name].value
    return value if isinstance(value, tuple) else ()


def _spoken(profile: Mapping[str, Method], words: str) -> list[Method]:
    """Choose the methods that somebody speaks of: by id or name, else by kind; all where nothing is said."""
    found: list[Method] = []
    for kind in _ORDER:
        own = [one for one in profile.values() if one.kind == kind]
        named = [one for one in own if _is_named(one, words)]
        found += named or (own if _SPOKEN[kind].search(words) else [])
    return found or list(profile.values())


def _ordered(chosen: Sequence[Method], words: str) -> Sequence[Method]:
    """Put methods in the order of payment: credit cards last, of one kind those named first, then the largest.

    Where words speak of the smallest, that goes first; where they speak of gift cards before certificates, so do these.
    """
    sign = 1 if _SMALLEST.search(words) else -1
    said = {kind: found.start() if (found := _SPOKEN[kind].search(words)) else len(words) for kind in _ORDER[:-1]}
    place = {kind: (said.get(kind, len(words) + 1), _ORDER.index(kind)) for kind in _ORDER}
    return sorted(chosen, key=lambda one: (place[one.kind], not _is_named(one, words), sign * (one.worth or 0)))


def _is_named(method: Method, words: str) -> bool:
    return any(_says(words, name) for name in (method.id, *method.names))


def _says(words: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE) is not None
