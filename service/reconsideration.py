"""Turns corrections of an earlier decision, and sales proposed against it, into the request of a new decision."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, JsonValue

from decision.facts import Problem
from decision.pack import DomainPack
from retrieval.corpus import Value
from service.errors import ConflictError, InvalidFieldsError
from service.flow import DecisionRequest
from service.reader import Day
from service.records import ReleasedDecision

_MOST: Final = 20

_Words = Annotated[str, Field(min_length=1, max_length=300)]


class ProposedSale(Value):
    """A sale that is not among the records on file; a person verifies it, and it has no part in the number."""

    address: _Words = Field(description="Where the property stands.")
    sold_on: Day = Field(description="When it was sold.")
    price: Decimal = Field(gt=0, max_digits=14, decimal_places=2, description="The price, in the domain's currency.")
    source: _Words | None = Field(default=None, description="Where this is known from.")

    def __str__(self) -> str:
        known = f"; from {self.source}" if self.source else ""
        return f"{self.address}; sold {self.sold_on.isoformat()} for {self.price:,.2f}{known}"


class Reconsideration(Value):
    """What somebody sends against an earlier decision: corrected facts, sales to compare with, and why."""

    case: Mapping[str, JsonValue] = Field(
        default_factory=dict, description="Corrected facts; null takes a fact back.", examples=[{"living_area": 1900}]
    )
    comparables: tuple[_Words, ...] = Field(
        default=(), max_length=_MOST, description="Records of sales to be considered.", examples=[["ames-sales:58"]]
    )
    sales: tuple[ProposedSale, ...] = Field(
        default=(), max_length=_MOST, description="Sales that are not on file, for a person to verify."
    )
    because: str | None = Field(default=None, max_length=10_000, description="Why, in words; it decides nothing.")


def reconsidered(
    pack: DomainPack, earlier: ReleasedDecision, request: DecisionRequest, asked: Reconsideration
) -> DecisionRequest:
    """Give the earlier request with the corrections, on the earlier date unless a correction dates it anew.

    InvalidFieldsError for what cannot be corrected; ConflictError where nothing would be different.
    """
    if problems := tuple(_problems(pack, asked)):
        raise InvalidFieldsError(problems)
    facts: dict[str, JsonValue] = {**request.case, **asked.case}
    _propose(facts, "proposed_comparables", asked.comparables)
    _propose(facts, "proposed_sales", tuple(map(str, asked.sales)))
    as_of = _as_of(pack, earlier, request, asked)
    if as_of == earlier.as_of and _same(pack, request.case, facts, earlier.as_of):
        raise ConflictError(
            f"Decision {earlier.decision_id} rests on exactly these facts already; send what is different."
        )
    if _REFERENCE in pack.schema.definitions:
        facts[_REFERENCE] = earlier.decision_id
    return request.model_copy(update={"case": facts, "as_of": as_of})


_REFERENCE: Final = "reconsideration_of"
_PROPOSALS: Final = {"comparables": "proposed_comparables", "sales": "proposed_sales"}


def _problems(pack: DomainPack, asked: Reconsideration) -> Iterator[Problem]:
    if not (asked.case or asked.comparables or asked.sales):
        yield Problem("case", "a corrected fact, a comparable or a sale", "send what the earlier decision had wrong")
    for field, fact in _PROPOSALS.items():
        if getattr(asked, field) and fact not in pack.schema.definitions:
            yield Problem(field, f"nothing, for decisions of {pack.name} compare no sales", "remove it")
    if _REFERENCE in asked.case:
        yield Problem(f"case.{_REFERENCE}", "nothing, for it is the decision that this is sent against", "remove it")


def _propose(facts: dict[str, JsonValue], name: str, proposed: tuple[str, ...]) -> None:
    """Add proposals to those of earlier reconsiderations, each once."""
    before = facts.get(name)
    known = [str(one) for one in before] if isinstance(before, list) else []
    if proposed:
        facts[name] = list(dict.fromkeys((*known, *proposed)))


def _as_of(
    pack: DomainPack, earlier: ReleasedDecision, request: DecisionRequest, asked: Reconsideration
) -> date | None:
    return request.as_of if pack.dated_by in asked.case else earlier.as_of


def _same(pack: DomainPack, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue], as_of: date) -> bool:
    """Compare the cases as they are read, so that `1804` and `"1804"` are one value."""
    return pack.schema.read(pack.name, old, as_of).facts == pack.schema.read(pack.name, new, as_of).facts
