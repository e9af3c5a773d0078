"""The rule table of the passenger-rights pack, its sources, and labelled cases that are kept outside the project."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from decision.decision import ClauseRef, Decision
from decision.engine import decide
from decision.packs.passenger_rights import PACK
from decision.values import plain
from ingestion.clauses import split_clauses
from ingestion.declarations import read_declarations
from retrieval.corpus import Clause, Document, Revision

BESIDE = Path(__file__).parents[4] / "shared"
DEV_CASES = BESIDE / "data" / "airline" / "passenger_rights_cases.dev.jsonl"
POLICY = "airline-disruption-policy"
LATER = "airline-disruption-policy-2027"
ABROAD = tuple(f"{POLICY}-{name}" for name in ("us", "canada", "montreal"))
POLICIES = (POLICY, LATER, *ABROAD)


def rule_cases() -> Sequence[Mapping[str, Any]]:
    return cast("Sequence[Mapping[str, Any]]", tomllib.loads((PACK.folder / "cases.toml").read_text())["case"])


def decided(facts: Mapping[str, Any], as_of: date, *, probe: bool = False) -> Decision:
    return decide(PACK, PACK.schema.read(PACK.name, facts, as_of), {}, probe=probe)


def clauses_of(policy: str) -> Mapping[str, Clause]:
    text = (PACK.folder / "sources" / f"{policy}.md").read_text()
    document = Document(id=policy, title=policy, source="policy", owner="legal")
    revision = Revision(
        id="r1", document=document, content_sha256="0" * 64, canonical_text=text, valid_from_generation=1
    )
    return {clause.key: clause for clause in split_clauses(revision)}


def policy_hashes() -> Mapping[ClauseRef, str]:
    return {
        ClauseRef(document_id=policy, key=key): clause.text_sha256
        for policy in POLICIES
        for key, clause in clauses_of(policy).items()
    }


@pytest.mark.parametrize("case", rule_cases(), ids=lambda case: str(case["name"]))
def test_rule_table(case: Mapping[str, Any]) -> None:
    decision = decided(case["facts"], case["as_of"])
    states = {outcome.rule_id: outcome.state for outcome in decision.outcomes}
    concluded = {
        name: plain(decision.facts[name].value) if name in decision.facts else "unknown" for name in case["outcome"]
    }
    assert concluded == case["outcome"]
    for state in ("held", "not_held", "undetermined", "not_applicable"):
        expected = case.get(state, [])
        assert {rule: states.get(rule) for rule in expected} == dict.fromkeys(expected, state)


def test_every_rule_held_in_some_case() -> None:
    held = {rule for case in rule_cases() for rule in case["held"]}
    by_effect = {
        outcome.rule_id
        for case in rule_cases()
        for outcome in decided(case["facts"], case["as_of"]).outcomes
        if outcome.state == "held"
    }
    assert {rule.id for rule in PACK.rulebook.rules} - held - by_effect == set()


def test_every_limit_of_the_law_is_dated_and_has_its_reference() -> None:
    internal = {"distance_margin", "delay_margin"} | {f"{law}_release_limit" for law in ("eu", "uk", "us", "ca")}
    without = {parameter.name for parameter in PACK.rulebook.parameters if parameter.reference is None}
    assert without == internal


def test_policy_is_a_document_of_numbered_clauses_that_the_rules_encode_word_for_word() -> None:
    assert sum("." in key for key in clauses_of(POLICY)) >= 35
    assert PACK.rulebook.changed(policy_hashes()) == frozenset()


def test_changed_words_make_the_rules_that_encode_them_stale() -> None:
    changed = ClauseRef(document_id=POLICY, key="8.2")
    assert PACK.rulebook.changed({**policy_hashes(), changed: "0" * 64}) == {changed}


def test_later_law_stands_only_in_the_document_that_is_not_yet_in_force() -> None:
    now = (PACK.folder / "sources" / f"{POLICY}.md").read_text()
    assert LATER in now[clauses_of(POLICY)["17.1"].span.start :]
    for words in ("as amended, Article", "more than three hours late", "25 percent", "parking brakes", "nine months"):
        assert words not in now
    entries = (*PACK.rulebook.rules, *PACK.rulebook.parameters)
    later = {entry.effective_from for entry in entries if entry.clause.document_id == LATER}
    assert later == {date(2027, 10, 23)}


@pytest.mark.parametrize("policy", POLICIES)
def test_cross_references_of_the_policy_lead_somewhere(policy: str) -> None:
    clauses = clauses_of(policy)
    dangling = {
        (clause.key, reference)
        for clause in clauses.values()
        for reference in clause.references
        if reference not in clauses
    }
    assert dangling == set()


def test_every_cited_clause_exists() -> None:
    clauses = {str(reference) for reference in policy_hashes()}
    for case in rule_cases():
        decision = decided(case["facts"], case["as_of"])
        cited = {str(reference) for claim in decision.claims for reference in claim.cites}
        rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
        cited |= {clause for row in rows for clause in row["clause_ids"]}
        assert cited - clauses == set()
        assert all(row["clause_ids"] for row in rows if row["status"] != "unknown")


def test_declared_sources_are_there_each_from_its_day() -> None:
    shipped = [one for one in read_declarations(PACK.folder / "sources.toml") if one.path is not None]
    assert tuple(one.id for one in shipped) == POLICIES
    now, later, *abroad = shipped
    assert (now.id, now.effective_from) == (POLICY, date(2005, 2, 17))
    assert (later.id, later.effective_from) == (LATER, date(2027, 10, 23))
    assert all((PACK.folder / str(declaration.path)).is_file() for declaration in (now, later, *abroad))


@pytest.mark.skipif(not DEV_CASES.exists(), reason="no folder with the labelled airline cases beside the project")
def test_labelled_cases() -> None:
    for line in DEV_CASES.read_text().splitlines():
        labelled: Mapping[str, Any] = json.loads(line)
        facts = {name: value for name, value in labelled["facts"].items() if name != "distance"}
        if "distance" in labelled["facts"]:
            facts["distance_km"] = labelled["facts"]["distance"]["wgs84_km"]
        expected = labelled["expected"]
        decision = decided(facts, date(2024, 6, 15), probe=True)
        amount = cast("Mapping[str, Any]", decision.answer["compensation"] or {"per_passenger": "0"})
        assert decision.status == "decided", labelled["case_id"]
        assert decision.answer["regime"] == expected["regime"], labelled["case_id"]
        assert decision.answer["eligible"] == expected["eligible"], labelled["case_id"]
        assert amount["per_passenger"] == str(expected["amount"]), labelled["case_id"]
        assert amount.get("currency") == expected.get("currency"), labelled["case_id"]
