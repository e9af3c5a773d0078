"""The engine on the toy domain: outcomes, assumptions, missing facts, escalations."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import JsonValue

from decision.decision import AtHand, ClauseRef, Decision, Derivation, RuleOutcome
from decision.engine import decide
from decision.facts import DecisionError, Fact, FactValue, InvalidCaseError
from decision.pack import DomainPack

TODAY = date(2026, 6, 1)
TOY = Path(__file__).parent / "toy"
Decide = Callable[..., Decision]
Finding = Callable[..., DomainPack]


@pytest.fixture
def lend(library: DomainPack) -> Decide:
    def lend(as_of: date = TODAY, changed: frozenset[ClauseRef] = frozenset(), **facts: JsonValue) -> Decision:
        sent: Mapping[str, JsonValue] = {"due": "2026-06-10", "renewals": 1, "reserved": False, **facts}
        return decide(library, library.schema.read("library", sent, as_of), {}, changed)

    return lend


def outcome(decision: Decision, rule_id: str) -> RuleOutcome:
    return next(one for one in decision.outcomes if one.rule_id == rule_id)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.escalations]


def test_shows_every_rule_in_force_in_the_order_of_the_file(lend: Decide) -> None:
    decision = lend()
    assert [one.rule_id for one in decision.outcomes] == [
        "LIB-FEE-CHILD",
        "LIB-FEE",
        "LIB-BLOCK",
        "LIB-RENEW",
        "LIB-LONG",
    ]
    assert decision.status == "decided"
    assert decision.answer == {"outcome": "renewed, fee EUR 0"}
    assert decision.escalations == ()


def test_an_outcome_says_what_was_read_and_why(lend: Decide) -> None:
    renewal = outcome(lend(), "LIB-RENEW")
    assert renewal.result == "pass"
    assert renewal.facts_read == {"reader": "adult", "renewals": "1", "reserved": "false"}
    assert [(use.name, use.value, str(use.clause)) for use in renewal.parameters] == [
        ("renewal_limit", "3", "library-rules#4.1")
    ]
    assert renewal.because == "Renewals so far 1 is below 3 and reserved by someone else: no."
    assert (renewal.measured, renewal.threshold, renewal.reference) == ("1", "3", "Public Libraries Act, s. 7")


def test_a_failed_check_asks_for_a_person_at_its_level(lend: Decide) -> None:
    (reason,) = lend(renewals=3).escalations
    assert (reason.code, reason.level, reason.measured, reason.threshold) == ("not_renewable", "agent", "3", "3")
    assert reason.message == "The loan may not be renewed again."


def test_a_rule_that_does_not_apply_has_no_result(lend: Decide) -> None:
    renewal = outcome(lend(reader="staff", renewals=9), "LIB-RENEW")
    assert (renewal.state, renewal.result) == ("not_applicable", None)
    assert renewal.because == "Does not apply: kind of reader is staff."


def test_conclusions_read_what_others_set_whatever_their_order(lend: Decide) -> None:
    decision = lend(due="2026-05-01", replacement_cost=40)
    assert decision.facts["fee"] == Fact("fee", decision.facts["fee"].value, "derived", "library-rules#3.1")
    assert outcome(decision, "LIB-FEE").sets == {"fee": "EUR 31"}
    assert outcome(decision, "LIB-BLOCK").because == "Fee EUR 31 is above EUR 15."
    assert codes(decision) == ["possibly_lost"]


def test_the_highest_priority_that_held_wins(lend: Decide) -> None:
    decision = lend(due="2026-05-01", reader="child")
    assert str(decision.facts["fee"].value) == "EUR 0"
    assert outcome(decision, "LIB-FEE").state == "held"


def test_parameters_are_those_of_the_date(lend: Decide) -> None:
    earlier = lend(as_of=date(2025, 6, 1), due="2025-05-22")
    later = lend(as_of=date(2026, 6, 1), due="2026-05-22")
    assert [str(decision.facts["fee"].value) for decision in (earlier, later)] == ["EUR 5", "EUR 10"]


def test_assumptions_say_what_they_are_worth(lend: Decide) -> None:
    reader, cost = lend(due="2026-05-12").assumptions
    assert (reader.fact, reader.value, reader.changes_outcome) == ("reader", "adult", True)
    assert reader.reason == "Most readers are adults (clause 2)."
    assert reader.effect_if_false == (
        "With child: renewed, fee EUR 0; with staff: renewed, fee EUR 20; with adult, as assumed: renewed, fee EUR 20."
    )
    assert (cost.fact, cost.value, cost.changes_outcome) == ("replacement_cost", "EUR 20", True)
    assert cost.effect_if_false == (
        "With EUR 10: renewed, fee EUR 10; with EUR 80: renewed, fee EUR 20; "
        "with EUR 20, as assumed: renewed, fee EUR 20."
    )


def test_an_assumption_without_influence_says_so(lend: Decide) -> None:
    (reader,) = [one for one in lend().assumptions if one.fact == "reader"]
    assert not reader.changes_outcome
    assert reader.effect_if_false == "The outcome stays the same with child or staff instead of adult."


def test_what_plays_no_part_is_not_assumed(lend: Decide) -> None:
    assert [one.fact for one in lend().assumptions] == ["reader"]


def test_a_missing_fact_is_asked_for_and_never_passes(lend: Decide) -> None:
    decision = lend(reserved=None)
    renewal = outcome(decision, "LIB-RENEW")
    assert (renewal.state, renewal.result) == ("undetermined", "undetermined")
    assert renewal.facts_read["reserved"] is None
    assert renewal.because == "Cannot be determined: reserved by someone else is not known."
    assert [(one.fact, one.why, one.changes_outcome) for one in decision.missing] == [
        ("reserved", "Has another reader reserved it? Ask the desk.", True)
    ]
    assert codes(decision) == ["not_renewable_undetermined"]
    assert "reserved by someone else is not known" in decision.escalations[0].message


def test_an_unknown_fact_that_cannot_decide_is_not_asked_for(lend: Decide) -> None:
    decision = lend(reserved=None, renewals=7)
    assert decision.missing == ()
    assert outcome(decision, "LIB-RENEW").because == "Renewals so far 7 is at least 3."


def test_two_missing_facts_may_matter_together(lend: Decide) -> None:
    missing = lend(reserved=None, renewals=None).missing
    assert [(one.fact, one.changes_outcome) for one in missing] == [("renewals", True), ("reserved", True)]


def test_a_changed_clause_makes_its_rules_stale_and_asks_its_owner(lend: Decide) -> None:
    clause = ClauseRef.parse("library-rules#3.2")
    decision = lend(changed=frozenset({clause}))
    stale = {one.rule_id for one in decision.outcomes if one.stale}
    assert stale == {"LIB-FEE-CHILD"}
    assert codes(decision) == ["clause_changed"]
    assert decision.escalations[0].message == (
        "library-rules#3.2 has other words than were confirmed for LIB-FEE-CHILD; desk must confirm it."
    )


def test_a_clause_that_is_not_there_is_not_said_to_have_changed(library: DomainPack) -> None:
    clause = ClauseRef.parse("library-rules#3.2")
    case = library.schema.read("library", {"due": "2026-06-10", "renewals": 1, "reserved": False}, TODAY)
    decision = decide(library, case, {}, at_hand=AtHand(missing=frozenset({clause})))
    assert [(reason.code, reason.message) for reason in decision.escalations] == [
        (
            "clause_missing",
            "library-rules#3.2 is not among the ingested sources, so LIB-FEE-CHILD rests on words not at hand.",
        )
    ]
    assert outcome(decision, "LIB-FEE-CHILD").stale


def test_a_limit_that_is_only_shown_makes_its_rule_stale_too(
    library_in: Callable[[Path], DomainPack], tmp_path: Path
) -> None:
    folder = copytree(TOY, tmp_path / "toy")
    rules = (folder / "rules.toml").read_text()
    (folder / "rules.toml").write_text(rules.replace('threshold = "$lost_after"', 'threshold = "$fee_limit"'))
    pack = library_in(folder)
    case = pack.schema.read("library", {"due": "2026-06-10", "renewals": 1, "reserved": False}, TODAY)
    decision = decide(pack, case, {}, frozenset({ClauseRef.parse("library-rules#3.4")}))
    shown = outcome(decision, "LIB-LONG")
    assert (shown.threshold, shown.stale) == ("EUR 15", True)
    assert [reason.rule_id for reason in decision.escalations] == ["LIB-BLOCK", "LIB-LONG"]


def test_what_rules_conclude_stands_beside_the_answer(lend: Decide) -> None:
    decision = lend(due="2026-05-12")
    assert decision.stands == {"fee": "EUR 20", "blocked": "true"}
    assert decision.unsettled == ()
    assert decision.differs_from(lend(due="2026-05-20"))
    assert decision.reviews == {("possibly_lost", "desk_review")}


def test_a_date_before_every_rule_is_bad_input(lend: Decide) -> None:
    with pytest.raises(InvalidCaseError) as refused:
        lend(as_of=date(2024, 12, 31))
    (problem,) = refused.value.problems
    assert problem.field == "as_of"
    assert "2025-01-01" in problem.expected


def test_no_rule_in_force_any_more_abstains(closed_library: DomainPack) -> None:
    decision = decide(closed_library, closed_library.schema.read("library", {"due": "2026-06-10"}, TODAY), {})
    assert decision.status == "abstained"
    assert decision.reasons == ("no rule in force on 2026-06-01; the first rule takes effect on 2025-01-01",)
    assert codes(decision) == ["abstained"]


def test_what_code_finds_impossible_is_never_decided(library_finding: Finding) -> None:
    decision = decide_overdue(library_finding(Derivation(impossible=("the book is not ours",))))
    assert decision.status == "abstained"
    assert decision.reasons == ("the book is not ours",)
    assert "abstained" in codes(decision)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("overdues", timedelta(3), "did you mean 'overdue'"),
        ("overdue", "3 days", "not duration"),
        ("blocked", True, "Both the code and the rules"),
    ],
)
def test_code_may_only_derive_declared_facts_of_the_declared_type(
    library_finding: Finding, name: str, value: FactValue, message: str
) -> None:
    pack = library_finding(Derivation(facts=(Fact(name, value, "derived"),)))
    with pytest.raises(DecisionError, match=message):
        decide_overdue(pack)


def test_code_fills_in_facts_from_records_but_overrides_nothing_given(library_finding: Finding) -> None:
    reader, unknown = Fact("reader", "staff", "record"), Fact("renewals", None, "record")
    reserved = Fact("reserved", value=True, provenance="record")
    decision = decide_overdue(library_finding(Derivation(facts=(reader, unknown, reserved))))
    assert decision.facts["reader"] == reader
    assert decision.facts["renewals"].value == 1
    assert decision.facts["reserved"].value is False


def test_rules_on_a_derived_fact_ask_for_what_the_code_needed(library_finding: Finding) -> None:
    pack = library_finding(Derivation(missing=("shelf",)))
    decision = decide_overdue(pack)
    assert [one.fact for one in decision.missing] == ["shelf"]
    assert outcome(decision, "LIB-LONG").because == "Cannot be determined: shelf is not known."
    assert "possibly_lost_undetermined" in codes(decision)


def test_decided_while_a_missing_fact_may_matter_goes_to_a_person(library_finding: Finding) -> None:
    overdue = Fact("overdue", timedelta(0), "derived")
    decision = decide_overdue(library_finding(Derivation(facts=(overdue,), missing=("shelf",))))
    assert decision.status == "decided"
    (reason,) = decision.escalations
    assert (reason.code, reason.message) == (
        "missing_fact",
        "The outcome, or who must look at it, could change with what is not known: shelf.",
    )


def test_a_changed_clause_of_a_parameter_that_code_read_asks_its_owner(library_finding: Finding) -> None:
    pack = library_finding(Derivation(), asks=("fee_limit",))
    case = pack.schema.read("library", {"due": "2026-06-10", "renewals": 1, "reserved": False}, TODAY)
    reasons = decide(pack, case, {}, frozenset({ClauseRef.parse("library-rules#3.4")})).escalations
    assert "desk must confirm it" in [one for one in reasons if one.code == "clause_changed"][-1].message


def test_equal_cases_give_equal_decisions(lend: Decide) -> None:
    assert lend(reserved=None) == lend(reserved=None)


def decide_overdue(pack: DomainPack) -> Decision:
    facts: Mapping[str, JsonValue] = {"due": "2026-05-01", "renewals": 1, "reserved": False}
    return decide(pack, pack.schema.read("library", facts, TODAY), {})
