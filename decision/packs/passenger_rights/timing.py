"""Turns stated times of a journey into delays, a wait, a notice and periods, and what contradicts among them."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from decision.facts import Fact
from decision.packs.passenger_rights.route import value_of
from decision.rules import Parameters
from decision.values import plain

_MONTHS: Final = 12
_LATE: Final = frozenset({"delay", "missed_connection"})


@dataclass(frozen=True, slots=True)
class Timing:
    """What the stated times come to: delay by the doors and on block, with where each was read.

    `late` is the delay at the final destination by whatever flight; `problems` are times that cannot be.
    """

    doors: timedelta | None
    on_block: timedelta | None
    basis: str | None
    late: timedelta | None
    departure: timedelta | None
    waited: timedelta | None
    notice: timedelta | None
    contradictions: tuple[str, ...]
    problems: tuple[str, ...]


def timing(facts: Mapping[str, Fact], parameters: Parameters) -> Timing:
    """Read every stated time; statements of one delay that disagree leave it unknown."""
    is_amended = parameters.text("eu_version") == "amended"
    said = dict(_stated_delays(facts))
    doors, block, contradiction = _by_law(said, facts, is_amended=is_amended)
    departure = _departure_delay(facts)
    later = _duration(facts, "rerouting_arrives_late")
    claimed = _claim(facts, block if is_amended else doors, parameters)
    return Timing(
        doors=doors,
        on_block=block,
        basis=next(iter(said), None),
        late=later if later is not None and value_of(facts, "event") not in _LATE else doors,
        departure=departure,
        waited=_duration(facts, "waiting_time") or departure,
        notice=_notice(facts),
        contradictions=tuple(words for words in (contradiction, claimed) if words is not None),
        problems=tuple(_impossible_times(facts)),
    )


def add_months(day: date, months: int) -> date:
    """Move a day by whole months; where the month is shorter, its last day is taken."""
    year, month = divmod(day.month - 1 + months, _MONTHS)
    last = monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def within_months(facts: Mapping[str, Fact], name: str, limit: str, parameters: Parameters) -> bool | None:
    """Tell whether a day lies within the months of a limit after the flight, its last day included; None if unknown."""
    last = _last_day(facts, limit, parameters)
    done = value_of(facts, name)
    return done <= last if last is not None and isinstance(done, date) else None


def before_anniversary(facts: Mapping[str, Fact], name: str, limit: str, parameters: Parameters) -> bool | None:
    """Tell whether a day lies before the day on which the months of a limit end; None if unknown."""
    last = _last_day(facts, limit, parameters)
    done = value_of(facts, name)
    return done < last if last is not None and isinstance(done, date) else None


def _last_day(facts: Mapping[str, Fact], limit: str, parameters: Parameters) -> date | None:
    flown = value_of(facts, "flight_date")
    if not isinstance(flown, date) or limit not in parameters.entries:
        return None
    return add_months(flown, int(parameters.number(limit)))


def _stated_delays(facts: Mapping[str, Fact]) -> Iterator[tuple[str, timedelta]]:
    stated, minutes = value_of(facts, "arrival_delay"), value_of(facts, "arrival_delay_min")
    if isinstance(stated, timedelta):
        yield "arrival_delay", stated
    if isinstance(minutes, Decimal):
        yield "arrival_delay_min", timedelta(minutes=float(minutes))
    arrived = _since_scheduled(facts, "actual_arrival")
    if arrived is not None:
        yield "actual_arrival less scheduled_arrival", arrived


def _by_law(
    said: Mapping[str, timedelta], facts: Mapping[str, Fact], *, is_amended: bool
) -> tuple[timedelta | None, timedelta | None, str | None]:
    """Give the delay by the doors and on block: a bare one means what the law of the day counts."""
    opened, stood = _since_scheduled(facts, "doors_opened"), _since_scheduled(facts, "on_block")
    agreed, contradiction = _agreed(said, stood if is_amended else opened)
    if is_amended:
        return (agreed if opened is None else opened), agreed, contradiction
    return agreed, (agreed if stood is None else stood), contradiction


def _agreed(said: Mapping[str, timedelta], also: timedelta | None) -> tuple[timedelta | None, str | None]:
    every = {**said, **({} if also is None else {"the record of the arrival": also})}
    if len(set(every.values())) > 1:
        return None, ", but ".join(f"{basis} says {plain(delay)}" for basis, delay in every.items())
    return next(iter(every.values()), None), None


def _since_scheduled(facts: Mapping[str, Fact], name: str) -> timedelta | None:
    due, arrived = value_of(facts, "scheduled_arrival"), value_of(facts, name)
    return arrived - due if isinstance(due, datetime) and isinstance(arrived, datetime) else None


def _departure_delay(facts: Mapping[str, Fact]) -> timedelta | None:
    stated = _duration(facts, "departure_delay")
    return _measured_departure(facts) if stated is None else stated


def _duration(facts: Mapping[str, Fact], name: str) -> timedelta | None:
    value = value_of(facts, name)
    return value if isinstance(value, timedelta) else None


def _notice(facts: Mapping[str, Fact]) -> timedelta | None:
    hours, days = value_of(facts, "notice_hours"), value_of(facts, "notice_days")
    if isinstance(hours, Decimal):
        return timedelta(hours=float(hours))
    return timedelta(days=float(days)) if isinstance(days, Decimal) else None


def _claim(facts: Mapping[str, Fact], delay: timedelta | None, parameters: Parameters) -> str | None:
    claimed = _duration(facts, "claimed_arrival_delay")
    if claimed is None or delay is None or abs(claimed - delay) <= parameters.duration("delay_margin"):
        return None
    return f"the passenger states a delay of {plain(claimed)}, but the record says {plain(delay)}"


def _impossible_times(facts: Mapping[str, Fact]) -> Iterator[str]:
    pairs = (("scheduled_departure", "scheduled_arrival"), ("actual_departure", "actual_arrival"))
    pairs += (("actual_departure", "doors_opened"), ("actual_departure", "on_block"))
    for first, last in pairs:
        left, arrived = value_of(facts, first), value_of(facts, last)
        if isinstance(left, datetime) and isinstance(arrived, datetime) and arrived <= left:
            yield f"{last}: {plain(arrived)} is not after {first} {plain(left)}; state both with their time zones"
    stated, measured = _duration(facts, "departure_delay"), _measured_departure(facts)
    if stated is not None and measured is not None and stated != measured:
        yield f"departure_delay: it says {plain(stated)}, but the times of departure say {plain(measured)}; correct one"


def _measured_departure(facts: Mapping[str, Fact]) -> timedelta | None:
    due, left = value_of(facts, "scheduled_departure"), value_of(facts, "actual_departure")
    return left - due if isinstance(due, datetime) and isinstance(left, datetime) else None
