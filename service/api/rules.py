"""The policy that decides, what of it is stale, and its confirmation, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, status
from fastapi.openapi.models import Example

from decision.registry import packs
from service.api.running import Running
from service.confirmations import Confirmation
from service.confirming import ConfirmationRequest, confirm_words
from service.reader import Day
from service.rules_check import PackPolicy, policy_of

router = APIRouter(prefix="/v1/rules", tags=["rules"])


def _example() -> dict[str, Example]:
    """Write an example about a clause that an installed pack encodes, so that it can be sent as it stands."""
    encoding = (pack for pack in packs().values() if pack.rulebook.clauses())
    return {
        f"{pack.name}: an owner confirms a clause": Example(
            summary=f"{pack.title}: the rules still say what the clause says",
            value={
                "pack": pack.name,
                "clauses": [min(map(str, pack.rulebook.clauses()))],
                "owner": "ada",
                "because": "A comma was added; the meaning is the same.",
            },
        )
        for pack in encoding
    }


@router.get("", summary="List rules and parameters, and which of them are stale")
async def rules(running: Running, as_of: Annotated[Day | None, Query()] = None) -> list[PackPolicy]:
    """List the policy of every pack with its owners and clauses, and what changed in the words of stale clauses."""
    scope = await running.reader.scope(as_of)
    return [await policy_of(pack, running.policy_texts, scope) for pack in running.packs.values()]


@router.get("/confirmations", summary="List what owners confirmed")
async def confirmations(
    running: Running, pack: Annotated[str | None, Query(description="One pack (default: all).")] = None
) -> list[Confirmation]:
    """List confirmations, latest first."""
    return await running.confirmations.confirmations(running.settings.tenant, pack)


@router.post(
    "/confirmations", summary="Confirm that rules still encode their clauses", status_code=status.HTTP_201_CREATED
)
async def confirm(
    running: Running, request: Annotated[ConfirmationRequest, Body(openapi_examples=_example())]
) -> list[Confirmation]:
    """Confirm the words that these clauses have now; what is returned was stored and is in the log.

    Words that are confirmed already are left out. 409 when the words have changed since the `generation` at which they
    were read.
    """
    return list(await confirm_words(request, running.packs, running.policy_texts, running.reader))
