"""Turns `parameters.toml` into Parameters: the numbers of a policy, dated and referenced, apart from its logic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import Field

from decision.decision import ClauseRef, ParameterUse
from decision.facts import DecisionError, FactType, FactValue, Money
from decision.tables import checked, only_tables, read_tables, rows_of
from decision.values import ValueRefusedError, did_you_mean, parse_value, plain
from retrieval.corpus import Value

Kind = TypeVar("Kind", Decimal, Money, timedelta, str)


class Parameter(Value):
    """One number (or word) of a policy during one period, with the clause it comes from and the law behind that."""

    name: str
    type: FactType
    value: FactValue
    unit: str | None = None
    values: tuple[str, ...] = ()
    currency: str | None = None
    owner: str
    clause: ClauseRef
    law: ClauseRef | None = None
    reference: str | None
    effective_from: date
    effective_to: date | None

    def words(self) -> str:
        """Say the value in plain words, with its unit."""
        unit = f" {self.unit.replace('_', ' ')}" if self.unit else ""
        return f"{plain(self.value)}{unit}"


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters in force on one date, by name.

    `noted`, where there is one, receives the name of every parameter that code asks for.
    """

    as_of: date
    entries: Mapping[str, Parameter]
    values: Mapping[str, FactValue]
    noted: set[str] | None = None

    def number(self, name: str) -> Decimal:
        """Give a number; DecisionError when there is none of this name."""
        return self._typed(name, Decimal)

    def money(self, name: str) -> Money:
        """Give an amount; DecisionError when there is none of this name."""
        return self._typed(name, Money)

    def duration(self, name: str) -> timedelta:
        """Give a duration; DecisionError when there is none of this name."""
        return self._typed(name, timedelta)

    def text(self, name: str) -> str:
        """Give a word; DecisionError when there is none of this name."""
        return self._typed(name, str)

    def value(self, name: str) -> FactValue:
        """Give a value of whatever type; DecisionError when there is none of this name."""
        return self.entry(name).value

    def use(self, name: str) -> ParameterUse:
        """State a parameter as it is in force, to be shown; DecisionError when there is none of this name."""
        entry = self.entry(name)
        return ParameterUse(name=name, value=entry.words(), clause=entry.clause, reference=entry.reference)

    def entry(self, name: str) -> Parameter:
        """Give a parameter with its period and reference; DecisionError when there is none of this name."""
        if name not in self.entries:
            hint = did_you_mean(name, list(self.entries))
            raise DecisionError(f"No parameter '{name}' is in force on {self.as_of}; add it to parameters.toml{hint}.")
        if self.noted is not None:
            self.noted.add(name)
        return self.entries[name]

    def noting(self, noted: set[str]) -> "Parameters":
        """Give the same parameters, which add the name of each that code asks for to `noted`."""
        return replace(self, noted=noted)

    def _typed(self, name: str, kind: type[Kind]) -> Kind:
        value = self.value(name)
        if not isinstance(value, kind):
            raise DecisionError(f"Parameter '{name}' is of type {self.entries[name].type.value}, not {kind.__name__}.")
        return value


class Dated(Protocol):
    """Something that is in force during a period."""

    @property
    def effective_from(self) -> date:
        """The first day it is in force."""
        ...

    @property
    def effective_to(self) -> date | None:
        """The first day it is no longer in force; None for never."""
        ...


DatedEntry = TypeVar("DatedEntry", bound=Dated)


def in_force(entries: Iterable[DatedEntry], day: date) -> list[DatedEntry]:
    """Select what is in force on a day."""
    return [
        entry
        for entry in entries
        if entry.effective_from <= day and (entry.effective_to is None or day < entry.effective_to)
    ]


def refuse_overlaps(entries: Sequence[DatedEntry], name: str, where: str) -> None:
    """Refuse periods that are empty, and two entries of one name on one day."""
    following = sorted(entries, key=lambda entry: entry.effective_from)
    for entry in following:
        if entry.effective_to is not None and entry.effective_to <= entry.effective_from:
            raise DecisionError(f"{where}: {name}: effective_to {entry.effective_to} is not after effective_from.")
    for entry, after in pairwise(following):
        if entry.effective_to is None or entry.effective_to > after.effective_from:
            raise DecisionError(
                f"{where}: {name}: two entries are in force on {after.effective_from}; "
                f"end the earlier with effective_to = {after.effective_from}."
            )


def load_parameters(path: Path) -> tuple[Parameter, ...]:
    """Read `parameters.toml` (none, when there is no file); a DecisionError names the parameter and the field."""
    if not path.exists():
        return ()
    tables = read_tables(path)
    only_tables(tables, frozenset({"parameter"}), path)
    parameters = tuple(_parameter(row, path) for row in rows_of(tables, "parameter", path))
    for name in dict.fromkeys(parameter.name for parameter in parameters):
        periods = [parameter for parameter in parameters if parameter.name == name]
        refuse_overlaps(periods, name, str(path))
        if len({(parameter.type, parameter.currency) for parameter in periods}) > 1:
            raise DecisionError(f"{path}: {name}: its entries have different types or currencies.")
    return parameters


class _ParameterRow(Value):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: FactType
    value: Any
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


def _parameter(table: Mapping[str, object], path: Path) -> Parameter:
    where = f"{path}: parameter {table.get('name', 'without name')}"
    row = checked(_ParameterRow, table, where)
    is_quoted_number = row.type is FactType.NUMBER and isinstance(row.value, str)
    try:
        value = parse_value(row, Decimal(row.value) if is_quoted_number else row.value)
        clause, law = ClauseRef.parse(row.clause), ClauseRef.parse(row.law) if row.law else None
    except ValueRefusedError as refused:
        raise DecisionError(f"{where}: value: {refused}.") from refused
    except ArithmeticError as error:
        raise DecisionError(f"{where}: value: '{row.value}' is not a number.") from error
    except DecisionError as error:
        raise DecisionError(f"{where}: clause: {error}") from error
    return Parameter(
        name=row.name,
        type=row.type,
        value=value,
        unit=row.unit,
        values=row.values,
        currency=value.currency if isinstance(value, Money) else None,
        owner=row.owner,
        clause=clause,
        law=law,
        reference=row.reference,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
    )
