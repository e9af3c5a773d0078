"""Business days of the United States, over weekends and federal holidays."""

from datetime import date

import pytest

from decision.packs.passenger_rights.business_days import after_business_days, holidays, is_business_day, observed


def test_the_federal_holidays_of_a_year() -> None:
    assert [observed(day) for day in holidays(2026)] == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]


@pytest.mark.parametrize(
    ("day", "open_for_business"),
    [
        (date(2026, 5, 25), False),
        (date(2026, 5, 26), True),
        (date(2026, 6, 6), False),
        (date(2021, 12, 31), False),
        (date(2020, 6, 19), True),
        (date(2023, 1, 2), False),
    ],
)
def test_a_day_is_one_for_business_or_not(day: date, *, open_for_business: bool) -> None:
    assert is_business_day(day) is open_for_business


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        (date(2026, 6, 1), 7, date(2026, 6, 10)),
        (date(2026, 6, 15), 7, date(2026, 6, 25)),
        (date(2026, 6, 5), 1, date(2026, 6, 8)),
        (date(2026, 12, 23), 7, date(2027, 1, 5)),
        (date(2026, 6, 1), 0, date(2026, 6, 1)),
    ],
)
def test_days_end_after_so_many_of_business(start: date, number: int, end: date) -> None:
    assert after_business_days(start, number) == end
