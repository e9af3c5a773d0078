"""Turns a reservation's flights into segments: when each leaves, what became of it, and what it costs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from decision.facts import Money
from decision.packs.reservation.records import Record, parse_moment

STATUSES: Final = ("available", "on_time", "delayed", "flying", "landed", "cancelled", "canceled")
"""What the status of a flight can be."""

_FLOWN: Final = frozenset({"flying", "landed"})
_CLOCK: Final = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)\s*(?:\+\s*(\d))?", re.ASCII)
_HOURS: Final = ("scheduled_departure_est", "scheduled_departure", "departure")
_ARRIVES: Final = ("scheduled_arrival_est", "scheduled_arrival", "arrival")
_ARRIVED: Final = ("actual_arrival_time_est", "actual_arrival_time", "actual_arrival")


@dataclass(frozen=True, slots=True)
class Segment:
    """One flight of a reservation; what the record does not say is None."""

    number: str
    day: str
    origin: str | None
    destination: str | None
    status: str | None
    price: Money | None
    departs: datetime | None
    arrives: datetime | None
    arrived: datetime | None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other flights: its number and its date."""
        return self.number, self.day

    @property
    def cancelled(self) -> bool:
        """Whether the carrier cancelled it."""
        return self.status in {"cancelled", "canceled"}

    @property
    def came_late(self) -> bool:
        """Whether it landed later than it should have."""
        return self.arrived is not None and self.arrives is not None and self.arrived > self.arrives

    def flown(self, now: datetime | None) -> bool | None:
        """Whether it has taken off; None where the record says neither a status nor enough of the times."""
        if self.status is not None:
            return self.status in _FLOWN
        if self.departs is None or now is None or self.departs <= now:
            return None
        return False


def segments(reservation: Record, zone: tzinfo, asked: datetime | None, booked: datetime | None) -> Sequence[Segment]:
    """Read the flights of a reservation; times that cannot be are problems."""
    flights = reservation.records("flights")
    if flights is not None and not flights:
        reservation.wrong("flights", "at least one flight", "send the flights of the reservation")
    return [_segment(flight, zone, asked, booked) for flight in flights or ()]


def fare_of(legs: Sequence[Segment]) -> Money | None:
    """Add up what the flights cost for one passenger; None where a price is missing."""
    return total([leg.price for leg in legs])


def total(prices: Sequence[Money | None]) -> Money | None:
    """Add up prices; None where one is missing, or there are none."""
    known = [price for price in prices if price is not None]
    if not known or len(known) < len(prices):
        return None
    return Money(value=sum((price.value for price in known), Decimal(0)), currency=known[0].currency)


@dataclass(frozen=True, slots=True)
class Offer:
    """A flight on a date as it is sold now: whether it can be booked, free seats and prices by cabin."""

    status: str | None
    seats: Mapping[str, int]
    prices: Mapping[str, Money]

    def has_seats(self, cabin: str, passengers: int) -> bool | None:
        """Whether everyone finds a seat; None where the offer does not say."""
        if self.status not in {None, "available"}:
            return False
        return self.seats[cabin] >= passengers if cabin in self.seats else None


def offers(case: Record, cabins: Sequence[str]) -> Mapping[tuple[str, str], Offer]:
    """Read what flights cost now, by number and date."""
    name = case.first("new_flight_prices_per_passenger", "new_flight_prices", "flight_prices")
    table = case.record(name) if name else None
    found: dict[tuple[str, str], Offer] = {}
    for key in table.fields if table else ():
        row = table.record(key) if table else None
        words = key.split()
        if row is not None and len(words) > 1:
            found[words[0], words[1]] = _offer(row, cabins)
    return found


def _offer(row: Record, cabins: Sequence[str]) -> Offer:
    seats, prices = row.record("available_seats"), row.record("prices")
    free = {cabin: seats.whole(cabin) if seats else None for cabin in cabins}
    costs = {cabin: prices.money(cabin) if prices else None for cabin in cabins}
    return Offer(
        row.word("status", STATUSES),
        {cabin: number for cabin, number in free.items() if number is not None},
        {cabin: price for cabin, price in costs.items() if price is not None},
    )


def _segment(flight: Record, zone: tzinfo, asked: datetime | None, booked: datetime | None) -> Segment:
    day = flight.text("date") or ""
    leaves, arrives = (_moment(flight, names, day, zone) for names in (_HOURS, _ARRIVES))
    segment = Segment(
        number=flight.text("flight_number") or "",
        day=day,
        origin=flight.text("origin"),
        destination=flight.text("destination"),
        status=flight.word("status", STATUSES),
        price=flight.money("price"),
        departs=leaves,
        arrives=arrives,
        arrived=_moment(flight, _ARRIVED, day, zone),
    )
    for name, expected in _impossible(segment, asked, booked):
        flight.wrong(name, expected, f"correct the record of {segment.number or 'this flight'}")
    return segment


def _impossible(leg: Segment, asked: datetime | None, booked: datetime | None) -> Iterator[tuple[str, str]]:
    if leg.departs is not None and leg.arrives is not None and leg.arrives <= leg.departs:
        yield "scheduled_arrival", f"an arrival after the departure at {leg.departs:%Y-%m-%d %H:%M}"
    if leg.departs is not None and booked is not None and leg.departs.date() < booked.date():
        yield "date", f"a day no earlier than the booking on {booked:%Y-%m-%d}, not {leg.day}"
    if leg.departs is not None and asked is not None:
        if leg.status == "available" and leg.departs.date() < asked.date():
            yield "status", f"another status than available, for the flight was due to leave on {leg.day}"
        if leg.status in _FLOWN and leg.departs.date() > asked.date():
            yield "status", f"another status than {leg.status}, for the flight leaves on {leg.day} only"


def _moment(flight: Record, names: Sequence[str], day: str, zone: tzinfo) -> datetime | None:
    name = flight.first(*names)
    text = flight.text(name) if name else None
    if text is None or name is None:
        return None
    clock = _CLOCK.fullmatch(text.strip())
    try:
        if clock is None:
            moment = parse_moment(text, zone)
        else:
            hour = time.fromisoformat(f"0{clock[1]}" if clock[1][1] == ":" else clock[1])
            start = datetime.combine(datetime.fromisoformat(day).date(), hour, zone)
            moment = start + timedelta(days=int(clock[2] or 0))
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        flight.wrong(
            name, "a time such as 14:30:00, on a date such as 2026-06-01", f"correct it, not {text!r} on {day!r}"
        )
    return moment
