"""Turns `parameters.toml` into Parameters, one for each period, and in a table one for each combination of keys."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, cast

from pydantic import Field

from decision.decision import ClauseRef
from decision.facts import DecisionError, FactDefinition, FactType, FactValue, Money
from decision.parameters import Parameter, in_table, refuse_overlaps
from decision.tables import Place, Tables, checked, clause_at
from decision.values import ValueRefusedError, did_you_mean, parse_value
from retrieval.corpus import Value

Definitions = Mapping[str, FactDefinition]


def load_parameters(path: Path, definitions: Definitions, instead: Path | None = None) -> tuple[Parameter, ...]:
    """Read `parameters.toml` (none, when there is no file); a DecisionError names the parameter and the field.

    The parameters that the file `instead` names, each with all its periods, take the place of those of the same name.
    """
    own = _read(path, definitions) if path.exists() else ()
    if instead is None:
        return own
    others = _read(instead, definitions)
    types = {parameter.family: (parameter.type, len(parameter.keys)) for parameter in own}
    for other in others:
        where = f"{instead}:{other.line}: {other.family}"
        if other.family not in types:
            hint = did_you_mean(other.family, list(types))
            raise DecisionError(f"{where}: {path} has no parameter of this name{hint}.")
        expected, keys = types[other.family]
        if (other.type, len(other.keys)) != (expected, keys):
            by = f" by {keys} keys" if keys else ""
            raise DecisionError(f"{where}: expected type {expected.value}{by}, as in {path}.")
    replaced = {other.family for other in others}
    return (*(parameter for parameter in own if parameter.family not in replaced), *others)


def _read(path: Path, definitions: Definitions) -> tuple[Parameter, ...]:
    tables = Tables.read(path)
    tables.only("parameter")
    parameters = tuple(
        one
        for number, row in enumerate(tables.rows("parameter"))
        for one in _parameters(
            row, tables.place(f"parameter {row.get('name', 'without name')}", "parameter", number), definitions
        )
    )
    periods: dict[str, list[Parameter]] = {}
    for parameter in parameters:
        periods.setdefault(parameter.name, []).append(parameter)
    for name, entries in periods.items():
        refuse_overlaps(entries, name, path)
        if len({(entry.type, entry.currency) for entry in entries}) > 1:
            raise DecisionError(f"{path}:{entries[-1].line}: {name}: its entries have different types or currencies.")
    families: dict[str, set[int]] = {}
    for parameter in parameters:
        families.setdefault(parameter.family, set()).add(len(parameter.keys))
    if mixed := next((name for name, sizes in families.items() if len(sizes) > 1), None):
        raise DecisionError(f"{path}: {mixed}: its entries have different keys (by).")
    return parameters


class _ParameterRow(Value):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: FactType
    value: Any
    by: tuple[str, ...] = ()
    unit: str | None = None
    values: tuple[str, ...] = ()
    currency: str | None = None
    minimum: None = None
    maximum: None = None
    owner: str = ""
    clause: str
    law: str | None = None
    reference: str | None = None
    effective_from: date
    effective_to: date | None = None


def _parameters(table: Mapping[str, object], where: Place, definitions: Definitions) -> Iterator[Parameter]:
    row = checked(_ParameterRow, table, where)
    law = clause_at(where.at("law"), row.law) if row.law else None
    clauses = clause_at(where.at("clause"), row.clause), law
    if not row.by:
        yield _parameter(row, row.value, clauses, where.at("value"))
        return
    words = [_words(name, definitions, where.at("by")) for name in row.by]
    sent = _cells(row.value, words, where.at("value"))
    for keys in product(*words):
        cell = _parameter(row, sent[keys], clauses, where.at("value", *keys))
        yield cell.model_copy(update={"name": in_table(row.name, *keys), "table": row.name, "keys": keys})


def _words(name: str, definitions: Definitions, where: Place) -> tuple[str, ...]:
    """List the words that a key may be: those of the fact that it is named after."""
    definition = definitions.get(name)
    if definition is None:
        raise DecisionError(f"{where}: {name}: no such fact in facts.toml{did_you_mean(name, list(definitions))}.")
    if definition.type is FactType.BOOLEAN:
        return ("true", "false")
    if definition.type is not FactType.ENUM:
        raise DecisionError(f"{where}: {name}: expected an enum or a boolean, whose values can all be listed.")
    return definition.values


def _cells(sent: object, words: list[tuple[str, ...]], where: Place) -> dict[tuple[str, ...], object]:
    """Give what was sent by its keys; DecisionError where a combination is missing, or is none."""
    first, *others = words
    if not isinstance(sent, Mapping):
        raise DecisionError(f"{where}: expected one entry for each of {', '.join(first)}.")
    row = cast("Mapping[str, object]", sent)
    if missing := [word for word in first if word not in row]:
        raise DecisionError(f"{where}: nothing is said for {', '.join(missing)}; every combination needs its value.")
    if strange := next((word for word in row if word not in first), None):
        expected = f"there are {', '.join(first)}{did_you_mean(strange, list(first))}"
        raise DecisionError(f"{where}: {strange}: no such value; {expected}.")
    if not others:
        return {(word,): row[word] for word in first}
    return {(word, *keys): value for word in first for keys, value in _cells(row[word], others, where.at(word)).items()}


def _parameter(
    row: _ParameterRow, sent: object, clauses: tuple[ClauseRef, ClauseRef | None], where: Place
) -> Parameter:
    value = _value(row, sent, where)
    return Parameter(
        name=row.name,
        type=row.type,
        value=value,
        unit=row.unit,
        values=row.values,
        currency=value.currency if isinstance(value, Money) else None,
        owner=row.owner,
        clause=clauses[0],
        law=clauses[1],
        reference=row.reference,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        line=where.line,
    )


def _value(row: _ParameterRow, sent: object, where: Place) -> FactValue:
    try:
        return parse_value(row, Decimal(sent) if row.type is FactType.NUMBER and isinstance(sent, str) else sent)
    except ValueRefusedError as refused:
        raise DecisionError(f"{where}: {refused}.") from refused
    except ArithmeticError as error:
        raise DecisionError(f"{where}: '{sent}' is not a number.") from error
