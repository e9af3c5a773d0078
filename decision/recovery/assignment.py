"""Turns parties and ways on into the best assignment of seats: as many placed as can be, then the fewest minutes.

It is a whole-number programme, solved (HiGHS, through SciPy) in two steps: first the weight of all who are placed is as
large as possible, then, with that kept, the weighted minutes are as few as possible, or as were found in a short time.
Parties that are alike are interchangeable, so each kind of party is counted, not each party.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from decision.recovery.alternatives import Alternative, Seat, alternatives, capacities, kind_of
from decision.recovery.itineraries import Itinerary, Trip
from decision.recovery.parties import Party, weight
from decision.recovery.preferences import Preferences
from decision.recovery.programme import Programme, solve


@dataclass(frozen=True, slots=True)
class Placed:
    """A party on a way on; `first_choice` is the best that it would have had alone, `alternative` what it got."""

    party: Party
    alternative: Alternative
    first_choice: Alternative


@dataclass(frozen=True, slots=True)
class Left:
    """A party without a way on; `wanted` are its alternatives if all seats were free, best first."""

    party: Party
    wanted: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who travels how, who cannot, and the seats that each flight had (`capacity`) and still has (`left_over`).

    `gap` is the share by which there could be fewer weighted minutes at most; 0 where these were proved the fewest.
    """

    placed: tuple[Placed, ...]
    left: tuple[Left, ...]
    capacity: Mapping[Seat, int]
    left_over: Mapping[Seat, int]
    gap: float

    @property
    def weight_placed(self) -> int:
        """The weight of all passengers who are placed."""
        return sum(weight(one) for placed in self.placed for one in placed.party.members)

    @property
    def weighted_minutes(self) -> int:
        """What all who are placed count together."""
        return sum(placed.alternative.minutes for placed in self.placed)


def assign(trip: Trip, parties: Sequence[Party], ways: Sequence[Itinerary], preferences: Preferences) -> Assignment:
    """Give seats to parties; the order in which parties and ways come does not matter.

    The same ones give the same assignment, but where time ends before it is proved the best, as its `gap` tells.
    Only ways without doubts are used, and only seats that are known, or stated as assumed, to be free.
    """
    certain = sorted((way for way in ways if not way.doubts), key=lambda way: (way.lands, way.leaves, way.name))
    capacity = capacities(certain, preferences)
    kinds = defaultdict[tuple[object, ...], list[Party]](list)
    for party in sorted(parties, key=lambda party: (party.members[0].id, party.id)):
        kinds[kind_of(party, certain, preferences)].append(party)
    choices = {kind: alternatives(trip, same[0], certain, capacity, preferences) for kind, same in kinds.items()}
    solution = solve(
        Programme(
            numbers=[len(same) for same in kinds.values()],
            weights=[sum(map(weight, same[0].members)) for same in kinds.values()],
            choices=list(choices.values()),
            capacity=capacity,
        )
    )
    placed: list[Placed] = []
    left: list[Left] = []
    for (kind, same), taken in zip(kinds.items(), solution.counts, strict=True):
        options = choices[kind]
        seated = [option for option, times in zip(options, taken, strict=True) for _ in range(times)]
        placed += [Placed(party, option, options[0]) for party, option in zip(same, seated, strict=False)]
        if without := same[len(seated) :]:
            wanted = alternatives(trip, same[0], certain, dict.fromkeys(capacity, _PLENTY), preferences)
            left += [Left(party, wanted) for party in without]
    return Assignment(
        placed=tuple(sorted(placed, key=lambda one: (one.party.members[0].id, one.party.id))),
        left=tuple(sorted(left, key=lambda one: (one.party.members[0].id, one.party.id))),
        capacity=capacity,
        left_over=_left_over(capacity, placed),
        gap=solution.gap,
    )


_PLENTY: Final = 10**6


def _left_over(capacity: Mapping[Seat, int], placed: Sequence[Placed]) -> Mapping[Seat, int]:
    rest = dict(capacity)
    for one in placed:
        for seat, needed in one.alternative.needs.items():
            rest[seat] -= needed
    return rest
