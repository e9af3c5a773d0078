"""Turns a pack's rule files into a RuleBook, and a date into the rules and parameters in force on it."""

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal, cast

from decision.decision import ClauseRef
from decision.evaluation import Period, Step
from decision.expressions.evaluate import Compiled
from decision.expressions.syntax import fact_names
from decision.expressions.types import Signature, ValueType
from decision.facts import DecisionError
from decision.parameter_rows import load_parameters
from decision.parameters import Parameter, Parameters, in_force, refuse_overlaps
from decision.policy_rule import PolicyRule, RuleReader
from decision.schema import FactSchema
from decision.tables import Tables, content_version
from decision.values import did_you_mean
from retrieval.corpus import Value

__all__ = ["Encoding", "Parameter", "Parameters", "PolicyRule", "RuleBook", "RulesInForce"]

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

Confirmed = Collection[tuple[str, str]]
"""Words that were confirmed after a pack was made: a clause, as `document#key`, and their SHA-256."""


class Encoding(Value):
    """A rule (by its id) or a parameter (by its name, or that of its table) that encodes a clause, and who owns it."""

    kind: Literal["rule", "parameter"]
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules and parameters of one date; `period` is what they have in common with the days around it."""

    period: Period
    parameters: Parameters

    @property
    def rules(self) -> tuple[PolicyRule, ...]:
        """The rules, in the order of the file."""
        return self.period.rules

    @property
    def steps(self) -> tuple[Step, ...]:
        """The order in which rules are evaluated and concluded facts settled."""
        return self.period.steps


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules and parameters of a pack, whatever their dates; `version` is a hash of their files.

    `bindings` gives, for each `document#key` that was confirmed, the SHA-256 of the words that were encoded;
    `changes` are the days on which an entry begins or ends.
    """

    rules: tuple[PolicyRule, ...]
    parameters: tuple[Parameter, ...]
    otherwise: Mapping[str, Compiled]
    bindings: Mapping[str, str]
    version: str
    steps: tuple[Step, ...]
    changes: tuple[date, ...]
    periods: dict[int, RulesInForce] = field(default_factory=dict[int, RulesInForce], compare=False)

    @classmethod
    def load(cls, folder: Path, schema: FactSchema, parameters_path: Path | None = None) -> "RuleBook":
        """Read rules, parameters and bindings; a DecisionError names the file, the line, the field and the column.

        The parameters that the file at `parameters_path` names take the place of those of the folder; the others stay.
        """
        path = folder / "rules.toml"
        files = [folder / "parameters.toml", *([parameters_path] if parameters_path else [])]
        parameters = load_parameters(files[0], schema.definitions, parameters_path)
        tables = Tables.read(path)
        tables.only("rule", "otherwise")
        reader = RuleReader(tables, schema, _signature(schema, parameters))
        rules = tuple(reader.rule(row, position) for position, row in enumerate(tables.rows("rule")))
        for rule_id in dict.fromkeys(rule.id for rule in rules):
            refuse_overlaps([rule for rule in rules if rule.id == rule_id], rule_id, path)
        _refuse_unknown_rules(rules, path)
        otherwise = _otherwise(reader)
        return cls(
            rules=rules,
            parameters=parameters,
            otherwise=otherwise,
            bindings=_bindings(folder / "bindings.toml"),
            version=content_version(path, *files),
            steps=_ordered(rules, otherwise, path),
            changes=_changes(rules, parameters),
        )

    @property
    def first_day(self) -> date | None:
        """The first day on which any rule is in force; None for a book without rules."""
        return min((rule.effective_from for rule in self.rules), default=None)

    def on(self, as_of: date) -> RulesInForce:
        """Give the rules and parameters in force on a date."""
        period = bisect_right(self.changes, as_of)
        if period not in self.periods:
            self.periods[period] = self._period(as_of)
        found = self.periods[period]
        return replace(found, parameters=replace(found.parameters, as_of=as_of))

    def clauses(self) -> set[ClauseRef]:
        """Collect every clause that a rule or parameter encodes, those of the law among them."""
        return {clause for entry in (*self.rules, *self.parameters) for clause in _encoded(entry)}

    def laws(self) -> set[ClauseRef]:
        """Collect the clauses of the law itself; a pack does without their texts, but cites those there are."""
        return {entry.law for entry in (*self.rules, *self.parameters) if entry.law is not None}

    def encodings(self) -> Mapping[ClauseRef, tuple[Encoding, ...]]:
        """Give, for every clause, the rules and parameters that encode it, each once and in the order of the files."""
        found: dict[ClauseRef, dict[Encoding, None]] = {}
        for rule in self.rules:
            for clause in _encoded(rule):
                found.setdefault(clause, {})[Encoding(kind="rule", name=rule.id, owner=rule.owner)] = None
        for one in self.parameters:
            for clause in _encoded(one):
                found.setdefault(clause, {})[Encoding(kind="parameter", name=one.family, owner=one.owner)] = None
        return {clause: tuple(entries) for clause, entries in found.items()}

    def relevant_day(self, clause: ClauseRef, today: date) -> date:
        """Give the day nearest to today on which an entry that encodes this clause is in force."""
        entries = [entry for entry in (*self.rules, *self.parameters) if clause in _encoded(entry)]
        days = (_nearest(entry.effective_from, entry.effective_to, today) for entry in entries)
        return min(days, key=lambda day: (abs(day - today), day), default=today)

    def confirms(self, clause: ClauseRef, text_sha256: str | None, confirmed: Confirmed = ()) -> bool:
        """Whether these words are those that were encoded, or words that were `confirmed` since."""
        key = str(clause)
        return text_sha256 is not None and (self.bindings.get(key) == text_sha256 or (key, text_sha256) in confirmed)

    def changed(self, current: Mapping[ClauseRef, str], confirmed: Confirmed = ()) -> frozenset[ClauseRef]:
        """Collect the clauses whose words (SHA-256) are not confirmed; missing and unbound ones are among them.

        Of the law only what is there can have changed.
        """
        expected = self.clauses() - (self.laws() - current.keys())
        return frozenset(one for one in expected if not self.confirms(one, current.get(one), confirmed))

    def missing(self, current: Collection[ClauseRef]) -> frozenset[ClauseRef]:
        """Collect the clauses that are not among those that can be read, though a decision cannot do without them."""
        return frozenset(clause for clause in self.clauses() - self.laws() if clause not in current)

    def _period(self, as_of: date) -> RulesInForce:
        rules = tuple(in_force(self.rules, as_of))
        entries = {parameter.name: parameter for parameter in in_force(self.parameters, as_of)}
        values = {name: entry.value for name, entry in entries.items()}
        present = {rule.position for rule in rules}
        steps = tuple(step for step in self.steps if isinstance(step, str) or step.position in present)
        return RulesInForce(Period(rules, steps, self.otherwise, values), Parameters(as_of, entries, values))


def _encoded(entry: PolicyRule | Parameter) -> tuple[ClauseRef, ...]:
    return (entry.clause,) if entry.law is None else (entry.clause, entry.law)


def _nearest(first: date, end: date | None, today: date) -> date:
    last = date.max if end is None else end - timedelta(days=1)
    return min(max(today, first), last)


def _changes(rules: Sequence[PolicyRule], parameters: Sequence[Parameter]) -> tuple[date, ...]:
    days: set[date] = set()
    for entry in (*rules, *parameters):
        days |= {entry.effective_from, entry.effective_to or entry.effective_from}
    return tuple(sorted(days))


def _signature(schema: FactSchema, parameters: Sequence[Parameter]) -> Signature:
    keys: dict[str, list[dict[str, None]]] = {}
    for parameter in parameters:
        columns = keys.setdefault(parameter.family, [{} for _ in parameter.keys])
        for column, word in zip(columns, parameter.keys, strict=True):
            column[word] = None
    return Signature(
        {name: ValueType.declared(definition) for name, definition in schema.definitions.items()},
        {one.family: ValueType(one.type, one.values, one.currency) for one in parameters},
        {name: tuple(tuple(words) for words in columns) for name, columns in keys.items() if columns},
    )


def _otherwise(reader: RuleReader) -> Mapping[str, Compiled]:
    rows = reader.tables.content.get("otherwise", {})
    where = reader.tables.place("otherwise", "otherwise")
    if not isinstance(rows, dict):
        raise DecisionError(f"{where}: write [otherwise] once, as a table.")
    otherwise: dict[str, Compiled] = {}
    for name, source in cast("dict[str, object]", rows).items():
        if not isinstance(source, str):
            raise DecisionError(f'{where.at(name)}: expected an expression in quotes, such as "false" or "\'none\'".')
        otherwise[name] = reader.conclusion(name, source, where)
    return otherwise


def _bindings(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    bindings: dict[str, str] = {}
    tables = Tables.read(path)
    for clause, digest in tables.content.items():
        if not isinstance(digest, str) or _SHA256.fullmatch(digest) is None:
            raise DecisionError(
                f"{tables.place(clause, clause)}: expected a SHA-256 in hexadecimal; confirm the rules to write it."
            )
        bindings[str(ClauseRef.parse(clause))] = digest
    return bindings


def _ordered(rules: Sequence[PolicyRule], otherwise: Mapping[str, Compiled], path: Path) -> tuple[Step, ...]:
    """Put conclusions and rules that prevail over others before what depends on them, and the other rules behind."""
    prevailing = {name for rule in rules for name in rule.subject_to}
    first = {
        rule.position: rule
        for rule in rules
        if rule.kind == "conclusion" or rule.notwithstanding or rule.id in prevailing
    }
    setters: dict[str, list[int]] = {name: [] for name in otherwise}
    for rule in first.values():
        for name in rule.sets:
            setters.setdefault(name, []).append(rule.position)
    graph: TopologicalSorter[int | str] = TopologicalSorter()
    for rule in first.values():
        before = [one.position for one in first.values() if rule.id in one.notwithstanding or one.id in rule.subject_to]
        graph.add(rule.position, *before, *sorted(name for name in rule.facts if name in setters))
    for name, positions in setters.items():
        read = fact_names(otherwise[name].expression) if name in otherwise else frozenset[str]()
        graph.add(name, *positions, *sorted(other for other in read if other in setters))
    try:
        order = list(graph.static_order())
    except CycleError as error:
        circle = cast("list[int | str]", error.args[1])
        names = " -> ".join(step if isinstance(step, str) else first[step].id for step in reversed(circle))
        raise DecisionError(f"{path}: rules depend on each other in a circle: {names}.") from error
    ordered = [step if isinstance(step, str) else first[step] for step in order]
    return (*ordered, *(rule for rule in rules if rule.position not in first))


def _refuse_unknown_rules(rules: Sequence[PolicyRule], path: Path) -> None:
    known = {rule.id: rule for rule in rules}
    for rule in rules:
        for field_name, named in (("notwithstanding", rule.notwithstanding), ("subject_to", rule.subject_to)):
            where = f"{path}:{rule.line}: rule {rule.id}: {field_name}"
            if strange := next((name for name in named if name not in known), None):
                raise DecisionError(f"{where}: there is no rule {strange}{did_you_mean(strange, list(known))}.")
        if demanding := next((name for name in rule.subject_to if known[name].kind == "check"), None):
            why = "a check demands something and prevails over nothing; write a conclusion or review"
            raise DecisionError(f"{path}:{rule.line}: rule {rule.id}: subject_to: {demanding}: {why}.")
