"""`toulmin decide` and `toulmin explain`."""

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from pydantic import JsonValue, ValidationError

from decision.facts import InvalidCaseError, Problem
from service.bootstrap import records
from service.cli.console import emit, err
from service.cli.opening import commands
from service.errors import InvalidInputError, LearningError
from service.flow import DecisionRequest
from service.present.report import html_report
from service.present.terminal import decision_view, explanation_view
from service.records import ReleasedDecision
from service.settings import read_settings

_WHOLE = ("domain", "case", "question", "as_of")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked on the command line; a file may hold a whole request or the facts alone."""

    domain: str | None
    case: Path | None
    question: str | None
    as_of: date | None

    def request(self) -> DecisionRequest:
        """Read the file and let the options win over it; InvalidInputError or InvalidCaseError says what is wrong."""
        document: Mapping[str, JsonValue] = read_case(self.case) if self.case else {}
        whole: Mapping[str, object] = document if "case" in document or "domain" in document else {"case": document}
        stated = {name: value for name in _WHOLE if (value := getattr(self, name)) is not None and name != "case"}
        try:
            return DecisionRequest.model_validate({**whole, **stated})
        except ValidationError as error:
            raise InvalidCaseError(tuple(_problem(item["loc"], item["msg"]) for item in error.errors())) from None


async def decide(asked: Asked, *, as_json: bool, html: Path | None) -> None:
    """Decide, print, and write the report where one is wanted."""
    request = asked.request()
    async with commands(read_settings(), "toulmin decide") as working:
        released = await once_learned(lambda: working.decide(request))
    emit(document_of(released), decision_view(document_of(released)), as_json=as_json)
    write_report(released, html)


async def once_learned(decide: Callable[[], Awaitable[ReleasedDecision]]) -> ReleasedDecision:
    """Decide, and where a model has to be learned first, wait for it and say so."""
    while True:
        try:
            return await decide()
        except LearningError as error:
            err.print(str(error).partition(" Ask again")[0] + ". Waiting.")


async def explain(decision_id: str, *, as_json: bool, html: Path | None) -> None:
    """Explain a recorded decision."""
    async with records(read_settings()) as running:
        released = await running.decision(decision_id)
    emit(released.explanation.model_dump(mode="json"), explanation_view(document_of(released)), as_json=as_json)
    write_report(released, html)


def write_report(released: ReleasedDecision, html: Path | None) -> None:
    """Write the report of a decision where one is wanted."""
    if html is not None:
        _write(html, html_report(document_of(released)))
        err.print(f"Report: {html}")


def document_of(released: ReleasedDecision) -> dict[str, JsonValue]:
    """Give a decision as JSON."""
    return cast("dict[str, JsonValue]", released.model_dump(mode="json"))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"--html: {path} cannot be written ({error.strerror}); name another file.") from error


def read_case(path: Path) -> Mapping[str, JsonValue]:
    """Read the JSON object in a file or on standard input; InvalidInputError says what is wrong with it."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInputError(f"--case: there is no file {path}; name a JSON file with the facts.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"--case: {path} cannot be read ({error}); name a JSON file in UTF-8.") from error
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"--case: {path} is not JSON (line {error.lineno}, column {error.colno}: {error.msg}); correct it there."
        ) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"--case: {path} cannot be read ({error}); write plain JSON facts.") from None
    if not isinstance(document, dict):
        raise InvalidInputError(f'--case: {path} holds no JSON object; write the facts as {{"name": value}}.')
    return cast("Mapping[str, JsonValue]", document)


def _problem(place: tuple[int | str, ...], message: str) -> Problem:
    field = ".".join(str(part) for part in place)
    if field == "domain":
        return Problem(field, "the name of a domain", "name one with --domain or in the file: see `toulmin domains`")
    if message.startswith("Extra inputs"):
        return Problem(field, f"one of {', '.join(_WHOLE)}", "rename or remove it; facts belong into 'case'")
    return Problem(field, message.removeprefix("Input should be "), "correct it in the case file")
