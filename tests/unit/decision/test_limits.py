"""Limits that rules compare facts with, and the values on either side of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from decision.expressions.evaluate import Reading
from decision.facts import FactValue, Money
from decision.limits import around, limits
from decision.pack import DomainPack

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("limit", "current", "expected"),
    [
        (Decimal(3), None, (Decimal(3), Decimal(2), Decimal(4))),
        (Decimal("0.20"), None, (Decimal("0.20"), Decimal("0.19"), Decimal("0.21"))),
        (Decimal(3), Decimal("2.5"), (Decimal(3), Decimal("2.9"), Decimal("3.1"))),
        (Decimal("3E+2"), None, (Decimal(300), Decimal(299), Decimal(301))),
        (MINUTE, None, (MINUTE, timedelta(0), 2 * MINUTE)),
        (NOON, None, (NOON, NOON - MINUTE, NOON + MINUTE)),
        (TODAY, None, (TODAY, date(2026, 5, 31), date(2026, 6, 2))),
        ("child", None, ("child",)),
    ],
)
def test_a_limit_comes_with_its_neighbours(
    limit: FactValue, current: FactValue | None, expected: tuple[FactValue, ...]
) -> None:
    assert around(limit, current) == expected


def test_an_amount_steps_in_its_own_currency_and_as_finely_as_the_current_one() -> None:
    near = around(Money(value=Decimal(15), currency="EUR"), Money(value=Decimal("9.90"), currency="EUR"))
    assert [str(one) for one in near] == ["EUR 15", "EUR 14.99", "EUR 15.01"]


def test_a_fact_is_held_against_what_stands_on_the_other_side(library: DomainPack) -> None:
    rules = library.rulebook.on(TODAY)
    reading = Reading({}, rules.parameters.values)
    found = [value for one in rules.period.comparisons["overdue"] for value in limits(one, "overdue", reading)]
    assert found == [timedelta(0), timedelta(days=30)]
    assert "shelf" not in rules.period.comparisons
