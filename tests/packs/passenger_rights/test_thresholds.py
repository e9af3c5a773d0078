"""Every published threshold is a rule or a parameter with its value, and stands in a case at, below and above it."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from decision.cases import RuleCase
from decision.cases import load_cases as read_cases
from decision.engine import rule_case
from decision.facts import FactValue, Money
from decision.packs.passenger_rights import PACK
from decision.packs.passenger_rights.pack import PassengerRights
from decision.rules import Parameter
from decision.values import plain

ROOT = Path(__file__).parents[3]
FACTS = ROOT.parent / "shared" / "data" / "airline" / "rule_facts.csv"
LAWS = frozenset({"EU", "UK", "US", "CA", "MC99"})
"""The jurisdictions of the table whose law this pack encodes; a carrier's own policy is the matter of another pack."""

load_cases = cache(read_cases)
Row = Mapping[str, Any]
Place = tuple[str, str, str]


def encoded() -> Sequence[Row]:
    table = Path(__file__).with_name("thresholds.toml").read_text(encoding="utf-8")
    return cast("Sequence[Row]", tomllib.loads(table)["row"])


def place(row: Row) -> Place:
    return row["jurisdiction"], row["topic"], row["reference"]


@pytest.mark.skipif(not FACTS.exists(), reason="no folder with the table of published thresholds beside the project")
def test_every_published_threshold_is_encoded_here() -> None:
    with FACTS.open(encoding="utf-8", newline="") as file:
        published = [(row["jurisdiction"], row["topic"], row["legal_reference"]) for row in csv.DictReader(file)]
    wanted = Counter(row for row in published if row[0] in LAWS)
    assert wanted == Counter({place(row): row.get("rows", 1) for row in encoded()})
    assert {row[0] for row in published} - LAWS <= {"TAU"}


@pytest.mark.parametrize("row", encoded(), ids=lambda row: " ".join(place(row)))
def test_a_threshold_has_its_rules_its_values_and_its_tests(row: Row) -> None:
    in_force = PACK.rulebook.on(row["on"])
    assert set(row["rules"]) <= {rule.id for rule in in_force.rules}
    tested = {rule for case in load_cases(PACK) for rule in case.held}
    assert set(row["rules"]) <= tested
    found = {name: in_force.parameters.entry(name).words() for name in row.get("parameters", {})}
    assert found == row.get("parameters", {})
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert all(re.search(rf"def {name}\b", written) for name in row.get("tests", ()))
    assert row["rules"] or row.get("tests")


@pytest.mark.parametrize("row", encoded(), ids=lambda row: " ".join(place(row)))
def test_a_threshold_names_the_clause_that_it_comes_from(row: Row) -> None:
    entries = PACK.rulebook.on(row["on"]).parameters
    for name in row.get("parameters", {}):
        assert str(entries.entry(name).clause) in PACK.rulebook.bindings
        assert entries.entry(name).reference


def limits() -> list[Parameter]:
    """List what the rules of law compare with or pay, in every period; the margins of reviews are the airline's own."""
    read = frozenset[str]().union(*(rule.parameters for rule in PACK.rulebook.rules if rule.kind == "conclusion"))
    return [one for one in PACK.rulebook.parameters if one.name in read]


def moved(value: FactValue, step: int) -> FactValue:
    match value:
        case timedelta():
            return value + timedelta(minutes=step)
        case Money():
            return Money(value=value.value + step, currency=value.currency)
        case Decimal():
            return value + step
        case _:
            raise TypeError(value)


def with_value(entry: Parameter, value: FactValue) -> PassengerRights:
    pack = copy(cast("PassengerRights", PACK))
    altered = tuple(
        one.model_copy(update={"value": value}) if one is entry else one for one in PACK.rulebook.parameters
    )
    pack.rulebook = replace(PACK.rulebook, parameters=altered, periods={})
    return pack


def breaks(case: RuleCase, pack: PassengerRights) -> bool:
    ruling = rule_case(pack, PACK.schema.read(PACK.name, case.facts, case.as_of), {})
    states = {outcome.rule_id: outcome.state for outcome in ruling.outcomes}
    concluded = {name: plain(ruling.facts[name].value) or "unknown" for name in case.outcome}
    return concluded != case.outcome or any(states.get(rule) != state for rule, state in case.trace())


@pytest.mark.parametrize("step", [-1, 1], ids=["lower", "higher"])
@pytest.mark.parametrize("entry", limits(), ids=lambda one: f"{one.name} from {one.effective_from}")
def test_no_limit_can_be_moved_by_its_smallest_step_without_breaking_a_case(entry: Parameter, step: int) -> None:
    rules = {rule.id for rule in PACK.rulebook.rules if entry.name in rule.parameters}
    end = entry.effective_to or date.max
    cases = [
        case
        for case in load_cases(PACK)
        if entry.effective_from <= case.as_of < end and rules & {*case.held, *case.not_held}
    ]
    pack = with_value(entry, moved(entry.value, step))
    assert any(breaks(case, pack) for case in cases), f"no case notices {entry.name} = {moved(entry.value, step)}"
