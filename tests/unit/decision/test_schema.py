"""Fact schemas as their owners write them, and cases as callers send them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from decision.facts import DecisionError, InvalidCaseError, Money
from decision.pack import DomainPack
from decision.schema import FactSchema

TODAY = date(2026, 6, 1)


@pytest.fixture
def schema(library: DomainPack) -> FactSchema:
    return library.schema


def written(folder: Path, text: str) -> Path:
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_defaults_alternatives_and_examples_as_typed_values(schema: FactSchema) -> None:
    cost = schema.definitions["replacement_cost"]
    assert cost.default == Money(value=Decimal(20), currency="EUR")
    assert [str(value) for value in cost.alternatives] == ["EUR 10", "EUR 80"]
    assert schema.definitions["due"].example == date(2026, 11, 20)


def test_the_version_follows_the_file(tmp_path: Path) -> None:
    versions = {
        FactSchema.load(written(tmp_path, f'[a]\ntype = "{kind}"\ntitle = "A"')).version for kind in ("number", "date")
    }
    assert len(versions) == 2


def test_reads_a_case_and_takes_null_as_not_sent(schema: FactSchema) -> None:
    case = schema.read("library", {"due": "2026-06-10", "renewals": 2, "reserved": None}, TODAY, "May I keep it?")
    assert {name: fact.value for name, fact in case.facts.items()} == {"due": date(2026, 6, 10), "renewals": Decimal(2)}
    assert {fact.provenance for fact in case.facts.values()} == {"given"}
    assert case.question == "May I keep it?"


def test_names_every_problem_at_once(schema: FactSchema) -> None:
    sent: dict[str, JsonValue] = {"renewal": 1, "renewals": -1, "reader": "adlt", "fee": 3, "reserved": "no"}
    with pytest.raises(InvalidCaseError) as refused:
        schema.read("library", sent, TODAY)
    problems = {problem.field: problem for problem in refused.value.problems}
    assert list(problems) == ["renewal", "renewals", "reader", "fee", "reserved", "due"]
    assert "did you mean 'renewals'" in problems["renewal"].remedy
    assert problems["renewals"].expected == "a number from 0 to 50"
    assert problems["reader"].expected == "one of adult, child, staff"
    assert "derived" in problems["fee"].expected
    assert problems["reserved"].expected == "true or false"
    assert problems["due"].remedy == "When is the book due? It is stamped inside the cover."


def test_a_required_fact_may_not_be_null(schema: FactSchema) -> None:
    with pytest.raises(InvalidCaseError, match="due: expected a date"):
        schema.read("library", {"due": None}, TODAY)


@pytest.mark.parametrize(("kind", "sent"), [("date", "2026-06-02"), ("instant", "2026-06-02T00:00:00Z")])
def test_what_lies_in_the_past_may_not_be_in_the_future(tmp_path: Path, kind: str, sent: str) -> None:
    schema = FactSchema.load(written(tmp_path, f'[sold]\ntype = "{kind}"\ntitle = "Sold on"\npast = true'))
    with pytest.raises(InvalidCaseError, match="sold: expected a day no later than 2026-06-01"):
        schema.read("any", {"sold": sent}, TODAY)
    assert schema.read("any", {"sold": sent}, date(2026, 6, 2)).facts


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('type = "number"', r"\[a\]: title: Field required"),
        ('type = "numeral"\ntitle = "A"', r"\[a\]: type"),
        ('type = "number"\ntitle = "A"\ncolour = "red"', r"\[a\]: colour: Extra inputs"),
        ('type = "enum"\ntitle = "A"', "an enum needs its values"),
        ('type = "number"\ntitle = "A"\nvalues = ["x"]', "values belong to"),
        ('type = "date"\ntitle = "A"\nminimum = 1', "minimum and maximum belong"),
        ('type = "number"\ntitle = "A"\nminimum = 2\nmaximum = 1', "minimum is above maximum"),
        ('type = "number"\ntitle = "A"\ncurrency = "EUR"', "currency belongs to money"),
        ('type = "number"\ntitle = "A"\npast = true', "past belongs to"),
        ('type = "number"\ntitle = "A"\nderived = true\nrequired = true', "a derived fact cannot"),
        ('type = "number"\ntitle = "A"\nrequired = true\ndefault = 1', "a required fact needs no default"),
        ('type = "number"\ntitle = "A"\ndefault = 1', "a default needs its default_reason"),
        ('type = "number"\ntitle = "A"\nalternatives = [1]', "alternatives need a default"),
        ('type = "number"\ntitle = "A"\ndefault = "1"\ndefault_reason = "so"', r"\[a\]: default: expected a number"),
        ('type = "number"\ntitle = "A"\nexample = "1"', r"\[a\]: example: expected a number"),
    ],
)
def test_errors_name_file_table_and_field(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(DecisionError, match=f"facts.toml.*{message}"):
        FactSchema.load(written(tmp_path, f"[a]\n{table}"))


@pytest.mark.parametrize(("text", "message"), [("[a", "not valid TOML"), ("a = 1", "as a table of its own")])
def test_refuses_what_is_no_table_of_facts(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        FactSchema.load(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match=r"facts\.toml does not exist"):
        FactSchema.load(tmp_path / "facts.toml")
