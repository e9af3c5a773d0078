"""Turns the kind of a request, as a caller names it, into the steps that it asks for, in their order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Step = Literal[
    "cancel",
    "change_flights",
    "change_cabin",
    "add_bags",
    "quote_bags",
    "change_passengers",
    "add_insurance",
    "refund_insurance",
    "quote_insurance",
    "book",
    "compensation",
    "other",
]

_PARTED: Final = re.compile(r"[^a-z]+(?:and\s+then|then|and|before|plus)[^a-z]+|\s*[+,;&]\s*")
_ASKS: Final = frozenset({"quote", "how", "price", "cost", "allowance", "free", "estimate", "inquire", "query", "ask"})
_SUBJECTS: Final[Mapping[str, frozenset[str]]] = {
    "insurance": frozenset({"insurance", "insured", "premium"}),
    "bags": frozenset({"bag", "bags", "baggage", "baggages", "luggage", "suitcase", "suitcases"}),
    "compensation": frozenset(
        {"compensation", "compensate", "certificate", "voucher", "goodwill", "gesture", "complaint", "complain"}
    ),
    "passengers": frozenset(
        {"passenger", "passengers", "traveller", "travellers", "traveler", "travelers", "name", "names", "companion"}
    ),
    "cabin": frozenset({"cabin", "upgrade", "downgrade", "class", "upgrading", "downgrading"}),
    "cancel": frozenset({"cancel", "cancellation", "cancelling", "canceling", "refund"}),
    "journey": frozenset({"destination", "origin", "route", "trip"}),
    "flights": frozenset(
        {
            "flight",
            "flights",
            "change",
            "modify",
            "move",
            "rebook",
            "reschedule",
            "date",
            "dates",
            "itinerary",
            "segment",
        }
    ),
    "book": frozenset({"book", "booking", "reserve", "pay", "payment", "purchase", "buy"}),
}
_STEPS: Final[Mapping[str, Step]] = {
    "bags": "add_bags",
    "compensation": "compensation",
    "passengers": "change_passengers",
    "cabin": "change_cabin",
    "cancel": "cancel",
    "journey": "change_flights",
    "flights": "change_flights",
    "book": "book",
}
_BOOKS: Final = frozenset({"book", "reserve", "booking"})
_ALTERS: Final = frozenset(
    {"cancel", "change", "modify", "move", "upgrade", "downgrade", "add", "remove", "refund", "compensation"}
)
_SEGMENTS: Final = frozenset({"segment", "leg", "outbound", "inbound", "return"})
_ADDS: Final = frozenset({"add", "buy", "purchase", "get", "include", "with"})
_TAKES: Final = frozenset({"remove", "drop", "delete", "take", "fewer", "reduce"})


@dataclass(frozen=True, slots=True)
class Wish:
    """One step, with what its name alone says about it.

    `grows` is how the number (of passengers, of bags) changes: 1, -1, or 0 for not at all; `other_journey` says that
    another destination, origin or kind of trip is asked for; `quote` that only a price is; `part` what alone
    of the reservation is meant (`some_flights`, `some_passengers`).
    """

    step: Step
    grows: int = 0
    other_journey: bool = False
    quote: bool = False
    part: str | None = None


def wishes_of(kind: str) -> Sequence[Wish]:
    """Read the kind of a request, such as `upgrade_then_cancel`; what nobody provides for is `other`."""
    parts = [
        part for part in _PARTED.split(f" {kind.strip().lower()} ".replace("_", " ").replace("-", " ")) if part.strip()
    ]
    return list(_read(parts)) or [Wish("other")]


def _read(parts: Sequence[str]) -> Iterator[Wish]:
    for part in parts:
        words = frozenset(re.findall(r"[a-z]+", part))
        subject = next((name for name, known in _SUBJECTS.items() if words & known), None)
        yield _wish(subject, words)


def _wish(subject: str | None, words: frozenset[str]) -> Wish:
    quote = bool(words & _ASKS)
    grows = -1 if words & _TAKES else 1 if words & _ADDS else 0
    if words & _BOOKS and not words & _ALTERS:
        return Wish("book", quote=quote)
    step: Step = _STEPS.get(subject or "", "other")
    if subject == "insurance":
        step = _insurance(words, quote=quote)
    elif subject == "bags" and quote and not grows:
        step = "quote_bags"
    elif subject == "passengers" and "cancel" in words:
        grows = -1
    elif subject == "passengers" and words & _SUBJECTS["cabin"]:
        step = "change_cabin"
    part = "some_passengers" if subject == "passengers" else "some_flights" if words & _SEGMENTS else None
    return Wish(step, grows, other_journey=subject == "journey", quote=quote, part=part)


def _insurance(words: frozenset[str], *, quote: bool) -> Step:
    if words & (_TAKES | _SUBJECTS["cancel"]):
        return "refund_insurance"
    return "quote_insurance" if quote else "add_insurance"
