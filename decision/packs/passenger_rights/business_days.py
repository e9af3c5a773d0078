"""Turns a day and a number of business days of the United States into the day on which they end (clause 21.6)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_JUNETEENTH_SINCE: Final = 2021


def after_business_days(start: date, number: int) -> date:
    """Give the day on which so many business days after `start` end: Monday to Friday, no federal holiday."""
    day = start
    while number > 0:
        day += _DAY
        number -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    """Tell whether a day is a Monday to Friday that is no federal holiday, observed ones included."""
    years = (day.year, day.year + 1)  # New Year's Day on a Saturday is observed in the year before
    return day.weekday() < _SATURDAY and not any(day == observed(one) for year in years for one in holidays(year))


def observed(holiday: date) -> date:
    """Give the day on which a holiday is observed: the Friday before a Saturday, the Monday after a Sunday."""
    return holiday + {_SATURDAY: -_DAY, _SUNDAY: _DAY}.get(holiday.weekday(), timedelta(0))


def holidays(year: int) -> Iterator[date]:
    """Give the federal holidays of a year (5 U.S.C. 6103)."""
    yield date(year, 1, 1)
    yield _nth(year, 1, _MONDAY, 3)
    yield _nth(year, 2, _MONDAY, 3)
    yield _nth(year, 6, _MONDAY, 1) - 7 * _DAY  # the last Monday of May
    if year >= _JUNETEENTH_SINCE:
        yield date(year, 6, 19)
    yield date(year, 7, 4)
    yield _nth(year, 9, _MONDAY, 1)
    yield _nth(year, 10, _MONDAY, 2)
    yield date(year, 11, 11)
    yield _nth(year, 11, _THURSDAY, 4)
    yield date(year, 12, 25)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
