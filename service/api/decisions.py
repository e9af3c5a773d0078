"""Decisions over HTTP: decide a case, read a decision, have it explained."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from explain.explanation import Explanation
from service.api.examples import DECISION_EXAMPLES, RECONSIDERATION_EXAMPLES
from service.api.running import Owner, Running
from service.flow import DecisionRequest
from service.present.report import html_report
from service.reconsideration import Reconsideration
from service.records import ReleasedDecision

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

DecisionPath = Annotated[str, Path(description="Id of the decision.", examples=["dec_01JD5Z3GQ4V7XK2M9T8R6WBNCE"])]

IdempotencyHeader = Annotated[
    str | None, Header(max_length=200, description="The same key and request again gives the same decision.")
]


class DecisionLine(BaseModel):
    """One decision in a list."""

    decision_id: str
    domain: str
    status: str
    summary: str
    review_required: bool = Field(description="Whether a person must look before it is acted on.")


@router.post("", status_code=201, summary="Decide a case")
async def decide(
    running: Running,
    response: Response,
    request: Annotated[DecisionRequest, Body(openapi_examples=DECISION_EXAMPLES)],
    owner: Owner,
    idempotency_key: IdempotencyHeader = None,
) -> ReleasedDecision:
    """Decide a case and answer with the whole decision, once it is recorded.

    A review that it requires is queued. A case that cannot be read is refused with every field that is wrong.
    """
    released = await running.flow.decide(request, actor="cli" if owner else "api", idempotency_key=idempotency_key)
    response.headers["Location"] = f"/v1/decisions/{released.decision_id}"
    return released


@router.get("", summary="List decisions, latest first")
async def decisions(
    running: Running,
    domain: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[str | None, Query(description="Id of the decision to continue from.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[DecisionLine]:
    """List what was decided; a summary that quotes what the reader may not read is withheld."""
    found = await running.decisions(limit, domain=domain, before=before)
    return [
        DecisionLine(
            decision_id=one.decision_id,
            domain=one.domain,
            status=one.status,
            summary=one.summary,
            review_required=one.review.required,
        )
        for one in found
    ]


@router.get("/{decision_id}", summary="Read a decision")
async def decision(running: Running, decision_id: DecisionPath) -> ReleasedDecision:
    """Give the decision exactly as it was recorded; its hash is checked first."""
    return await running.decision(decision_id)


@router.get("/{decision_id}/explanation", summary="Why it was decided so")
async def explanation(running: Running, decision_id: DecisionPath) -> Explanation:
    """Give the reasons in order, every rule that was looked at, and the same in prose."""
    return (await running.decision(decision_id)).explanation


@router.post("/{decision_id}/reconsiderations", status_code=201, summary="Have a decision reconsidered")
async def reconsider(
    running: Running,
    response: Response,
    decision_id: DecisionPath,
    asked: Annotated[Reconsideration, Body(openapi_examples=RECONSIDERATION_EXAMPLES)],
    owner: Owner,
    idempotency_key: IdempotencyHeader = None,
) -> ReleasedDecision:
    """Decide the case anew with corrected facts or proposed sales, and say what changed; the earlier one stays.

    A proposed record is a candidate like any other. A sale that is not on file has no part in the number and sends the
    case to a person.
    """
    released = await running.reconsider(
        decision_id, asked, actor="cli" if owner else "api", idempotency_key=idempotency_key
    )
    response.headers["Location"] = f"/v1/decisions/{released.decision_id}"
    return released


@router.get("/{decision_id}/report", summary="The decision as a page", response_class=HTMLResponse)
async def report(running: Running, decision_id: DecisionPath) -> HTMLResponse:
    """Give one self-contained HTML page."""
    released = await running.decision(decision_id)
    return HTMLResponse(await asyncio.to_thread(html_report, released.model_dump(mode="json")))
