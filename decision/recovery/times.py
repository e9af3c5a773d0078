"""Turns times as schedules write them into instants, in UTC: local clocks, `+1`, 24:00, days when clocks change.

A time is written as an instant with its offset (`2013-02-08T15:05-05:00`), or on the clock of its airport: `1505`,
`15:05`, with a day before it (`2013-02-08 1505`, `2013 2 8 1505`) or days after it (`0610+1`).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from decision.recovery.airports import Airport, least_minutes
from retrieval.corpus import RecordRefusedError

FIRST_YEAR: Final = 1970
"""Earlier, the rules of time zones are not certain."""

LONGEST: Final = timedelta(hours=36)
"""No flight takes longer; a longer one is a slip in a date."""

_LOCAL: Final = re.compile(
    r"(?:(?P<year>\d{4})[- ](?P<month>\d{1,2})[- ](?P<day>\d{1,2})[T ]+)?"
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::00)?|(?P<clock>\d{1,4}))"
    r"(?: ?(?P<days>[+-]\d))?",
    re.ASCII,
)
_MIDNIGHT: Final = 24 * 60


def departure_of(field: str, words: object, origin: Airport) -> datetime:
    """Read when a flight leaves; RecordRefusedError for what is no single moment at its airport."""
    written = _read(field, words)
    if isinstance(written, datetime):
        return _since_first_year(field, written)
    if written.day is None:
        raise RecordRefusedError(f"{field}: expected a day with the time, such as 2013-02-08 1505, found {words!r}")
    return _instant(field, written.day, written.minutes, origin)


def arrival_of(field: str, words: object, departs: datetime, origin: Airport, destination: Airport) -> datetime:
    """Read when a flight that departs then arrives; without a day, the first time on that clock that it can be there.

    RecordRefusedError for an arrival that does not follow the departure.
    """
    written = _read(field, words)
    if isinstance(written, datetime):
        arrives = _since_first_year(field, written)
    elif written.day is not None or written.dated:
        day = written.day or departs.astimezone(origin.zone).date() + timedelta(days=written.days)
        arrives = _instant(field, day, written.minutes, destination)
    else:
        arrives = _first_after(field, written.minutes, departs, origin, destination)
    if not departs < arrives <= departs + LONGEST:
        raise RecordRefusedError(
            f"{field}: expected a time within {LONGEST.total_seconds() / 3600:.0f} h after the departure at "
            f"{departs:%Y-%m-%d %H:%M} UTC, found {arrives:%Y-%m-%d %H:%M} UTC"
        )
    return arrives


@dataclass(frozen=True, slots=True)
class _Written:
    """A time on a clock; `dated` where days are counted from the departure."""

    day: date | None
    minutes: int
    days: int
    dated: bool


def _read(field: str, words: object) -> datetime | _Written:
    text = " ".join(str("" if words is None else words).split())
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is not None and instant.tzinfo is not None:
        return instant.astimezone(UTC)
    found = _LOCAL.fullmatch(text)
    refused = RecordRefusedError(
        f"{field}: expected a time such as 2013-02-08 1505 or 0610+1, found {text or 'none'!r}"
    )
    if found is None:
        raise refused
    hour, minute = (int(found["hour"]), int(found["minute"])) if found["hour"] else divmod(int(found["clock"]), 100)
    minutes = hour * 60 + minute
    if minute > 59 or minutes > _MIDNIGHT:  # noqa: PLR2004 - minutes of an hour
        raise refused
    days = int(found["days"] or 0)
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"])) if found["year"] else None
    except ValueError:
        raise refused from None
    shifted = day and day + timedelta(days=days)
    return _Written(shifted, minutes, days, dated=found["days"] is not None)


def _first_after(field: str, minutes: int, departs: datetime, origin: Airport, destination: Airport) -> datetime:
    soonest = departs + timedelta(minutes=least_minutes(origin, destination))
    day = soonest.astimezone(destination.zone).date()
    same_day = _instant(field, day, minutes, destination)
    return same_day if same_day > soonest else _instant(field, day + timedelta(days=1), minutes, destination)


def _instant(field: str, day: date, minutes: int, place: Airport) -> datetime:
    """Give the one moment at which a clock shows a time; where clocks are changed there may be none, or two."""
    clock = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - of that clock
    first, second = (clock.replace(tzinfo=place.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        skipped = first.astimezone(place.zone).replace(tzinfo=None) != clock
        said = "does not exist" if skipped else "comes twice"
        raise RecordRefusedError(
            f"{field}: {clock:%Y-%m-%d %H:%M} {said} at {place.code}, where clocks change; write it with its offset"
        )
    return _since_first_year(field, first)


def _since_first_year(field: str, instant: datetime) -> datetime:
    if instant.year < FIRST_YEAR:
        raise RecordRefusedError(f"{field}: expected a time since {FIRST_YEAR}, found one in {instant.year}")
    return instant
