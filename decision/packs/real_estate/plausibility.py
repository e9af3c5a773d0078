"""Turns the stated facts of a house into what cannot be true of them, and what cannot be true of them together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from decision.facts import Fact

YEARS: Final = ("year_built", "year_remodelled")
"""Fields that hold a calendar year."""

STEPS: Final[Mapping[str, Decimal]] = {
    **dict.fromkeys(("bedrooms", "garage_cars", "fireplaces", *YEARS), Decimal(1)),
    "bathrooms": Decimal("0.25"),
}
"""The smallest step in which a field counts."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two facts that cannot both be true: the field that is set aside, why, and what stands in for it."""

    field: str
    words: str
    instead: str


def impossible_entries(facts: Mapping[str, Fact], as_of: date) -> tuple[str, ...]:
    """Say which stated numbers cannot be true on the effective date, and what to send instead."""
    later = [
        f"{name} is {year}, after the effective date {as_of}. Send a year no later than {as_of.year}, or value the "
        "house as of a later date."
        for name in YEARS
        if (year := _number(facts, name)) is not None and year > as_of.year
    ]
    uneven = [
        f"{name} is {counted}; it counts in {_STEP_WORDS[step]}. Send such a number, or leave it out if not known."
        for name, step in STEPS.items()
        if (counted := _number(facts, name)) is not None and counted % step
    ]
    return (*later, *uneven, *_unreadable(facts))


def contradictions(facts: Mapping[str, Fact]) -> tuple[Contradiction, ...]:
    """List the stated facts that contradict each other."""
    built, remodelled = (_number(facts, name) for name in YEARS)
    basement, finished = _number(facts, "basement_area"), _number(facts, "basement_finished_area")
    found: list[Contradiction] = []
    if built is not None and remodelled is not None and remodelled < built:
        words = f"remodelled in {remodelled}, before it was built in {built}"
        found.append(Contradiction("year_remodelled", words, f"the year of building, {built}"))
    if basement is not None and finished is not None and finished > basement:
        words = f"{finished} square feet of the basement finished, of {basement} in all"
        found.append(Contradiction("basement_finished_area", words, "nothing; both were used as stated"))
    return tuple(found)


def _unreadable(facts: Mapping[str, Fact]) -> Iterator[str]:
    """Say which further features are no pairs, or have a fact of their own."""
    listed = facts["further_features"].value if "further_features" in facts else None
    seen: set[str] = set()
    for entry in listed if isinstance(listed, tuple) else ():
        name, _, value = (part.strip() for part in str(entry).partition("="))
        if not (name and value):
            yield f"further_features has {entry!r}; send each as NAME = VALUE, as in 'roof = slate'."
        elif name in facts:
            yield f"further_features has {name}; send {name} as a fact of its own."
        elif name in seen:
            yield f"further_features has {name} more than once; send it once."
        seen.add(name)


_STEP_WORDS: Final[Mapping[Decimal, str]] = {Decimal(1): "whole numbers", Decimal("0.25"): "quarters"}


def _number(facts: Mapping[str, Fact], name: str) -> Decimal | None:
    value = facts[name].value if name in facts else None
    return value if isinstance(value, Decimal) else None
