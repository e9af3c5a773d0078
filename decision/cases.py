"""Runs a pack's `cases.toml`: facts and a date through code and rules, compared with the expected outcome and trace."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import Field

from decision.decision import RuleState
from decision.engine import rule_case
from decision.facts import Case, DecisionError, Fact
from decision.pack import DomainPack
from decision.ruling import Ruling
from decision.schema import FactSchema
from decision.tables import Tables, checked
from decision.values import ValueRefusedError, did_you_mean, parse_value, plain
from retrieval.corpus import Value


class RuleCase(Value):
    """One row of the table: facts on a date, the concluded facts in plain words, and the rules by expected state.

    Derived facts may be stated too; code then does not derive them.
    """

    name: str = Field(min_length=1)
    as_of: date
    facts: Mapping[str, Any]
    outcome: Mapping[str, Any] = Field(default_factory=dict)
    held: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()

    def trace(self) -> list[tuple[str, RuleState]]:
        """List the rules that the case names, each with its expected state."""
        states: dict[RuleState, tuple[str, ...]] = {
            "held": self.held,
            "not_held": self.not_held,
            "undetermined": self.undetermined,
            "not_applicable": self.not_applicable,
        }
        return [(rule_id, state) for state, rule_ids in states.items() for rule_id in rule_ids]


class CaseResult(Value):
    """A case and everything in which it came out other than expected."""

    name: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.problems


def load_cases(pack: DomainPack) -> tuple[RuleCase, ...]:
    """Read `cases.toml` (none, when there is no file); a DecisionError names the line, the case and the field."""
    path = pack.folder / "cases.toml"
    if not path.exists():
        return ()
    tables = Tables.read(path)
    tables.only("case")
    return tuple(
        checked(RuleCase, row, tables.place(f"case {row.get('name', number + 1)}", "case", number))
        for number, row in enumerate(tables.rows("case"))
    )


def run_cases(pack: DomainPack) -> list[CaseResult]:
    """Run every case of a pack without evidence, in order."""
    return [CaseResult(name=case.name, problems=tuple(_problems(pack, case))) for case in load_cases(pack)]


def case_of(pack: DomainPack, case: RuleCase) -> Case:
    """Read the facts of a row; a DecisionError names the one that does not fit its declaration."""
    schema = pack.schema
    facts: dict[str, Fact] = {}
    for name, sent in case.facts.items():
        if name not in schema.definitions:
            raise DecisionError(f"{name}: no such fact{did_you_mean(name, list(schema.definitions))}")
        definition = schema.definitions[name]
        try:
            facts[name] = Fact(name, parse_value(definition, sent), "derived" if definition.derived else "given")
        except ValueRefusedError as refused:
            raise DecisionError(f"{name}: {refused}") from refused
    return Case(pack.name, case.as_of, facts)


def _problems(pack: DomainPack, case: RuleCase) -> Iterator[str]:
    try:
        ruling = rule_case(pack, case_of(pack, case), {})
    except DecisionError as error:
        yield str(error)
        return
    yield from _wrong_facts(pack.schema, case, ruling)
    states = {outcome.rule_id: outcome for outcome in ruling.outcomes}
    for rule_id, expected in case.trace():
        if rule_id not in states:
            yield f"{rule_id}: no such rule in force on {case.as_of}{did_you_mean(rule_id, list(states))}"
        elif states[rule_id].state != expected:
            found = states[rule_id]
            yield f"{rule_id}: expected {expected}, found {found.state}: {found.because}"


def _wrong_facts(schema: FactSchema, case: RuleCase, ruling: Ruling) -> Iterator[str]:
    for name, expected in case.outcome.items():
        if name not in schema.definitions:
            yield f"{name}: no such fact{did_you_mean(name, list(schema.definitions))}"
            continue
        found = plain(ruling.facts[name].value) or "unknown"
        if found != _words(expected):
            yield f"{name}: expected {_words(expected)}, found {found}{_setters(name, ruling)}"


def _words(expected: object) -> str:
    return str(expected).lower() if isinstance(expected, bool) else str(expected)


def _setters(name: str, ruling: Ruling) -> str:
    setting: Sequence[str] = [outcome.rule_id for outcome in ruling.outcomes if name in outcome.sets]
    return f" (set by {', '.join(setting)})" if setting else ""
