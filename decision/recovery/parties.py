"""Turns passengers of a disrupted flight into parties that travel together, each with what it weighs and needs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from decision.facts import DecisionError
from decision.recovery.flights import Cabin
from retrieval.corpus import Value

Tier = Literal["none", "silver", "gold", "platinum"]

BASE: Final = 10
"""What every passenger weighs; the others add to it."""

TIERS: Final[dict[Tier, int]] = {"none": 0, "silver": 1, "gold": 2, "platinum": 3}
NEEDS_HELP: Final = 20
UNACCOMPANIED: Final = 30
CONNECTION_AT_RISK: Final = 10


class Passenger(Value):
    """Somebody who was booked on the disrupted flight; those of one `party` travel together.

    `onward` is when the flight leaves that the passenger takes from the destination, with its zone.
    """

    id: str = Field(min_length=1)
    party: str | None = Field(default=None, min_length=1)
    cabin: Cabin = "economy"
    reduced_mobility: bool = False
    unaccompanied_minor: bool = False
    onward: AwareDatetime | None = None
    tier: Tier = "none"


@dataclass(frozen=True, slots=True)
class Party:
    """Passengers who go together, in the order of their ids."""

    id: str
    members: tuple[Passenger, ...]


def weight(passenger: Passenger) -> int:
    """Weigh a passenger: who needs help, travels alone as a minor, or has a flight to catch goes before status."""
    return (
        BASE
        + NEEDS_HELP * passenger.reduced_mobility
        + UNACCOMPANIED * passenger.unaccompanied_minor
        + CONNECTION_AT_RISK * (passenger.onward is not None)
        + TIERS[passenger.tier]
    )


def priority(passenger: Passenger) -> tuple[str, ...]:
    """Say why a passenger goes before others, if so."""
    said = (
        ("reduced mobility", passenger.reduced_mobility),
        ("unaccompanied minor", passenger.unaccompanied_minor),
        ("a flight to catch", passenger.onward is not None),
        (f"status {passenger.tier}", passenger.tier != "none"),
    )
    return tuple(words for words, holds in said if holds)


def parties_of(passengers: Sequence[Passenger], *, split: bool = False) -> tuple[Party, ...]:
    """Gather parties, by id; with `split` only those stay together that somebody with reduced mobility belongs to.

    Raises DecisionError for an id that stands twice, or a minor said to be alone who has company.
    """
    together = defaultdict[tuple[str, str], list[Passenger]](list)
    seen: set[str] = set()
    for one in passengers:
        if one.id in seen:
            raise DecisionError(f"passengers: the id {one.id!r} stands twice; give each passenger an id of their own.")
        seen.add(one.id)
        together["alone" if one.party is None else "party", one.party or one.id].append(one)
    found: list[Party] = []
    for (_, name), members in together.items():
        if len(members) > 1 and any(one.unaccompanied_minor for one in members):
            raise DecisionError(
                f"passengers: party {name!r} has {len(members)} members and an unaccompanied minor; correct one."
            )
        if split and not any(one.reduced_mobility for one in members):
            found += [Party(one.id, (one,)) for one in members]
        else:
            found.append(Party(name, tuple(sorted(members, key=lambda one: one.id))))
    return tuple(sorted(found, key=lambda party: (party.members[0].id, party.id)))
