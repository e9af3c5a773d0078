"""Turns a row of a flight table into a Flight: what it is, when it really leaves and lands, what is free on it.

Our names, in a mapping: `carrier`, `number`, `origin`, `destination`, `departure`, `arrival` (see `times`), and where a
table tells them `expected_departure`, `expected_arrival`, `status`, `seats_CABIN`, `fare_CABIN` and `currency`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, cast, get_args

from decision.facts import Money
from decision.recovery.airports import airport
from decision.recovery.times import arrival_of, departure_of
from retrieval.corpus import Record, RecordKind, RecordRefusedError, Scalar

Cabin = Literal["economy", "premium_economy", "business", "first"]

CABINS: Final[tuple[Cabin, ...]] = get_args(Cabin)
"""From the lowest to the highest."""

STILL_OPEN: Final = ("scheduled", "on_time", "delayed")
OVER: Final = ("departed", "arrived", "cancelled", "diverted")
"""What a status may be; only the first kind can still be boarded."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight of one day. What its table does not tell is None, or not in `seats` and `fares`: nothing is guessed.

    `leaves` and `lands` are what is expected now; of a delayed flight they may be unknown.
    """

    name: str
    carrier: str
    origin: str
    destination: str
    departs: datetime
    arrives: datetime
    leaves: datetime | None
    lands: datetime | None
    status: str | None
    seats: Mapping[Cabin, int]
    fares: Mapping[Cabin, Money]
    record: Record


def flight_of(record: Record) -> Flight:
    """Read a record of the kind `flight`."""
    values = record.values
    departs, arrives = _utc(values["departs"]), _utc(values["arrives"])
    leaves, lands = _maybe(values.get("expected_departs")), _maybe(values.get("expected_arrives"))
    status = values.get("status")
    late = status == "delayed" or leaves is not None or lands is not None
    currency = values.get("currency")
    return Flight(
        name=str(values["flight"]),
        carrier=str(values["carrier"]),
        origin=str(values["origin"]),
        destination=str(values["destination"]),
        departs=departs,
        arrives=arrives,
        leaves=leaves if late else departs,
        lands=lands if late else arrives,
        status=None if status is None else str(status),
        seats={cabin: int(cast("int", free)) for cabin in CABINS if (free := values.get(f"seats_{cabin}")) is not None},
        fares={
            cabin: Money(value=Decimal(str(fare)), currency=str(currency))
            for cabin in CABINS
            if (fare := values.get(f"fare_{cabin}")) is not None
        },
        record=record,
    )


def local(code: str, instant: datetime) -> str:
    """Write an instant on the clock of an airport, with its offset."""
    return instant.astimezone(airport("airport", code).zone).isoformat(timespec="minutes")


def typed(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Give the values of a row as they are asked for; RecordRefusedError names the one that cannot be relied on.

    `departs` and `arrives` become minutes since 1970 UTC, by which the index finds flights.
    """
    origin, destination = airport("origin", values.get("origin")), airport("destination", values.get("destination"))
    if origin.code == destination.code:
        raise RecordRefusedError(f"destination: expected another airport than the origin, found {origin.code!r} again")
    departs = departure_of("departure", values.get("departure"), origin)
    arrives = arrival_of("arrival", values.get("arrival"), departs, origin, destination)
    carrier, number = (_words(values, name).upper() for name in ("carrier", "number"))
    found: dict[str, Scalar] = {
        **values,
        "carrier": carrier,
        "number": number,
        "flight": f"{carrier} {number}",
        "origin": origin.code,
        "destination": destination.code,
        "departs": minutes_of(departs),
        "arrives": minutes_of(arrives),
        "departure": local(origin.code, departs),
        "arrival": local(destination.code, arrives),
    }
    if values.get("expected_departure") is not None:
        leaves = departure_of("expected_departure", values["expected_departure"], origin)
        found["expected_departs"] = minutes_of(leaves)
    else:
        leaves = departs
    if values.get("expected_arrival") is not None:
        lands = arrival_of("expected_arrival", values["expected_arrival"], leaves, origin, destination)
        found["expected_arrives"] = minutes_of(lands)
    return {**found, **_status(values), **_free(values), **_fares(values)}


def vector(values: Mapping[str, Scalar]) -> tuple[float, ...]:
    """Place a flight by its departure, in hours since 2000, so that the nearest are those that leave first."""
    departs = values.get("departs")
    return ((departs - _YEAR_2000) / 60 if isinstance(departs, int) else 0.0,)


FLIGHT: Final = RecordKind(name="flight", dimensions=1, vector=vector, typed=typed)
"""One flight of one day: where from and to, when, its status, what is free."""


def minutes_of(instant: datetime) -> int:
    """Count whole minutes since 1970 UTC, as the index holds them."""
    return int((instant - _EPOCH).total_seconds() // 60)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_2000: Final = int((datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) // 60


def _utc(minutes: Scalar) -> datetime:
    return _EPOCH + timedelta(minutes=int(cast("int", minutes)))


def _maybe(minutes: Scalar) -> datetime | None:
    return None if minutes is None else _utc(minutes)


def _words(values: Mapping[str, Scalar], name: str) -> str:
    value = values.get(name)
    if value is None or not str(value).strip():
        raise RecordRefusedError(f"{name}: expected a value, found none")
    return str(value).strip()


def _status(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    if values.get("status") is None:
        return {}
    status = _words(values, "status").lower().replace(" ", "_").replace("-", "_")
    if status not in (*STILL_OPEN, *OVER):
        raise RecordRefusedError(
            f"status: expected one of {', '.join((*STILL_OPEN, *OVER))}, found {status!r}; say in [values.status] of "
            "the mapping what it means"
        )
    return {"status": status}


def _free(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    found: dict[str, Scalar] = {}
    for cabin in CABINS:
        free = values.get(f"seats_{cabin}")
        if free is None:
            continue
        if isinstance(free, bool) or not isinstance(free, int | float) or free < 0 or free != int(free):
            raise RecordRefusedError(f"seats_{cabin}: expected a whole number from 0 up, found {free!r}")
        found[f"seats_{cabin}"] = int(free)
    return found


def _fares(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    fares = {name: values[name] for cabin in CABINS if values.get(name := f"fare_{cabin}") is not None}
    for name, fare in fares.items():
        if isinstance(fare, bool) or not isinstance(fare, int | float) or fare < 0:
            raise RecordRefusedError(f"{name}: expected an amount from 0 up, found {fare!r}")
    currency = str(values.get("currency") or "").strip().upper()
    if fares and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):  # noqa: PLR2004 - ISO 4217
        raise RecordRefusedError(f"currency: expected an ISO 4217 code such as USD with a fare, found {currency!r}")
    return {**fares, **({"currency": currency} if fares else {})}
