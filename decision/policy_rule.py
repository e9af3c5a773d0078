"""Turns one row of `rules.toml` into a PolicyRule whose expressions were parsed, type-checked and prepared."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from pydantic import Field

from decision.decision import ClauseRef, ReviewLevel, RuleHead, RuleKind
from decision.expressions.evaluate import Compiled, compiled
from decision.expressions.parser import parse
from decision.expressions.syntax import Expression, ExpressionError, fact_names, parameter_names
from decision.expressions.types import Signature
from decision.facts import DecisionError
from decision.schema import FactSchema
from decision.tables import Place, Tables, checked, clause_at
from decision.values import did_you_mean
from retrieval.corpus import Value


@dataclass(frozen=True)
class PolicyRule:
    """A condition and its effect, tied to the clause it encodes, in force during a period.

    `law` is the clause of the law itself, which is cited in place of `clause` wherever that text was ingested.
    `code`, `level` and `message` make the escalation of a check or review; `sets` are the facts that a conclusion
    gives, the highest `priority` winning; `position` is its place in the file; `facts` and `parameters` are those that
    its expressions name. When this rule holds it prevails over those that it stands `notwithstanding`; those that it is
    `subject_to` prevail over it when they hold.
    """

    id: str
    title: str
    kind: RuleKind
    owner: str
    clause: ClauseRef
    reference: str | None
    effective_from: date
    effective_to: date | None
    condition: Compiled
    applies_when: Compiled | None
    sets: Mapping[str, Compiled]
    priority: int
    code: str
    level: ReviewLevel
    message: str
    measured: Compiled | None
    threshold: Compiled | None
    position: int
    facts: frozenset[str]
    parameters: frozenset[str]
    notwithstanding: tuple[str, ...] = ()
    subject_to: tuple[str, ...] = ()
    law: ClauseRef | None = None
    line: int = 0

    @cached_property
    def head(self) -> RuleHead:
        """What the rule is, whatever becomes of it."""
        return RuleHead(self.id, self.title, self.kind, self.clause, self.reference, self.owner, self.effective_from)

    def head_by(self, laws: Collection[ClauseRef]) -> RuleHead:
        """Say what the rule is, with the clause of the law in place of its own where that is one of `laws`."""
        return self._head_in_law if self.law is not None and self.law in laws else self.head

    @cached_property
    def _head_in_law(self) -> RuleHead:
        return replace(self.head, clause=self.law or self.clause)


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads rules against the facts of a schema and the parameters of a pack."""

    tables: Tables
    schema: FactSchema
    signature: Signature

    def rule(self, table: Mapping[str, object], position: int) -> PolicyRule:
        """Read one rule; a DecisionError names the file, the line, the rule, the field and the column."""
        where = self.tables.place(f"rule {table.get('id', f'number {position + 1}')}", "rule", position)
        row = checked(_RuleRow, table, where)
        if problem := _contradiction(row):
            raise DecisionError(f"{where}: {problem}.")
        clause = clause_at(where.at("clause"), row.clause)
        law = clause_at(where.at("law"), row.law) if row.law else None
        applies_when = self._condition(row.applies_when, where.at("applies_when")) if row.applies_when else None
        condition = self._condition(row.condition, where.at("condition"))
        measured = self._shown(row.measured, where.at("measured")) if row.measured else None
        threshold = self._shown(row.threshold, where.at("threshold")) if row.threshold else None
        sets = {name: self.conclusion(name, source, where.at("sets")) for name, source in row.sets.items()}
        parts = (applies_when, condition, measured, threshold, *sets.values())
        expressions = [part.expression for part in parts if part is not None]
        return PolicyRule(
            id=row.id,
            title=row.title,
            kind=row.kind,
            owner=row.owner,
            clause=clause,
            law=law,
            reference=row.reference,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            condition=condition,
            applies_when=applies_when,
            sets=sets,
            priority=row.priority,
            code=row.code or "",
            level=row.level or "desk_review",
            message=row.message or row.title,
            measured=measured,
            threshold=threshold,
            position=position,
            facts=frozenset[str]().union(*(fact_names(expression) for expression in expressions)),
            parameters=frozenset[str]().union(*(parameter_names(expression) for expression in expressions)),
            notwithstanding=row.notwithstanding,
            subject_to=row.subject_to,
            line=where.line,
        )

    def conclusion(self, name: str, source: str, where: Place) -> Compiled:
        """Read the expression whose value a derived fact is given."""
        definition = self.schema.definitions.get(name)
        if definition is None:
            hint = did_you_mean(name, list(self.schema.definitions))
            raise DecisionError(f"{where.at(name)}: no such fact in facts.toml{hint}.")
        if not definition.derived:
            raise DecisionError(f"{where.at(name)}: only a fact with derived = true in facts.toml can be concluded.")
        return self._read(
            source, where.at(name), lambda expression: self.signature.require(expression, definition, name)
        )

    def _condition(self, source: str, where: Place) -> Compiled:
        return self._read(source, where, self.signature.require_condition)

    def _shown(self, source: str, where: Place) -> Compiled:
        return self._read(source, where, self.signature.type_of)

    def _read(self, source: str, where: Place, check: Callable[[Expression], object]) -> Compiled:
        try:
            expression = parse(source)
            check(expression)
        except ExpressionError as error:
            raise DecisionError(f"{where}: {error} (in: {source})") from error
        return compiled(expression)


class _RuleRow(Value):
    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    kind: RuleKind
    owner: str = ""
    clause: str
    law: str | None = None
    reference: str | None = None
    effective_from: date
    effective_to: date | None = None
    applies_when: str | None = None
    condition: str
    code: str | None = None
    level: ReviewLevel | None = None
    measured: str | None = None
    threshold: str | None = None
    message: str | None = None
    sets: Mapping[str, str] = Field(default_factory=dict)
    priority: int = 0
    notwithstanding: tuple[str, ...] = ()
    subject_to: tuple[str, ...] = ()


def _contradiction(row: _RuleRow) -> str | None:
    if row.kind == "conclusion":
        escalation = (row.code, row.level, row.measured, row.threshold, row.message)
        if not row.sets:
            return "sets: a conclusion needs the facts that it sets"
        if any(part is not None for part in escalation):
            return "code, level, measured, threshold and message belong to a check or review"
    elif row.code is None or row.level is None:
        return f"code, level: a {row.kind} needs both"
    elif row.sets or row.priority:
        return "sets and priority belong to a conclusion"
    elif row.kind == "check" and row.notwithstanding:
        return "notwithstanding: a check demands something and prevails over nothing; write a conclusion or review"
    return None
