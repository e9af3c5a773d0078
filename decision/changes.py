"""Turns a case and two versions of a pack's policy into what the second would decide otherwise."""

from collections.abc import Iterator
from datetime import date

from decision.decision import RuleOutcome
from decision.engine import decide, rule_case
from decision.facts import Case, DecisionError
from decision.pack import DomainPack
from decision.values import plain
from retrieval.corpus import Value


class Difference(Value):
    """One thing that comes out otherwise: a fact that rules conclude, the result of a rule, or the outcome itself."""

    kind: str
    name: str
    before: str
    after: str


class Change(Value):
    """A case that another policy would decide otherwise."""

    case: str
    as_of: date
    differences: tuple[Difference, ...]


def compare(name: str, case: Case, before: DomainPack, after: DomainPack) -> Change | None:
    """Decide a case under two policies; None where nothing comes out otherwise.

    A pack that needs evidence is compared by its rules alone, on what was derived from the evidence then.
    """
    old, new = _Policy(before, case), _Policy(after, case)
    found = (*_outcomes(old, new), *_conclusions(old, new), *_results(old, new))
    return Change(case=name, as_of=case.as_of, differences=found) if found else None


class _Policy:
    """What one policy makes of a case, or why it refuses it."""

    def __init__(self, pack: DomainPack, case: Case) -> None:
        self.outcome: str | None = None
        self.conclusions: dict[str, str] = {}
        self.results: dict[str, RuleOutcome] = {}
        try:
            rules = pack.rulebook.on(case.as_of)
            ruling = rule_case(pack, case, {})
            if not pack.queries(case, rules.parameters):
                decision = decide(pack, case, {}, probe=False)
                self.outcome = f"{decision.status.replace('_', ' ')}: {decision.summary}"
        except DecisionError as error:
            self.outcome = f"refused: {error}"
            return
        self.conclusions = {name: plain(ruling.facts[name].value) or "not known" for name in rules.period.concluded}
        self.results = {one.rule_id: one for one in ruling.outcomes}


def _outcomes(old: _Policy, new: _Policy) -> Iterator[Difference]:
    if old.outcome != new.outcome:
        said = [words or "not compared" for words in (old.outcome, new.outcome)]
        yield Difference(kind="outcome", name="outcome", before=said[0], after=said[1])


def _conclusions(old: _Policy, new: _Policy) -> Iterator[Difference]:
    for name in dict.fromkeys((*old.conclusions, *new.conclusions)):
        before, after = (policy.conclusions.get(name, "not concluded") for policy in (old, new))
        if before != after:
            yield Difference(kind="conclusion", name=name, before=before, after=after)


def _results(old: _Policy, new: _Policy) -> Iterator[Difference]:
    for rule_id in dict.fromkeys((*old.results, *new.results)):
        before, after = (_said(policy.results.get(rule_id)) for policy in (old, new))
        if before != after:
            yield Difference(kind="rule", name=rule_id, before=before, after=after)


def _said(outcome: RuleOutcome | None) -> str:
    if outcome is None:
        return "not in force"
    said = outcome.state if outcome.kind == "conclusion" else outcome.result or outcome.state
    return said.replace("_", " ")
