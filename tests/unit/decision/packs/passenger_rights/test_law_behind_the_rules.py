"""A rule that names its clause of the law cites it where that text is ingested, and else the pack's own words."""

from collections.abc import Collection
from dataclasses import replace

from deciding import DELAY, TODAY

from decision.checks import check, confirmed_bindings
from decision.decision import AtHand, ClauseRef, Decision
from decision.engine import decide
from decision.packs.passenger_rights import PACK

LAW = ClauseRef.parse("eu-regulation-261-2004#article-7(1)(b)")
OWN = ClauseRef.parse("airline-disruption-policy#8.2")
OWN_WORDS = {
    ClauseRef.parse(clause): digest
    for clause, digest in PACK.rulebook.bindings.items()
    if clause.startswith("airline-disruption-policy")
}


def decided(laws: Collection[ClauseRef] = (), changed: Collection[ClauseRef] = ()) -> Decision:
    case = PACK.schema.read(PACK.name, {**DELAY, "flight_date": str(TODAY)}, TODAY)
    return decide(PACK, case, {}, frozenset(changed), at_hand=AtHand(laws=frozenset(laws)))


def cited(decision: Decision) -> set[str]:
    return {str(clause) for claim in decision.claims for clause in claim.cites}


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}


def test_law_at_hand_is_cited_in_place_of_the_policy() -> None:
    with_law, without = decided({LAW}), decided()
    assert str(LAW) in cited(with_law)
    assert str(LAW) not in cited(without)
    assert str(OWN) in cited(without)
    sized = next(outcome for outcome in with_law.outcomes if outcome.rule_id == "EU-AMOUNT-MEDIUM")
    assert sized.clause == LAW
    assert with_law.outcome == without.outcome


def test_law_that_is_not_at_hand_makes_nothing_stale() -> None:
    assert PACK.rulebook.changed(OWN_WORDS) == PACK.rulebook.missing(OWN_WORDS) == frozenset()


def test_changed_law_and_changed_policy_both_make_a_rule_stale() -> None:
    law_changed = {**OWN_WORDS, LAW: "0" * 64}
    assert PACK.rulebook.changed(law_changed) == {LAW}
    for clause in (LAW, OWN):
        decision = decided({LAW}, {clause})
        stale = {outcome.rule_id for outcome in decision.outcomes if outcome.stale}
        assert "EU-AMOUNT-MEDIUM" in stale
        assert "clause_changed" in codes(decision)
        assert any(str(clause) in reason.message for reason in decision.escalations)


def test_rules_that_encode_a_clause_of_the_law_are_named_with_their_owners() -> None:
    encodings = {(one.kind, one.name, one.owner) for one in PACK.rulebook.encodings()[LAW]}
    assert {("rule", "EU-AMOUNT-MEDIUM", "legal"), ("parameter", "eu_amount_medium", "legal")} <= encodings


def test_check_asks_for_no_law_and_keeps_what_was_confirmed_of_it() -> None:
    assert [one for one in check(PACK, OWN_WORDS) if one.severity == "error"] == []
    (wrong,) = [one for one in check(PACK, {**OWN_WORDS, LAW: "0" * 64}) if one.severity == "error"]
    assert (wrong.code, wrong.subject) == ("changed_clause", str(LAW))
    written = confirmed_bindings(PACK, OWN_WORDS)
    assert f'"{LAW}" = "{PACK.rulebook.bindings[str(LAW)]}"' in written
    unbound = replace(PACK.rulebook, bindings={str(clause): digest for clause, digest in OWN_WORDS.items()})
    assert unbound.changed({**OWN_WORDS, LAW: "0" * 64}) == {LAW}
