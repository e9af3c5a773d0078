"""Turns an owner's request into confirmations of the words that clauses have now, and stores them."""

import os
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field

from decision.decision import ClauseRef
from decision.pack import DomainPack
from decision.values import did_you_mean
from retrieval.corpus import Value
from retrieval.scope import ReadScope
from service.confirmations import Confirmation
from service.drift import PolicyTexts
from service.errors import ConflictError, InvalidInputError
from service.reader import Reader
from service.records import sortable_id

_LARGEST: Final = 2**63 - 1


class ConfirmationRequest(Value):
    """Who confirms that the rules of a pack still encode these clauses, and why."""

    pack: str = Field(min_length=1, max_length=100)
    clauses: tuple[str, ...] = Field(
        min_length=1, max_length=1_000, description="Clauses that the pack encodes, as document#key."
    )
    owner: str = Field(min_length=1, max_length=200, pattern=r"\S", description="Who has read the words and confirms.")
    because: str = Field(
        min_length=1, max_length=10_000, pattern=r"\S", description="Why the rules still say what the words say."
    )
    generation: int | None = Field(
        default=None,
        ge=0,
        le=_LARGEST,
        description="The generation at which the words were read; refused when they have changed since.",
    )


async def confirm_words(
    request: ConfirmationRequest, packs: Mapping[str, DomainPack], texts: PolicyTexts, reader: Reader
) -> tuple[Confirmation, ...]:
    """Confirm the words that stand there now, all or none; returns what was stored: nothing for words confirmed before.

    Raises InvalidInputError for a clause that the pack does not encode or that is not there for this reader, and
    ConflictError when its words are not those of the generation at which they were read.
    """
    pack = _chosen(request.pack, packs)
    clauses = [_encoded(clause, pack) for clause in dict.fromkeys(request.clauses)]
    scope = await reader.scope()
    current = await texts.hashes(pack, scope)
    if gone := [str(clause) for clause in clauses if clause not in current]:
        raise InvalidInputError(
            f"clauses: {', '.join(gone)}: no such clause is there for you at generation {scope.generation}; ingest "
            "its document, or let the rules cite the clause that has its words now."
        )
    if request.generation is not None:
        read = await texts.hashes(pack, _at(scope, request.generation))
        _refuse_other_words(clauses, read, current)
    confirmed = await texts.confirmed(pack, scope)
    now = reader.now()
    made = tuple(
        Confirmation(
            id=sortable_id("conf", now, os.urandom(10)),
            tenant=scope.tenant,
            pack=pack.name,
            clause=str(clause),
            text_sha256=current[clause],
            rulebook_version=pack.rulebook.version,
            generation=scope.generation,
            confirmed_by=request.owner.strip(),
            because=request.because.strip(),
            at=now,
        )
        for clause in clauses
        if not pack.rulebook.confirms(clause, current[clause], confirmed)
    )
    await texts.confirmations.confirm(made)
    return made


def _chosen(name: str, packs: Mapping[str, DomainPack]) -> DomainPack:
    if name not in packs:
        known = ", ".join(packs) or "none"
        raise InvalidInputError(f"pack: expected one that is installed ({known}), not {name!r}.")
    return packs[name]


def _at(scope: ReadScope, generation: int) -> ReadScope:
    if generation > scope.generation:
        raise InvalidInputError(
            f"generation: expected at most {scope.generation}, the newest, not {generation}; read the words again."
        )
    return scope.model_copy(update={"generation": generation})


def _refuse_other_words(
    clauses: Sequence[ClauseRef], read: Mapping[ClauseRef, str], current: Mapping[ClauseRef, str]
) -> None:
    other = [str(clause) for clause in clauses if read.get(clause) != current[clause]]
    if other:
        raise ConflictError(
            f"The words of {', '.join(other)} have changed since; read them again. Nothing was confirmed."
        )


def _encoded(clause: str, pack: DomainPack) -> ClauseRef:
    known = {str(one): one for one in pack.rulebook.clauses()}
    if clause not in known:
        hint = did_you_mean(clause, sorted(known))
        raise InvalidInputError(f"clauses: {clause}: no rule or parameter of {pack.name} encodes it{hint}.")
    return known[clause]
