"""Turns a disrupted flight and its passengers into a plan that the audit log tells of, from the flights on file."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, cast

from pydantic import Field, JsonValue

from decision.recovery.flights import FLIGHT, Flight, flight_of, local
from decision.recovery.itineraries import flight_queries
from decision.recovery.parties import Passenger
from decision.recovery.plan import plan, trip_on
from decision.recovery.preferences import Preferences
from decision.recovery.recommendation import flights_in
from decision.recovery.times import FIRST_YEAR
from decision.values import did_you_mean
from retrieval.corpus import Record, Value
from retrieval.filters import Between, Equals
from retrieval.find import Finder
from retrieval.query import RecordQuery
from retrieval.scope import ReadScope
from service.audit import Event
from service.errors import InvalidInputError, NotFoundError
from service.ports import AuditLog
from service.reader import Day, Reader
from service.records import AuditPlace, canonical, sortable_id

MOST_PASSENGERS: Final = 1_000


class RecoveryRequest(Value):
    """A disrupted flight, its passengers, and how ways on are compared; `as_of` is the flight's day unless given."""

    flight: str = Field(min_length=3, max_length=12, description="Carrier and number, such as UA 123.")
    date: Day = Field(description="The day of departure, on the clock of the airport.")
    origin: str | None = Field(default=None, description="Needed where one number flies from several airports.")
    passengers: tuple[Passenger, ...] = Field(default=(), max_length=MOST_PASSENGERS)
    split: bool = Field(default=False, description="Whether parties may be split.")
    preferences: Preferences = Preferences()
    as_of: Day | None = None


class Recovery(Value):
    """A plan: ways on with the reason for their rank, who travels how and why, who cannot and what would help.

    `audit` is its place in the audit log, whose event has the hash of all the rest.
    """

    recovery_id: str = Field(description="Id, by which the audit log names it.")
    flight: Mapping[str, JsonValue]
    options: tuple[JsonValue, ...]
    not_chosen_because: tuple[JsonValue, ...]
    assignments: tuple[JsonValue, ...]
    left: tuple[JsonValue, ...]
    seats_left: tuple[JsonValue, ...]
    notes: tuple[JsonValue, ...]
    preferences: Preferences
    as_of: date
    generation: int
    audit: AuditPlace | None = Field(default=None, description="Its place in the audit log.")


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans recoveries for a reader; a plan is handed out once the audit log tells of it."""

    finder: Finder
    reader: Reader
    log: AuditLog

    async def recover(self, request: RecoveryRequest, actor: str) -> Recovery:
        """Plan a recovery and record that it was made.

        Raises NotFoundError where the table has no such flight, DecisionError for passengers that cannot be.
        """
        scope, now = await self.reader.scope(request.as_of or request.date), self.reader.now()
        made = await _plan(self.finder, request, scope, sortable_id("rec", now, os.urandom(10)))
        head = await self.log.append([_planned(made, request, actor, now)])
        return made.model_copy(update={"audit": AuditPlace(seq=head.seq, hash=head.hash)})


def plan_hash(recovery: Recovery) -> str:
    """SHA-256 (hex) of the canonical JSON of a plan without its place in the audit log."""
    return sha256(canonical(cast("JsonValue", recovery.model_dump(mode="json", exclude={"audit"})))).hexdigest()


def _planned(made: Recovery, request: RecoveryRequest, actor: str, at: datetime) -> Event:
    """Tell that a plan was made, by hashes and counts: the log keeps no names of passengers."""
    by_way = Counter[str]()
    for one in made.assignments:
        party = cast("Mapping[str, Sequence[Mapping[str, JsonValue]]]", one)
        by_way[" + ".join(str(leg["flight"]) for leg in party["itinerary"])] += len(party["passengers"])
    left = sum(len(cast("Mapping[str, Sequence[JsonValue]]", one)["passengers"]) for one in made.left)
    payload: Mapping[str, JsonValue] = {
        "flight": made.flight["flight"],
        "date": str(request.date),
        "generation": made.generation,
        "as_of": str(made.as_of),
        "request_sha256": sha256(canonical(request.model_dump(mode="json"))).hexdigest(),
        "plan_sha256": plan_hash(made),
        "passengers": {"placed": by_way.total(), "left": left, "placed_by_way": dict(by_way)},
    }
    return Event(at=at, kind="recovery_planned", subject=made.recovery_id, actor=actor, payload=payload)


async def _plan(finder: Finder, request: RecoveryRequest, scope: ReadScope, recovery_id: str) -> Recovery:
    flight = await _disrupted(finder, request, scope)
    queries = flight_queries(trip_on(flight), request.preferences)
    evidence = {name: await finder.find_records(query, scope) for name, query in queries.items()}
    made = await asyncio.to_thread(  # solving takes a moment, in which others are served
        plan, flight, flights_in(evidence), request.passengers, request.preferences, split=request.split
    )
    circumstances = {"recovery_id": recovery_id, "as_of": scope.as_of, "generation": scope.generation}
    return Recovery.model_validate(asdict(made) | {"preferences": request.preferences} | circumstances)


async def _disrupted(finder: Finder, request: RecoveryRequest, scope: ReadScope) -> Flight:
    if request.date.year < FIRST_YEAR:
        raise InvalidInputError(f"date: expected a day since {FIRST_YEAR}, not {request.date}; correct it.")
    name = _name(request.flight)
    named = await _flights(finder, request.date, scope, name)
    origins = sorted({one.origin for one in named})
    if request.origin is not None:
        named = [one for one in named if one.origin == request.origin.strip().upper()]
    if len(named) == 1:
        return named[0]
    if named:
        raise InvalidInputError(
            f"origin: {name} leaves {', '.join(origins)} on {request.date}; say which with --origin AIRPORT."
        )
    if origins:
        raise NotFoundError(f"{name} does not leave {request.origin} on {request.date}, but {', '.join(origins)}.")
    others = sorted({one.name for one in await _flights(finder, request.date, scope)})
    if not others:
        raise NotFoundError(
            f"No flights on {request.date} are on file for you as of {scope.as_of}; ingest a flight table of that day, "
            "or correct the date."
        )
    hint = did_you_mean(name, others)
    raise NotFoundError(
        f"There is no {name} on {request.date} among the {len(others)} flights on file{hint}; correct number or date."
    )


async def _flights(finder: Finder, day: date, scope: ReadScope, name: str | None = None) -> Sequence[Flight]:
    """Find the flights that leave on a day of their airport's clock, which may be the day before or after in UTC."""
    start = _minutes_of_day(day)
    around = Between("values.departs", at_least=start - _DAY, below=start + 2 * _DAY)
    of_name = (Equals("values.flight", name),) if name else ()
    found = await finder.find_records(RecordQuery(FLIGHT.name, _MOST, None, (around, *of_name)), scope)
    flights = [flight_of(one.item) for one in found if isinstance(one.item, Record)]
    return [one for one in flights if local(one.origin, one.departs).startswith(str(day))]


_DAY: Final = 24 * 60
_MOST: Final = 10_000


def _minutes_of_day(day: date) -> int:
    """Count the minutes from 1970 to the beginning of a day, in UTC."""
    return (day - date(1970, 1, 1)) // timedelta(minutes=1)


def _name(words: str) -> str:
    """Write a flight as the table does: the two characters of the carrier (or three letters), a space, the number."""
    text = "".join(words.upper().split())
    carrier = text[:3] if text[:3].isalpha() else text[:2]
    number = text[len(carrier) :].lstrip("0")
    if not number:
        raise InvalidInputError(f"flight: expected carrier and number, such as UA123, not {words!r}.")
    return f"{carrier} {number}"
