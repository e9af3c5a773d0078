"""The numbers of a policy, dated and referenced, apart from its logic: one by one, and those in force on a date."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

from decision.decision import ClauseRef, ParameterUse
from decision.facts import DecisionError, FactType, FactValue, Money
from decision.values import did_you_mean, plain
from retrieval.corpus import Value

Kind = TypeVar("Kind", Decimal, Money, timedelta, str)


def in_table(table: str, *keys: str) -> str:
    """Name the parameter that a table has under some keys: `free_bags[gold, economy]`."""
    return f"{table}[{', '.join(keys)}]"


class Parameter(Value):
    """One number (or word) of a policy during one period, with the clause it comes from and the law behind that.

    One that is found by `keys` in a `table` has both in its name: `free_bags[gold, economy]`.
    """

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
    table: str | None = None
    keys: tuple[str, ...] = ()
    line: int = 0

    @property
    def family(self) -> str:
        """The name by which rules know it: its own, or that of its table."""
        return self.table or self.name

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

    @property
    def families(self) -> frozenset[str]:
        """The names of the parameters and tables that rules may name."""
        return frozenset(entry.family for entry in self.entries.values())

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

    def use(self, name: str, laws: Collection[ClauseRef] = ()) -> ParameterUse:
        """State a parameter as it is in force, to be shown; DecisionError when there is none of this name.

        Where the law that it comes from is one of `laws`, it is stated with the clause of the law.
        """
        entry = self.entry(name)
        clause = entry.law if entry.law is not None and entry.law in laws else entry.clause
        return ParameterUse(name=name, value=entry.words(), clause=clause, reference=entry.reference)

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
    """Something that is in force during a period, and stands on a line of a file."""

    @property
    def effective_from(self) -> date:
        """The first day it is in force."""
        ...

    @property
    def effective_to(self) -> date | None:
        """The first day it is no longer in force; None for never."""
        ...

    @property
    def line(self) -> int:
        """The line that it begins on."""
        ...


DatedEntry = TypeVar("DatedEntry", bound=Dated)


def in_force(entries: Iterable[DatedEntry], day: date) -> list[DatedEntry]:
    """Select what is in force on a day."""
    return [
        entry
        for entry in entries
        if entry.effective_from <= day and (entry.effective_to is None or day < entry.effective_to)
    ]


def refuse_overlaps(entries: Sequence[DatedEntry], name: str, path: Path) -> None:
    """Refuse periods that are empty, and two entries of one name on one day."""
    following = sorted(entries, key=lambda entry: entry.effective_from)
    for entry in following:
        if entry.effective_to is not None and entry.effective_to <= entry.effective_from:
            what = f"effective_to {entry.effective_to} is not after effective_from"
            raise DecisionError(f"{path}:{entry.line}: {name}: {what}.")
    for entry, after in pairwise(following):
        if entry.effective_to is None or entry.effective_to > after.effective_from:
            raise DecisionError(
                f"{path}:{after.line}: {name}: two entries are in force on {after.effective_from}; "
                f"end the earlier with effective_to = {after.effective_from}."
            )
