"""The rule table of the policy pack and its source; what code would find out about the evidence is set in each case."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from decision.decision import ClauseRef
from decision.facts import Fact
from decision.packs.policy import PACK
from decision.ruling import Ground, rule_on
from decision.values import parse_value, plain
from ingestion.clauses import split_clauses
from ingestion.declarations import read_declarations
from retrieval.corpus import Document, Revision


def rule_cases() -> Sequence[Mapping[str, Any]]:
    return cast("Sequence[Mapping[str, Any]]", tomllib.loads((PACK.folder / "cases.toml").read_text())["case"])


@pytest.mark.parametrize("case", rule_cases(), ids=lambda case: str(case["name"]))
def test_rule_table(case: Mapping[str, Any]) -> None:
    definitions = PACK.schema.definitions
    facts = {name: Fact(name, None, "derived") for name in definitions}
    facts |= {
        name: Fact(name, parse_value(definitions[name], value), "derived") for name, value in case["facts"].items()
    }
    ruling = rule_on(PACK.rulebook.on(case["as_of"]), Ground(facts, definitions, {}))
    states = {outcome.rule_id: outcome.state for outcome in ruling.outcomes}
    assert {name: plain(ruling.facts[name].value) for name in case["outcome"]} == case["outcome"]
    for state in ("held", "not_held", "undetermined"):
        assert {rule: states[rule] for rule in case[state]} == dict.fromkeys(case[state], state)


def test_rules_encode_the_words_of_the_policy() -> None:
    (declaration,) = (one for one in read_declarations(PACK.folder / "sources.toml") if one.path is not None)
    assert declaration.id == "answering-policy"
    document = Document(id="answering-policy", title="Answering", source="policy", owner="knowledge-management")
    revision = Revision(
        id="r1",
        document=document,
        content_sha256="0" * 64,
        canonical_text=(PACK.folder / str(declaration.path)).read_text(),
        valid_from_generation=1,
    )
    clauses = split_clauses(revision)
    assert sum("." in clause.key for clause in clauses) >= 10
    current = {ClauseRef(document_id="answering-policy", key=clause.key): clause.text_sha256 for clause in clauses}
    assert PACK.rulebook.changed(current) == frozenset()
