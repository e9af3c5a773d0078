"""The residential valuation policy as executed: every rule at its limit, tied to the words that it encodes."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from pydantic import JsonValue

from decision.facts import Fact, FactType, InvalidCaseError
from decision.packs.real_estate import PACK
from decision.ruling import Ground, Ruling, rule_on
from decision.values import parse_value
from ingestion.clauses import split_clauses
from retrieval.corpus import Clause, Document, Revision

POLICY = "residential-valuation-policy"


class RuleCase(dict[str, object]):
    """One row of `cases.toml`."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Every declared fact, as the row sets it (derived ones too) or as unknown."""
        row = cast("Mapping[str, JsonValue]", self["facts"])
        facts: dict[str, Fact] = {}
        for name, definition in PACK.schema.definitions.items():
            sent = row.get(name)
            value = sent if isinstance(sent, date) else None if sent is None else parse_value(definition, sent)
            facts[name] = Fact(name, value, "derived" if definition.derived else "given")
        assert set(row) <= set(facts)
        return facts

    def rules(self, state: str) -> set[str]:
        """Give the rules that are expected in this state."""
        return set(cast("list[str]", self[state]))


def rule_cases() -> list[RuleCase]:
    rows = tomllib.loads((PACK.folder / "cases.toml").read_text(encoding="utf-8"))["case"]
    return [RuleCase(row) for row in rows]


def ruling(case: RuleCase) -> Ruling:
    rules = PACK.rulebook.on(cast("date", case["as_of"]))
    return rule_on(rules, Ground(case.facts, PACK.schema.definitions, {}))


@pytest.mark.parametrize("case", rule_cases(), ids=lambda case: str(case["name"]))
def test_rule_case(case: RuleCase) -> None:
    states = {outcome.rule_id: outcome.state for outcome in ruling(case).outcomes}
    for state in ("held", "not_held", "undetermined"):
        expected = case.rules(state)
        assert {rule for rule in expected if states[rule] != state} == set()


def test_every_rule_is_seen_held_and_not_held() -> None:
    names = {rule.id for rule in PACK.rulebook.rules}
    for state in ("held", "not_held"):
        assert set[str]().union(*(case.rules(state) for case in rule_cases())) == names


def test_every_undetermined_rule_counts_as_not_passed() -> None:
    for case in rule_cases():
        for outcome in ruling(case).outcomes:
            assert (outcome.state == "undetermined") == (outcome.result == "undetermined")


def policy_clauses() -> Mapping[str, Clause]:
    text = (PACK.folder / "sources" / f"{POLICY}.md").read_text(encoding="utf-8")
    document = Document(id=POLICY, title="Residential Valuation Policy", source=f"{POLICY}.md", owner="credit-risk")
    revision = Revision(id="r", document=document, content_sha256="0", canonical_text=text, valid_from_generation=1)
    return {clause.key: clause for clause in split_clauses(revision)}


def test_bindings_are_those_of_the_policy_as_it_stands() -> None:
    clauses = policy_clauses()
    current = {clause: clauses[clause.key].text_sha256 for clause in PACK.rulebook.clauses()}
    assert PACK.rulebook.changed(current) == frozenset()


def test_a_changed_word_makes_its_rules_stale() -> None:
    clauses = policy_clauses()
    current = {clause: clauses[clause.key].text_sha256 for clause in PACK.rulebook.clauses()}
    threshold = next(clause for clause in current if clause.key == "3.3")
    assert PACK.rulebook.changed({**current, threshold: "0" * 64}) == {threshold}


def test_the_policy_has_its_clauses_and_references() -> None:
    clauses = policy_clauses()
    provisions = [key for key in clauses if "." in key]
    assert len(provisions) >= 30
    assert "11.2" in clauses["3.4"].references
    assert all(reference in clauses for clause in clauses.values() for reference in clause.references)


def test_parameters_say_what_the_policy_says() -> None:
    clauses, parameters = policy_clauses(), PACK.rulebook.on(date(2010, 6, 15)).parameters
    text = (PACK.folder / "sources" / f"{POLICY}.md").read_text(encoding="utf-8")

    def words(key: str) -> str:
        return text[clauses[key].span.start : clauses[key].span.end]

    assert f"{parameters.money('appraisal_threshold').value:,f} US dollars" in words("3.3")
    assert f"{parameters.number('newest_limit_days')} days" in words("4.4")
    assert f"fewer than {parameters.number('sales_year_least')} arm's-length sales" in words("4.10")
    assert f"fewer than {parameters.number('sales_two_years_least')} in the twenty-four months" in words("4.10")
    assert f"{parameters.number('gross_adjustment_limit'):.0%}".replace("%", " per cent") in words("5.3")
    assert f"{parameters.number('disagreement_limit'):.0%}".replace("%", " per cent") in words("6.2")
    assert str(parameters.number("fsd_precise")) in words("7.2")
    assert str(parameters.number("fsd_most")) in words("7.4")
    assert f"{parameters.number('recent_transfer_limit'):.0%}".replace("%", " per cent") in words("9.2")


@pytest.mark.parametrize("name", ["ames.json", "ames_complete.json"])
def test_an_example_is_a_case_of_this_pack_and_does_not_tell_the_price(name: str) -> None:
    example = json.loads((PACK.folder / "examples" / name).read_text(encoding="utf-8"))
    case = PACK.schema.read("real_estate", example["case"], date.fromisoformat(example["as_of"]))
    assert example["domain"] == PACK.name
    assert case.facts["exclude_record_id"].value is not None
    assert not {"price", "contract_price", "last_sale_price"} & set(case.facts)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("living_area", -5),
        ("living_area", "large"),
        ("latitude", 91),
        ("longitude", -200),
        ("quality", 11),
        ("bathrooms", -1),
        ("waterfront", "no"),
        ("intended_use", "curiosity"),
        ("transaction_amount", -1),
        ("fsd", 0.1),
        ("last_sale_date", "2011-01-01"),
        ("colour", "white"),
    ],
)
def test_impossible_facts_are_refused_by_name(field: str, value: JsonValue) -> None:
    with pytest.raises(InvalidCaseError) as refusal:
        PACK.schema.read("real_estate", {"living_area": 1500, field: value}, date(2010, 6, 15))
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_the_living_area_is_asked_for() -> None:
    with pytest.raises(InvalidCaseError, match="living_area"):
        PACK.schema.read("real_estate", {"bedrooms": 3}, date(2010, 6, 15))


def test_no_protected_attribute_can_be_sent() -> None:
    words = " ".join(f"{name} {definition.title}".lower() for name, definition in PACK.schema.definitions.items())
    for attribute in ("race", "religion", "ethnic", "gender", "marital", "disab", "ancestry", "familial"):
        assert attribute not in words


def test_every_question_names_whom_to_ask_or_where_to_look() -> None:
    unasked = {"intended_users", "exclude_record_id", "contract_price"}
    for name, definition in PACK.schema.definitions.items():
        if not definition.derived and name not in unasked and definition.type is not FactType.STRING:
            assert definition.ask is not None


def test_sources_are_declared_where_they_are() -> None:
    listed = tomllib.loads((PACK.folder / "sources.toml").read_text(encoding="utf-8"))["source"]
    declared = [row for row in listed if "path" in row]
    assert [Path(PACK.folder / row["path"]).is_file() for row in declared] == [True]
    assert declared[0]["id"] == POLICY
