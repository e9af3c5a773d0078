"""The facts of a case: typed values with provenance, read strictly from what a caller sends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from retrieval.corpus import Value


class DecisionError(Exception):
    """A case, rule or pack is unusable; the message says what happened and what to do."""


class Money(Value):
    """An amount in one currency (ISO 4217); amounts of different currencies are never compared or added."""

    value: Decimal
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    def __str__(self) -> str:
        if self.value == self.value.to_integral_value():
            return f"{self.currency} {self.value:,.0f}"
        cents = f"{self.value:,.2f}"
        is_exact = Decimal(cents.replace(",", "")) == self.value
        return f"{self.currency} {cents if is_exact else f'{self.value:,f}'}"


FactValue = bool | Decimal | str | date | datetime | timedelta | Money | tuple[str, ...]
"""What a fact can be; `None` stands for unknown, never for no."""


class FactType(StrEnum):
    """The types that facts and parameters are declared with."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    DURATION = "duration"
    ENUM = "enum"
    STRING = "string"
    LIST = "list"


Provenance = Literal["given", "record", "evidence", "derived", "assumed"]


class FactDefinition(Value):
    """One fact of a domain, as declared in the pack's `facts.toml`.

    `default` is what may be assumed when the fact is missing, and `default_reason` why that is fair; `alternatives` are
    the other values an assumption is tested with. `ask` is the question to put, and to whom. A `required` fact must be
    sent. A number's `step` is a correction that explanations tell the worth of; what is `within_reach` somebody in the
    case may still choose or bring about, and explanations look for ways that begin there. `derived` facts come from
    code, from conclusions, or from the function that `derivation` names, applied to the facts that `inputs` names; they
    may not be sent. A `past` date or instant may not lie after the date of the decision.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: FactType
    title: str
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None
    required: bool = False
    derived: bool = False
    past: bool = False
    default: FactValue | None = None
    default_reason: str | None = None
    alternatives: tuple[FactValue, ...] = ()
    step: Decimal | None = None
    within_reach: bool = False
    ask: str | None = None
    example: FactValue | None = None
    derivation: str | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A value in a case, where it came from, and what shows it (a record or clause, when there is one).

    A fact that nobody knows has the value None, whatever its provenance.
    """

    name: str
    value: FactValue | None
    provenance: Provenance
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One situation to be decided, as of a date; `question` is the caller's own words, which decide nothing."""

    domain: str
    as_of: date
    facts: Mapping[str, Fact]
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: the field, what was expected, and what to do."""

    field: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}; {self.remedy}"


class InvalidCaseError(DecisionError):
    """A case was refused; `problems` name every field that is wrong, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems
