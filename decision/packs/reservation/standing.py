"""What the record says of a reservation and its customer, read once for everything that is asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from decision.facts import Money
from decision.packs.reservation.itinerary import Offer, Segment
from decision.packs.reservation.records import Record

CABINS: Final = ("basic_economy", "economy", "business")
"""The cabins, as the record names them."""

MEMBERSHIPS: Final = ("regular", "silver", "gold")
"""The memberships, as the record names them."""

METHODS: Final = ("credit_card", "gift_card", "certificate")
"""The kinds of methods of payment, as ids of methods begin."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A reservation as it stands; what the record does not say is None. `searched` tells that there was any record."""

    asked_at: datetime | None
    booked_at: datetime | None
    legs: Sequence[Segment]
    passengers: int | None
    cabin: str | None
    membership: str | None
    insured: bool | None
    bags: int | None
    origin: str | None
    destination: str | None
    trip: str | None
    profile: Mapping[str, Record] | None
    offers: Mapping[tuple[str, str], Offer]
    searched: bool

    @property
    def ends(self) -> frozenset[str]:
        """The airports where the journey begins and ends."""
        return frozenset(end for end in (self.origin, self.destination) if end is not None)

    @property
    def stops(self) -> frozenset[str]:
        """All airports that the journey touches."""
        touched = (end for leg in self.legs for end in (leg.origin, leg.destination))
        return self.ends | frozenset(end for end in touched if end is not None)

    @property
    def troubles(self) -> frozenset[str]:
        """What the statuses show: cancelled, delayed."""
        return troubles(self.legs)


def troubles(legs: Sequence[Segment]) -> frozenset[str]:
    """Tell what the statuses of some flights show: cancelled, delayed."""
    shown = {"cancelled": any(leg.cancelled for leg in legs), "delayed": any(leg.status == "delayed" for leg in legs)}
    return frozenset(kind for kind, found in shown.items() if found)


def sent_money(amount: Money | None) -> JsonValue:
    """Write an amount as a caller would send it."""
    return None if amount is None else {"value": str(amount.value), "currency": amount.currency}


def kind_of_method(method: str, profile: Mapping[str, Record] | None) -> str | None:
    """Tell the kind of a method of payment, from the profile or else from its id; None where neither says."""
    known = profile.get(method) if profile else None
    source = known.word("source", METHODS) if known else None
    return source or next((kind for kind in METHODS if method.lower().startswith(kind)), None)
