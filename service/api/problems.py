"""Turns errors into RFC 9457 problem details, in this one place."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from decision.facts import DecisionError, InvalidCaseError
from explain.citations import CitationError
from ingestion.ports import IngestionError
from retrieval.ports import IndexUnavailableError, RetrievalError
from service.errors import (
    ConflictError,
    DeadlineError,
    ForbiddenError,
    InvalidFieldsError,
    InvalidInputError,
    LearningError,
    NotFoundError,
    ServiceError,
    StoreUnavailableError,
)

MEDIA_TYPE = "application/problem+json"

STATUS: Sequence[tuple[type[Exception], HTTPStatus]] = (
    (InvalidCaseError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (InvalidInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StoreUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (LearningError, HTTPStatus.SERVICE_UNAVAILABLE),
    (DeadlineError, HTTPStatus.GATEWAY_TIMEOUT),
    (IndexUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (RetrievalError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (DecisionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (IngestionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CitationError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (ServiceError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""What each expected error is over HTTP; the first type that fits."""


class FieldProblem(BaseModel):
    """One field that was wrong."""

    field: str = Field(description="Where it is.", examples=["case.living_area"])
    expected: str = Field(description="What was expected there.", examples=["a number from 100 to 20000"])
    remedy: str = Field(description="What to do.", examples=["send the area in square feet"])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details, with the fields that were wrong."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What happened and what to do.", examples=["The case was refused."])
    problems: list[FieldProblem] = Field(default_factory=list)


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDetails, "content": {MEDIA_TYPE: {}}, "description": words}
    for status, words in (
        (400, "The request cannot be parsed."),
        (404, "It does not exist, or not for this reader."),
        (409, "It contradicts what is stored."),
        (422, "It cannot be read; the problems name every field that is wrong."),
        (503, "A part that the answer needs cannot be used now."),
    )
}
"""What every route may answer besides its result."""


def add_problem_details(app: FastAPI) -> None:
    """Answer every expected error, and every refused request, with problem details."""

    async def expected(_: Request, error: Exception) -> JSONResponse:
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        if not isinstance(error, InvalidCaseError | InvalidFieldsError):
            return _answer(status, str(error), [])
        problems = [
            FieldProblem(field=_unicode(one.field), expected=_unicode(one.expected), remedy=_unicode(one.remedy))
            for one in error.problems
        ]
        refused = "case" if isinstance(error, InvalidCaseError) else "request"
        return _answer(status, f"The {refused} was refused.", problems)

    async def refused(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        return _answer(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The request does not have the expected shape.",
            [_from_validation(item) for item in error.errors()],
        )

    async def http(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        answer = _answer(HTTPStatus(error.status_code), str(error.detail), [])
        answer.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(sorted(_allowed(app, request)))
        return answer

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        del error  # it is logged with its traceback; a caller learns nothing about the inside
        return _answer(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something failed that should not have; nothing was recorded. The log of the service says what.",
            [],
        )

    app.add_exception_handler(Exception, unexpected)
    for kind, _status in STATUS:
        app.add_exception_handler(kind, expected)
    app.add_exception_handler(RequestValidationError, refused)
    app.add_exception_handler(HTTPException, http)


def _from_validation(item: dict[str, Any]) -> FieldProblem:
    place = ".".join(str(part) for part in item["loc"] if part != "body")
    return FieldProblem(
        field=_unicode(place) or "body", expected=_unicode(str(item["msg"])), remedy="see /docs for the shape"
    )


def _allowed(app: FastAPI, request: Request) -> set[str]:
    """Collect the methods of every route of a path; the framework names those of the first alone."""
    described = app.openapi()["paths"]
    patterns = {path: re.sub(r"\{\w+\}", "[^/]+", path) for path in described}
    return {
        method.upper()
        for path, pattern in patterns.items()
        if re.fullmatch(pattern, request.url.path)
        for method in described[path]
    }


def _answer(status: HTTPStatus, detail: str, problems: list[FieldProblem]) -> JSONResponse:
    body = ProblemDetails(title=status.phrase, status=status, detail=_unicode(detail), problems=problems)
    return JSONResponse(body.model_dump(mode="json"), status_code=status, media_type=MEDIA_TYPE)


def _unicode(words: str) -> str:
    """Replace what cannot be sent: half of a surrogate pair, which JSON lets a caller write."""
    return words.encode("utf-8", "replace").decode()
