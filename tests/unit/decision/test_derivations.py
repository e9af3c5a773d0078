"""Derived facts by named functions: what they compute, what they wait for, and what they are refused for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from decision.derivations import FUNCTIONS, derived_facts, waits_for
from decision.facts import DecisionError, Fact, FactValue
from decision.schema import FactSchema

FACTS = """
[told_on]
type = "date"
title = "Day of the notice"

[leaves_on]
type = "date"
title = "Day of departure"

[notice]
type = "number"
title = "Days of notice"
derived = true
derivation = "days_of_notice"
inputs = ["told_on", "leaves_on"]
"""
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "inputs", "value"),
    [
        ("days_of_notice", (date(2026, 6, 1), date(2026, 6, 15)), Decimal(14)),
        ("days_of_notice", (date(2026, 6, 1), date(2026, 6, 1)), Decimal(0)),
        ("days_of_notice", (date(2026, 6, 2), date(2026, 6, 1)), Decimal(-1)),
        ("delay_at_final_destination", (NOON, NOON + timedelta(hours=3)), timedelta(hours=3)),
        ("whole_years", (date(2008, 2, 29), date(2026, 2, 28)), Decimal(17)),
        ("whole_years", (date(2008, 2, 29), date(2026, 3, 1)), Decimal(18)),
        ("whole_years", (date(2026, 3, 1), date(2008, 3, 1)), None),
        ("time_between", (date(2026, 6, 1), date(2026, 6, 3)), timedelta(days=2)),
        ("great_circle_km", (Decimal(0), Decimal(0), Decimal(0), Decimal(90)), Decimal("10007.6")),
        ("great_circle_km", (Decimal(0), Decimal(0), Decimal(0), Decimal(180)), Decimal("20015.1")),
        ("great_circle_km", (Decimal(91), Decimal(0), Decimal(0), Decimal(0)), None),
    ],
)
def test_what_a_function_computes(name: str, inputs: tuple[FactValue, ...], value: FactValue | None) -> None:
    assert FUNCTIONS[name].compute(*inputs) == value


def test_a_distance_is_that_of_the_airports() -> None:
    paris, new_york = (Decimal("49.0097"), Decimal("2.5479")), (Decimal("40.6398"), Decimal("-73.7789"))
    distance = FUNCTIONS["great_circle_km"].compute(*paris, *new_york)
    assert isinstance(distance, Decimal)
    assert abs(distance - 5834) < 5
    assert distance == FUNCTIONS["great_circle_km"].compute(*new_york, *paris)


def facts(schema: FactSchema, **values: FactValue) -> dict[str, Fact]:
    return {name: Fact(name, values.get(name), "given") for name in schema.definitions}


@pytest.fixture
def schema(tmp_path: Path) -> FactSchema:
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    return FactSchema.load(tmp_path / "facts.toml")


def test_a_derived_fact_says_how_it_was_come_by(schema: FactSchema) -> None:
    (found,) = derived_facts(schema.definitions, facts(schema, told_on=date(2026, 6, 1), leaves_on=date(2026, 6, 15)))
    assert (found.name, found.value, found.provenance) == ("notice", Decimal(14), "derived")
    assert str(found.basis).startswith(
        "whole days from the day of the notice to the day of departure (told_on, leaves_on)"
    )
    assert "1182/71" in str(found.basis)


def test_a_derived_fact_waits_for_its_inputs(schema: FactSchema) -> None:
    partly = facts(schema, told_on=date(2026, 6, 1))
    assert list(derived_facts(schema.definitions, partly)) == []
    assert waits_for(schema.definitions, partly) == {"notice": {"leaves_on"}}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("days_of_notice", "day_of_notice", "no such function; there are .*did you mean 'days_of_notice'"),
        ('["told_on", "leaves_on"]', '["told_on"]', "days_of_notice makes a number of date, date; the types"),
        ('["told_on", "leaves_on"]', '["told_on", "leave_on"]', "leave_on: no such fact; did you mean 'leaves_on'"),
        ('["told_on", "leaves_on"]', '["told_on", "notice"]', "notice is derived itself; declare it before"),
        ('type = "number"', 'type = "duration"', "the types of the facts differ"),
        ("derived = true", "derived = false", "only a derived fact has a derivation"),
        ('derivation = "days_of_notice"', "", "inputs belong to a derivation"),
    ],
)
def test_a_derivation_that_does_not_fit_is_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert old in FACTS
    (tmp_path / "facts.toml").write_text(FACTS.replace(old, new), encoding="utf-8")
    with pytest.raises(DecisionError, match=rf"facts\.toml:\d+: .*{words}"):
        FactSchema.load(tmp_path / "facts.toml")
