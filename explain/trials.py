"""Turns a decided case into what would come out with other facts, by deciding again on the same evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from decision.decision import ClauseRef, Decision
from decision.engine import Variants
from decision.facts import Case, DecisionError, Fact, FactDefinition, FactValue
from decision.pack import DomainPack, Found, Outlines
from decision.rules import RulesInForce
from decision.values import plain
from retrieval.query import ClauseQuery, RecordQuery

Changed = tuple[tuple[str, FactValue], ...]
"""Facts by name, and the values that they are tried with."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A case that is decided again with other facts, in the same way as `before`: nothing is probed.

    `decision` is the one to be explained; `known` are the outlines so far.
    """

    pack: DomainPack
    case: Case
    evidence: Found
    decision: Decision
    before: Decision
    variants: Variants
    known: dict[Changed, Decision | None] = field(default_factory=dict[Changed, Decision | None])

    @classmethod
    def of(
        cls,
        pack: DomainPack,
        case: Case,
        evidence: Found,
        decision: Decision,
        changed: frozenset[ClauseRef] = frozenset(),
    ) -> "Trial":
        """Prepare trials; `changed` are the clauses that the decision was made with as changed."""
        clauses = changed | _stale(decision)
        before, variants = Variants.of(pack, case, evidence, clauses)
        return cls(pack, case, evidence, decision, before, variants)

    @property
    def rules(self) -> RulesInForce:
        """The rules in force on the date of the case."""
        return self.pack.rulebook.on(self.case.as_of)

    @property
    def definitions(self) -> Mapping[str, FactDefinition]:
        """The facts that the domain has."""
        return self.pack.schema.definitions

    @property
    def decisive(self) -> frozenset[str]:
        """The missing facts that were found to change the outcome; a person looks because of them."""
        return frozenset(one.fact for one in self.decision.missing if one.changes_outcome)

    def outline(self, changed: Changed, *, same_records: bool = False) -> Decision | None:
        """Decide with these facts changed, in no more than decisions are compared by: without claims and summary.

        None where the pack refuses, or would ask for other evidence. With `same_records` it does not matter that other
        records might be the nearest: those found serve for both.
        """
        if not self.asks_alike(changed, same_records=same_records):
            return None
        if changed not in self.known:
            try:
                self.known[changed] = self.variants.outline(self._changed(changed))
            except DecisionError:
                self.known[changed] = None
        return self.known[changed]

    def whole(self, changed: Changed) -> Decision:
        """Decide with these facts changed, in all words; for a change that has an outline."""
        known = None if isinstance(self.pack, Outlines) else self.known.get(changed)
        return known or self.variants.whole(self._changed(changed))

    def asks_alike(self, changed: Changed, *, same_records: bool = False) -> bool:
        """Tell whether the case with these facts changed would ask for the evidence at hand."""
        case = self._changed(changed)
        parameters = self.rules.parameters
        asked, then = self.pack.queries(self.case, parameters), self.pack.queries(case, parameters)
        if asked.keys() != then.keys():
            return False
        return all(
            one == then[name] or (same_records and _without_vector(one) == _without_vector(then[name]))
            for name, one in asked.items()
        )

    def words(self, changed: Changed) -> str:
        """Say what is different, as the beginning of a sentence."""
        said = [self._change(name, value) for name, value in changed]
        return f"If {', and '.join(said)}"

    def _change(self, name: str, value: FactValue) -> str:
        definition = self.definitions[name]
        new, given = written(definition, value), self.case.facts.get(name)
        if given is not None and given.value is not None:
            return f"“{definition.title}” were {new} instead of {written(definition, given.value)}"
        assumed = self.before.facts.get(name)
        if assumed is not None and assumed.value == value:
            return f"“{definition.title}” were stated to be {new}, as assumed"
        if assumed is None:
            return f"“{definition.title}” were known, for example {new}"
        return f"“{definition.title}” were {new} instead of {written(definition, assumed.value)}, as assumed"

    def _changed(self, changed: Changed) -> Case:
        facts = {name: Fact(name, value, "given") for name, value in changed}
        return replace(self.case, facts={**self.case.facts, **facts})


def written(definition: FactDefinition, value: FactValue | None) -> str:
    """Write a value of a fact with its unit."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(plain(value))
    if definition.values:
        return words.replace("_", " ")
    if not definition.unit or definition.unit in _UNSAID:
        return words
    return f"{words} {definition.unit.replace('_', ' ')}"


_UNSAID: Final = frozenset({"year"})


def _without_vector(query: ClauseQuery | RecordQuery) -> ClauseQuery | RecordQuery:
    return replace(query, vector=None) if isinstance(query, RecordQuery) else query


def _stale(decision: Decision) -> frozenset[ClauseRef]:
    stale = [one for one in decision.outcomes if one.stale]
    return frozenset(clause for one in stale for clause in (one.clause, *(used.clause for used in one.parameters)))
