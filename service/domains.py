"""Turns a pack into what somebody who writes a case has to know: its facts, and an example."""

import json
from collections.abc import Mapping
from typing import cast

from pydantic import Field, JsonValue

from decision.facts import FactDefinition
from decision.pack import DomainPack
from decision.schema import plain
from retrieval.corpus import Value


class FactOffer(Value):
    """A fact that a case may have."""

    name: str
    title: str
    type: str
    unit: str | None = None
    values: tuple[str, ...] = Field(default=(), description="What it may be, where that is a closed list.")
    minimum: str | None = None
    maximum: str | None = None
    required: bool = Field(description="Whether a case without it is refused.")
    assumed: str | None = Field(default=None, description="What is assumed when it is missing, if anything.")
    ask: str | None = Field(default=None, description="The question to put when it is missing.")


class Domain(Value):
    """A domain that is installed, with the facts of its cases and a case that can be decided."""

    name: str
    title: str
    version: str
    dated_by: str | None = Field(description="The fact that dates a case without `as_of`; null: today.")
    facts: tuple[FactOffer, ...]
    example: Mapping[str, JsonValue]


def domain_of(pack: DomainPack) -> Domain:
    """Describe a pack; derived facts are left out, for nobody sends them."""
    definitions = pack.schema.definitions.values()
    return Domain(
        name=pack.name,
        title=pack.title,
        version=pack.version,
        dated_by=pack.dated_by,
        facts=tuple(_offer(definition) for definition in definitions if not definition.derived),
        example=_example(pack),
    )


def _offer(definition: FactDefinition) -> FactOffer:
    return FactOffer(
        name=definition.name,
        title=definition.title,
        type=definition.type.value,
        unit=definition.unit or definition.currency,
        values=definition.values,
        minimum=None if definition.minimum is None else f"{definition.minimum:f}",
        maximum=None if definition.maximum is None else f"{definition.maximum:f}",
        required=definition.required,
        assumed=plain(definition.default),
        ask=definition.ask,
    )


def _example(pack: DomainPack) -> Mapping[str, JsonValue]:
    found = sorted((pack.folder / "examples").glob("*.json"))
    return cast("Mapping[str, JsonValue]", json.loads(found[0].read_text(encoding="utf-8"))) if found else {}
