"""Turns a pack's `facts.toml` into a FactSchema, and what a caller sends into a Case whose facts all fit it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from decision.derivations import FUNCTIONS
from decision.facts import Case, DecisionError, Fact, FactDefinition, FactType, FactValue, InvalidCaseError, Problem
from decision.tables import Place, Tables, checked, content_version
from decision.values import ValueRefusedError, did_you_mean, parse_value, plain

__all__ = ["FactSchema", "parse_value", "plain"]


@dataclass(frozen=True, slots=True)
class FactSchema:
    """The facts of a domain by name, in the order of the file; `version` is a hash of it."""

    definitions: Mapping[str, FactDefinition]
    version: str = ""

    @classmethod
    def load(cls, path: Path) -> "FactSchema":
        """Read `facts.toml`; a DecisionError names the file, the line and the field."""
        tables = Tables.read(path)
        definitions = {
            name: _definition(name, table, tables.place(f"[{name}]", name)) for name, table in tables.content.items()
        }
        for name, definition in definitions.items():
            if problem := _underivable(definition, definitions):
                raise DecisionError(f"{tables.place(f'[{name}]', name).at('derivation')}: {problem}.")
        return cls(definitions, content_version(path))

    def read(self, domain: str, raw: Mapping[str, JsonValue], as_of: date, question: str | None = None) -> Case:
        """Make a Case of what a caller sent; JSON null counts as not sent. InvalidCaseError lists every problem."""
        facts: dict[str, Fact] = {}
        problems: list[Problem] = []
        for name, sent in raw.items():
            outcome = self._read_fact(name, sent, as_of)
            if isinstance(outcome, Problem):
                problems.append(outcome)
            elif outcome is not None:
                facts[name] = Fact(name, outcome, "given")
        problems += [
            Problem(name, f"{_article(definition)} ({definition.title})", definition.ask or "send this fact")
            for name, definition in self.definitions.items()
            if definition.required and raw.get(name) is None
        ]
        if problems:
            raise InvalidCaseError(tuple(problems))
        return Case(domain, as_of, facts, question)

    def _read_fact(self, name: str, sent: JsonValue, as_of: date) -> FactValue | Problem | None:
        definition = self.definitions.get(name)
        if definition is None:
            return Problem(name, "a fact of this domain", f"remove or rename it{did_you_mean(name, self._askable())}")
        if definition.derived:
            return Problem(name, "nothing, for it is derived from other facts", "remove it")
        if sent is None:
            return None
        try:
            value = parse_value(definition, sent)
        except ValueRefusedError as refused:
            return Problem(name, refused.expected, refused.remedy)
        if definition.past and _day(value) > as_of:
            return Problem(name, f"a day no later than {as_of}, the date of the decision", "check the date")
        return value

    def _askable(self) -> list[str]:
        return [name for name, definition in self.definitions.items() if not definition.derived]


def _day(value: FactValue) -> date:
    return value.date() if isinstance(value, datetime) else cast("date", value)


def _article(definition: FactDefinition) -> str:
    kind = definition.type.value
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _definition(name: str, table: object, where: Place) -> FactDefinition:
    if not isinstance(table, dict):
        raise DecisionError(f"{where}: write every fact as a table of its own.")
    row = cast("dict[str, object]", table)
    typed = {"default", "alternatives", "example"}
    bare = checked(FactDefinition, {"name": name, **{key: row[key] for key in row if key not in typed}}, where)
    if problem := _contradiction(bare, row):
        raise DecisionError(f"{where}: {problem}.")
    alternatives = row.get("alternatives", [])
    if not isinstance(alternatives, list):
        raise DecisionError(f"{where.at('alternatives')}: expected a list of values.")
    return bare.model_copy(
        update={
            "default": _typed(bare, row.get("default"), where.at("default")),
            "example": _typed(bare, row.get("example"), where.at("example")),
            "alternatives": tuple(
                _typed(bare, value, where.at("alternatives")) for value in cast("list[object]", alternatives)
            ),
        }
    )


def _typed(definition: FactDefinition, sent: object, where: Place) -> FactValue | None:
    if sent is None:
        return None
    try:
        return parse_value(definition, sent)
    except ValueRefusedError as refused:
        raise DecisionError(f"{where}: {refused}.") from refused


def _underivable(definition: FactDefinition, definitions: Mapping[str, FactDefinition]) -> str | None:
    """Say why a fact cannot be derived as it says, if so."""
    if definition.derivation is None:
        return "inputs belong to a derivation" if definition.inputs else None
    function = FUNCTIONS.get(definition.derivation)
    if function is None:
        known = ", ".join(FUNCTIONS)
        return f"no such function; there are {known}{did_you_mean(definition.derivation, list(FUNCTIONS))}"
    earlier = list(definitions)[: list(definitions).index(definition.name)]
    if strange := next((name for name in definition.inputs if name not in definitions), None):
        return f"inputs: {strange}: no such fact{did_you_mean(strange, list(definitions))}"
    if late := next((name for name in definition.inputs if definitions[name].derived and name not in earlier), None):
        return f"inputs: {late} is derived itself; declare it before"
    found = tuple(definitions[name].type for name in definition.inputs)
    if found != function.inputs or definition.type is not function.result:
        wanted = ", ".join(kind.value for kind in function.inputs)
        return f"{definition.derivation} makes a {function.result.value} of {wanted}; the types of the facts differ"
    return None


def _contradiction(definition: FactDefinition, row: Mapping[str, object]) -> str | None:
    kind = definition.type
    bounded = definition.minimum is not None or definition.maximum is not None
    low, high = definition.minimum, definition.maximum
    contradictions = {
        "an enum needs its values": kind is FactType.ENUM and not definition.values,
        "values belong to an enum or a list": definition.values and kind not in {FactType.ENUM, FactType.LIST},
        "minimum and maximum belong to a number or money": bounded and kind not in {FactType.NUMBER, FactType.MONEY},
        "minimum is above maximum": low is not None and high is not None and low > high,
        "step belongs to a number": definition.step is not None
        and (kind is not FactType.NUMBER or definition.step <= 0),
        "a derived fact is within nobody's reach": definition.within_reach and definition.derived,
        "currency belongs to money": definition.currency is not None and kind is not FactType.MONEY,
        "past belongs to a date or an instant": definition.past and kind not in {FactType.DATE, FactType.INSTANT},
        "a derived fact cannot be required or have a default": definition.derived
        and (definition.required or "default" in row),
        "only a derived fact has a derivation": definition.derivation is not None and not definition.derived,
        "a required fact needs no default": definition.required and "default" in row,
        "a default needs its default_reason": "default" in row and not definition.default_reason,
        "alternatives need a default": "alternatives" in row and "default" not in row,
    }
    return next((problem for problem, found in contradictions.items() if found), None)
