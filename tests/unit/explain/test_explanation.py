"""Explanation: reasons in order, the trace, and prose that adds nothing."""

import re
from dataclasses import replace
from typing import Protocol

import pytest

from decision.decision import ClauseRef, Decision, RuleTrace
from explain.citations import Citations, cite, references_of
from explain.confidence import confidence
from explain.counterfactuals import Counterfactual
from explain.explanation import explain
from explain.narration import narrate
from explain.reasons import Reason, sentence
from retrieval.corpus import Clause, Revision


class Stored(Protocol):
    """What the fixture `policy` gives."""

    revision: Revision
    clauses: dict[ClauseRef, tuple[Clause, Revision]]


CHANGES = (
    Counterfactual(change="If the arrival delay were 2 h 59 min instead of 4 h", outcome="Nothing would be owed"),
)


@pytest.fixture
def citations(decision: Decision, policy: Stored) -> Citations:
    return cite(references_of(decision), {}, policy.clauses)


def test_reasons_come_in_order_of_weight(decision: Decision, citations: Citations) -> None:
    found = explain(decision, citations, confidence(decision, "full"), CHANGES)
    assert [(one.kind, one.citations) for one in found.reasons] == [
        ("outcome", (1,)),
        ("outcome", (2,)),
        ("outcome", ()),
        ("rule", (2,)),
        ("rule", (1,)),
        ("assumption", ()),
        ("missing", ()),
        ("review", (3,)),
        ("counter_evidence", (3,)),
        ("change", ()),
    ]
    assert found.reasons[0].text == "Each passenger is owed EUR 250."
    assert found.reasons[3].text == "“Three hours late is late” holds: arrival_delay is 4 h, at least 3 h."
    assert found.reasons[5].text == "Most who travel hold a reservation. Nothing would be owed."
    assert found.reasons[7].text.endswith("but not proven. Measured unknown, limit true.")
    assert [(one.rule_id, one.state, one.citation) for one in found.trace] == [
        ("EU-DUE", "held", 2),
        ("EU-AMOUNT", "held", 1),
        ("EU-PROOF", "undetermined", 3),
    ]


def test_an_argument_has_all_its_parts(decision: Decision, citations: Citations) -> None:
    argument = explain(decision, citations, confidence(decision, "full"), CHANGES).argument
    assert argument.claim == "Each passenger is owed EUR 250."
    assert argument.grounds == ("arrival_delay is 4 h (given)",)
    assert argument.warrant == ("Three hours late is late.", "A short flight pays the short amount.")
    assert argument.backing == ("Disruption policy, 6.2 [1]", "Disruption policy, 6.1 [2]")
    assert argument.qualifier == "medium confidence by fact certainty."
    assert len(argument.rebuttal) == 2


def test_failed_and_open_checks_are_told_apart_from_those_met(decision: Decision, citations: Citations) -> None:
    due, amount, proof = decision.outcomes
    checks = (
        replace(due, head=replace(due.head, kind="check")),
        replace(amount, head=replace(amount.head, kind="check"), state="not_held", result="fail"),
        replace(proof, head=replace(proof.head, kind="check")),
    )
    found = explain(replace(decision, outcomes=checks), citations, confidence(decision, "full"))
    texts = [one.text for one in found.reasons if one.kind == "rule"]
    assert "is not met" in texts[0]
    assert "cannot be told, so it does not count as met" in texts[1]
    assert texts[2] == "1 check of policy is met: EU-DUE."


def test_a_rule_that_gave_way_is_told_with_its_clause(decision: Decision, policy: Stored) -> None:
    due, amount, proof = decision.outcomes
    outdone = replace(
        proof,
        state="not_applicable",
        result=None,
        defeated_by=("EU-DUE",),
        traced=lambda: RuleTrace({"proven": "no"}, lambda: "Proven: no, but EU-DUE prevails over it: late."),
    )
    given = replace(decision, outcomes=(due, amount, outdone))
    quoted = cite(references_of(given), {}, policy.clauses)
    found = explain(given, quoted, confidence(given, "full"))
    (reason,) = [one for one in found.reasons if one.kind == "rule" and one.rule_id == "EU-PROOF"]
    assert reason.text == (
        "“Extraordinary circumstances are proven” gives way: Proven: no, but EU-DUE prevails over it: late."
    )
    assert reason.citations == (quoted.numbers[proof.clause],)
    assert reason.text.rstrip(".") in found.narration
    (step,) = [one for one in found.trace if one.rule_id == "EU-PROOF"]
    assert (step.state, step.defeated_by, step.facts) == ("not_applicable", ("EU-DUE",), {"proven": "no"})


def test_the_narration_uses_only_the_reasons(decision: Decision, citations: Citations) -> None:
    found = explain(decision, citations, confidence(decision, "full"), CHANGES)
    assert found.narration.startswith("Each passenger is owed EUR 250 [1]. The delay reaches three hours [2].")
    assert found.narration.count("\n\n") == 2
    for reason in found.reasons:
        assert reason.text.rstrip(".") in found.narration
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", found.narration)}
    assert markers == {1, 2, 3}


def test_words_that_look_like_a_marker_are_not_one(decision: Decision, citations: Citations) -> None:
    assert sentence("as in [7] and [[8]]") == "as in (7) and [(8)]."
    odd = replace(decision, summary="Owed [99]", claims=(), reasons=("see [42]",))
    assert "[99]" not in explain(odd, citations, confidence(odd, "full")).narration


def test_what_could_not_be_quoted_is_told(decision: Decision) -> None:
    nothing = cite(references_of(decision), {}, {})
    found = explain(decision, nothing, confidence(decision, "full", nothing.unresolved))
    assert len(found.unresolved) == 3
    assert found.unresolved[0].startswith("policy#6.2: no clause")


def test_no_reasons_make_no_prose() -> None:
    assert narrate([]) == ""
    assert narrate([Reason(kind="change", text="x.")]) == "Another fact would change the outcome. x."


def test_many_reasons_of_a_kind_are_counted_instead_of_told() -> None:
    told = narrate([Reason(kind="rule", text=f"Rule {n}.", citations=(n,)) for n in range(1, 8)])
    assert told == "Rule 1 [1]. Rule 2 [2]. Rule 3 [3]. Rule 4 [4]. Among the reasons, 3 more of this kind are listed."
