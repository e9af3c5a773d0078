"""`toulmin reconsider`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from decision.facts import Problem
from service.cli.console import emit
from service.cli.decisions import document_of, once_learned, read_case, write_report
from service.cli.opening import commands
from service.errors import InvalidFieldsError
from service.present.terminal import decision_view
from service.reconsideration import Reconsideration
from service.settings import read_settings

_WHOLE = ("case", "comparables", "sales", "because")


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent against a decision; a file may hold a whole request or the corrected facts alone."""

    decision_id: str
    case: Path | None
    comparables: tuple[str, ...]

    def asked(self) -> Reconsideration:
        """Read the file and add the comparables named beside it; InvalidFieldsError names every field that is wrong."""
        document: Mapping[str, JsonValue] = read_case(self.case) if self.case else {}
        whole: Mapping[str, JsonValue] = document if set(document) & set(_WHOLE) else {"case": dict(document)}
        named = whole.get("comparables")
        before = named if isinstance(named, list) else []
        try:
            return Reconsideration.model_validate({**whole, "comparables": [*before, *self.comparables]})
        except ValidationError as error:
            raise InvalidFieldsError([_problem(item["loc"], item["msg"]) for item in error.errors()]) from None


async def reconsider(sent: Sent, *, as_json: bool, html: Path | None) -> None:
    """Decide anew, print what changed and the new decision, and write the report where one is wanted."""
    asked = sent.asked()
    async with commands(read_settings(), "toulmin reconsider") as working:
        released = await once_learned(lambda: working.reconsider(sent.decision_id, asked))
    emit(document_of(released), decision_view(document_of(released)), as_json=as_json)
    write_report(released, html)


def _problem(place: tuple[int | str, ...], message: str) -> Problem:
    field = ".".join(str(part) for part in place)
    if message.startswith("Extra inputs"):
        return Problem(field, f"one of {', '.join(_WHOLE)}", "rename or remove it; facts belong into 'case'")
    return Problem(field, message.removeprefix("Input should be "), "correct it in the file")
