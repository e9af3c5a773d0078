"""Turns a case and its evidence into a Decision, by the pack's rules in force and the pack's code; pure, no clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from decision.completing import added, completed
from decision.decision import AtHand, ClauseRef, Conclusion, Decision, Derivation, EscalationReason, Qualifier
from decision.derivations import waits_for
from decision.escalation import by_changed_clauses, by_conclusion, by_rules
from decision.facts import Case, Fact, FactValue, InvalidCaseError, Problem
from decision.pack import DomainPack, Findings, Found, Outlines
from decision.probing import Probe, ask_for, weigh_assumptions
from decision.rules import Parameters, RulesInForce
from decision.ruling import Ground, Ruling, rule_on
from decision.values import plain

_ALL: Final = AtHand()


def decide(
    pack: DomainPack,
    case: Case,
    evidence: Found,
    changed_clauses: frozenset[ClauseRef] = frozenset(),
    *,
    at_hand: AtHand = _ALL,
    probe: bool = True,
) -> Decision:
    """Decide a case on its evidence; equal arguments give equal decisions.

    Of the facts that are not known, those are asked for that can change the outcome, the most decisive first.
    `changed_clauses` do not have the words that the rules encode, as far as is known; those of them that are not among
    the sources at all may be named as missing by `at_hand`. The law that is at hand is cited in place of the pack's own
    clauses. Without `probe`, assumptions and missing facts are listed but not tested. InvalidCaseError when the date
    lies before every rule; DecisionError when the pack is wrong.
    """
    require_rules(pack, case.as_of)
    if not pack.rulebook.on(case.as_of).rules:
        return _without_rules(pack, case)
    court = _Court(pack, evidence, changed_clauses | at_hand.missing, at_hand)
    return _decide(court, case, probe=probe)


def require_rules(pack: DomainPack, as_of: date) -> None:
    """Refuse a date that lies before every rule of a pack, by an InvalidCaseError that names the first day."""
    first = pack.rulebook.first_day
    if first is not None and as_of < first:
        expected = f"a date from {first}, the first day on which a rule of {pack.name} is in force"
        raise InvalidCaseError((Problem("as_of", expected, f"choose a later date than {as_of}"),))


@dataclass(frozen=True, slots=True)
class Variants:
    """A case that is decided again and again with other facts, on the same date and evidence, without probing.

    What the rules of a variant have in common with the case is not worked out again, so that many can be tried.
    """

    court: "_Court"
    base: "_Ruled | None"

    @classmethod
    def of(
        cls, pack: DomainPack, case: Case, evidence: Found, changed_clauses: frozenset[ClauseRef]
    ) -> tuple[Decision, "Variants"]:
        """Decide a case as it is, and prepare its variants; raises as `decide`."""
        require_rules(pack, case.as_of)
        if not pack.rulebook.on(case.as_of).rules:
            return _without_rules(pack, case), cls(_Court(pack, evidence, changed_clauses), None)
        court = _Court(pack, evidence, changed_clauses)
        base = _ruled(court, case)
        return _unprobed(base, outline=False), cls(court, base)

    def whole(self, variant: Case) -> Decision:
        """Decide a variant in all words."""
        return self._decide(variant, outline=False)

    def outline(self, variant: Case) -> Decision:
        """Decide a variant in no more than decisions are compared by; in all words, where the pack is no `Outlines`."""
        return self._decide(variant, outline=True)

    def _decide(self, variant: Case, *, outline: bool) -> Decision:
        if self.base is None:
            return _without_rules(self.court.pack, variant)
        return _unprobed(_ruled(self.court, variant, self.base.ruling), outline=outline)


def rule_case(pack: DomainPack, case: Case, evidence: Found) -> Ruling:
    """Take a case through the pack's code and rules, without a conclusion; DecisionError when the pack is wrong."""
    return rule_on(*grounded(pack, case, evidence))


def grounded(pack: DomainPack, case: Case, evidence: Found) -> tuple[RulesInForce, Ground]:
    """Give the rules in force for a case, and all that they are evaluated on; DecisionError when the pack is wrong."""
    derived = _derived_for(_Court(pack, evidence, frozenset()), case)
    return derived.rules, derived.ground


@dataclass(frozen=True, slots=True)
class _Court:
    """What stays the same while a case is decided, and decided again with other facts."""

    pack: DomainPack
    evidence: Found
    changed: frozenset[ClauseRef]
    at_hand: AtHand = _ALL


def _decide(court: _Court, case: Case, *, probe: bool) -> Decision:
    def again(name: str, value: FactValue) -> Decision:
        other = _ruled(court, replace(case, facts={**case.facts, name: Fact(name, value, "given")}), ruled.ruling)
        return _bare(other, _conclusion(other, outline=True))

    ruled = _ruled(court, case)
    return _completed_by(ruled, _bare(ruled, _conclusion(ruled)), again if probe else None)


@dataclass(frozen=True, slots=True)
class _Derived:
    """What code found about one case before the rules; `read` and `asked` name what it asked for."""

    rules: RulesInForce
    parameters: Parameters
    derivation: Derivation
    ground: Ground
    read: set[str]
    asked: set[str]


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What code and rules found about one case."""

    court: _Court
    case: Case
    derived: _Derived
    ruling: Ruling


def _derived_for(court: _Court, case: Case) -> _Derived:
    pack = court.pack
    rules = pack.rulebook.on(case.as_of)
    read: set[str] = set()
    asked: set[str] = set()
    parameters = rules.parameters.noting(asked)
    known = completed(pack.schema.definitions, case)
    derivation = pack.derive(case, _Watched(known, read), court.evidence, parameters)
    facts = {**known, **added(pack, rules, known, derivation)}
    return _Derived(rules, parameters, derivation, _ground(court, facts, derivation), read, asked)


def _ruled(court: _Court, case: Case, like: Ruling | None = None) -> _Ruled:
    derived = _derived_for(court, case)
    return _Ruled(court, case, derived, rule_on(derived.rules, derived.ground, like))


def _conclusion(ruled: _Ruled, *, outline: bool = False) -> Conclusion:
    derived, ruling, pack = ruled.derived, ruled.ruling, ruled.court.pack
    facts, derivation = _Watched(ruling.facts, derived.read), derived.derivation
    findings = Findings(ruled.case, facts, ruling.outcomes, derivation, ruled.court.evidence, derived.parameters)
    conclusion = pack.outline(findings) if outline and isinstance(pack, Outlines) else pack.conclude(findings)
    if not derivation.impossible:
        return conclusion
    reasons = tuple(dict.fromkeys((*derivation.impossible, *conclusion.reasons)))
    return replace(conclusion, status="abstained", reasons=reasons)


def _ground(court: _Court, facts: Mapping[str, Fact], derivation: Derivation) -> Ground:
    definitions = court.pack.schema.definitions
    needed = frozenset(name for name in derivation.missing if name in facts and facts[name].value is None)
    named = waits_for(definitions, facts)
    waiting = named | {
        name: needed.intersection(derivation.waits.get(name, needed))
        for name, fact in facts.items()
        if fact.value is None and definitions[name].derived and name not in named
    }
    return Ground(facts, definitions, waiting, court.changed, court.at_hand.laws)


class _Watched(Mapping[str, Fact]):
    """Facts that take down which of them were read, so that nothing is assumed or asked for that plays no part."""

    def __init__(self, facts: Mapping[str, Fact], read: set[str]) -> None:
        self._facts = facts
        self._read = read

    def __getitem__(self, name: str) -> Fact:
        fact = self._facts[name]
        self._read.add(name)
        return fact

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _bare(ruled: _Ruled, conclusion: Conclusion) -> Decision:
    """Give what holds and who must look by the rules, without assumptions and missing facts."""
    ruling = ruled.ruling
    return Decision(
        domain=ruled.case.domain,
        as_of=ruled.case.as_of,
        status=conclusion.status,
        answer=conclusion.answer,
        summary=conclusion.summary,
        claims=conclusion.claims,
        counter_evidence=conclusion.counter_evidence,
        facts={name: fact for name, fact in ruling.facts.items() if fact.value is not None},
        outcomes=ruling.outcomes,
        assumptions=(),
        missing=(),
        escalations=tuple(_by_policy(ruled)),
        qualifier=conclusion.qualifier,
        reasons=conclusion.reasons,
        versions=_versions(ruled.court.pack),
        stands=_standing(ruled) if conclusion.stands is None else conclusion.stands,
        conditional=conclusion.conditional,
    )


def _unprobed(ruled: _Ruled, *, outline: bool) -> Decision:
    return _completed_by(ruled, _bare(ruled, _conclusion(ruled, outline=outline)), None)


def _completed_by(ruled: _Ruled, base: Decision, again: Probe | None) -> Decision:
    """Add the assumptions and missing facts, and what they are worth where they can be tried."""
    definitions = ruled.court.pack.schema.definitions
    facts = ruled.ruling.facts
    assumed = {name: fact for name, fact in facts.items() if fact.provenance == "assumed"}
    read = ruled.derived.read | ruled.ruling.reads(assumed)
    asked = ask_for(_missing(ruled), ruled.derived.rules, definitions, base, again)
    decisive = [one.missing.fact for one in asked if one.decides] if again else []
    return replace(
        base,
        assumptions=weigh_assumptions(
            [fact for name, fact in assumed.items() if name in read], definitions, base, again
        ),
        missing=tuple(one.missing for one in asked if one.missing.changes_outcome),
        escalations=(*base.escalations, *by_conclusion(base, decisive, definitions)),
    )


def _standing(ruled: _Ruled) -> Mapping[str, str | None]:
    return {name: plain(ruled.ruling.facts[name].value) for name in ruled.derived.rules.period.concluded}


def _by_policy(ruled: _Ruled) -> Iterator[EscalationReason]:
    court, ruling = ruled.court, ruled.ruling
    rules, asked = ruled.derived.rules, ruled.derived.asked
    yield from by_rules(rules, ruling, court.pack.schema.definitions)
    yield from by_changed_clauses(rules, ruling.outcomes, asked, court.changed, court.at_hand.missing)


def _missing(ruled: _Ruled) -> list[str]:
    """List the unknown facts that a person could supply and that rules or code wait for, in the schema's order."""
    waited_for = set(ruled.derived.derivation.missing).union(*(gap.facts for gap in ruled.ruling.gaps.values()))
    return [
        name
        for name, definition in ruled.court.pack.schema.definitions.items()
        if name in waited_for and not definition.derived and ruled.ruling.facts[name].value is None
    ]


def _without_rules(pack: DomainPack, case: Case) -> Decision:
    first = pack.rulebook.first_day
    since = f"; the first rule takes effect on {first}" if first else "; the pack has no rules"
    reason = f"no rule in force on {case.as_of}{since}"
    return Decision(
        domain=case.domain,
        as_of=case.as_of,
        status="abstained",
        answer={},
        summary=f"Nothing can be decided: {reason}.",
        claims=(),
        counter_evidence=(),
        facts={name: fact for name, fact in case.facts.items() if fact.value is not None},
        outcomes=(),
        assumptions=(),
        missing=(),
        escalations=(EscalationReason(code="abstained", level="desk_review", message=f"No outcome: {reason}."),),
        qualifier=Qualifier(method="fact_certainty", band="low", notes=(reason,)),
        reasons=(reason,),
        versions=_versions(pack),
    )


def _versions(pack: DomainPack) -> dict[str, str]:
    return {"pack": f"{pack.name} {pack.version}", "facts": pack.schema.version, "rules": pack.rulebook.version}
