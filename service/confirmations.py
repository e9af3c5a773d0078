"""Turns an owner's word that rules still encode a changed clause into what is stored and told of it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

from pydantic import Field, JsonValue

from retrieval.corpus import DEFAULT_TENANT, Value
from service.audit import Event, Instant
from service.records import Sha256, canonical


class Confirmation(Value):
    """Somebody's word that the rules of a pack still encode a clause that has other words now.

    It counts for these words under this version of the rule book, in decisions at this generation or a later one.
    """

    id: str
    tenant: str = DEFAULT_TENANT
    pack: str
    clause: str = Field(description="The clause, as document#key.")
    text_sha256: Sha256 = Field(description="SHA-256 of the words that were confirmed.")
    rulebook_version: str = Field(description="Hash of the rules and parameters that encode them.")
    generation: int = Field(ge=0, description="The generation at which the words were read.")
    confirmed_by: str = Field(min_length=1, max_length=200)
    because: str = Field(min_length=1, max_length=10_000)
    at: Instant


def confirmation_bytes(confirmation: Confirmation) -> bytes:
    """Serialise a confirmation in the one way that is stored and hashed."""
    return canonical(cast("JsonValue", confirmation.model_dump(mode="json")))


def told(confirmation: Confirmation) -> Event:
    """Make the event that tells of a confirmation, bound to it by its hash."""
    payload: Mapping[str, JsonValue] = {
        "confirmation_sha256": sha256(confirmation_bytes(confirmation)).hexdigest(),
        "tenant": confirmation.tenant,
        "pack": confirmation.pack,
        "clause": confirmation.clause,
        "text_sha256": confirmation.text_sha256,
        "rulebook_version": confirmation.rulebook_version,
        "generation": confirmation.generation,
    }
    return Event(
        at=confirmation.at,
        kind="rules_confirmed",
        subject=confirmation.id,
        actor=confirmation.confirmed_by,
        payload=payload,
    )
