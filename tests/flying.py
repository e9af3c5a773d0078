"""Flights, trips and passengers of tests, made as a table's rows would make them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from decision.recovery.flights import FLIGHT, Flight, flight_of, typed
from decision.recovery.itineraries import Trip
from retrieval.corpus import Record, Scalar, Span

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRIP: Final = Trip("AMS", "LIS", NOON, NOON + timedelta(hours=3), carrier="KL", flight="KL 1")


def row(number: int, leaves: int, **other: Scalar) -> dict[str, Scalar]:
    """Give a row for a flight of three hours from Amsterdam to Lisbon, `leaves` minutes after noon, UTC."""
    departs = NOON + timedelta(minutes=leaves)
    values: dict[str, Scalar] = {
        "carrier": "KL",
        "number": number,
        "origin": "AMS",
        "destination": "LIS",
        "departure": departs.isoformat(),
        "arrival": (departs + timedelta(hours=3)).isoformat(),
        "status": "scheduled",
    }
    return {**values, **other}


def flown(values: Mapping[str, Scalar]) -> Flight:
    """Read a row as the ingest and the index would give it back."""
    read = typed(values)
    record = Record(
        id=f"{read['flight']} {read['departure']}",
        revision_id="rev",
        document_id="flights",
        kind=FLIGHT.name,
        values=read,
        observed_on=date(2026, 1, 1),
        vector=FLIGHT.vector(read),
        span=Span(start=0, end=1),
    )
    return flight_of(record)


def flight(number: int, leaves: int, **other: Scalar) -> Flight:
    """Give such a flight."""
    return flown(row(number, leaves, **other))
