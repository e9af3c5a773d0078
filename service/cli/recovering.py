"""`toulmin recover`: reads who was booked on a flight, has it recovered, and prints the plan."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from pydantic import ValidationError

from decision.recovery.flights import CABINS, Cabin
from decision.recovery.parties import Passenger
from decision.recovery.preferences import Preferences
from service.cli.console import emit
from service.cli.opening import commands
from service.errors import InvalidInputError
from service.present.recovery import recovery_view
from service.recovering import RecoveryRequest
from service.settings import read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked on the command line."""

    flight: str
    day: date
    passengers: Path | None
    origin: str | None
    seats: tuple[str, ...]
    operating: bool
    connection: int
    hours: int
    split: bool
    as_of: date | None

    def request(self) -> RecoveryRequest:
        """Read the passengers and the assumptions; InvalidInputError says what is wrong, and in which line."""
        preferences = Preferences(
            minimum_connection_min=self.connection,
            longest_connection_min=max(480, self.connection),
            horizon_hours=self.hours,
            assumed_seats=_seats(self.seats),
            assumed_operating=self.operating,
        )
        try:
            return RecoveryRequest(
                flight=self.flight,
                date=self.day,
                origin=self.origin,
                passengers=read_passengers(self.passengers) if self.passengers else (),
                split=self.split,
                preferences=preferences,
                as_of=self.as_of,
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInputError(f"--{first['loc'][0]}: {first['msg']}; correct it.") from None


async def recover(asked: Asked, *, as_json: bool) -> None:
    """Recover and print; what the solver says goes to standard error, so that the document stands alone."""
    request = asked.request()
    with _solver_apart():
        async with commands(read_settings(), "toulmin recover") as working:
            recovery = await working.recover(request)
    emit(recovery.model_dump(mode="json"), recovery_view(recovery), as_json=as_json)


def read_passengers(path: Path) -> tuple[Passenger, ...]:
    """Read `{"passengers": [...]}`, or the list alone; InvalidInputError names the line and the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInputError(f"--passengers: there is no file {path}; name a JSON file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"--passengers: {path} cannot be read ({error}); name a JSON file in UTF-8.") from error
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"--passengers: {path} is not JSON (line {error.lineno}, column {error.colno}: {error.msg}); correct it."
        ) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"--passengers: {path} cannot be read ({error}); write plain JSON.") from None
    listed = cast("dict[str, object]", document).get("passengers") if isinstance(document, dict) else document
    if not isinstance(listed, list) or not listed:
        raise InvalidInputError(
            f'--passengers: {path} has no passengers; write {{"passengers": [{{"id": "P1"}}]}}, with at least one.'
        )
    rows, lines = cast("list[object]", listed), _lines(text)
    return tuple(_passenger(path, row, lines[at] if at < len(lines) else 1) for at, row in enumerate(rows))


def _passenger(path: Path, row: object, line: int) -> Passenger:
    try:
        return Passenger.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "passenger"
        known = f"; there are {', '.join(Passenger.model_fields)}" if first["type"] == "extra_forbidden" else ""
        raise InvalidInputError(f"--passengers: {path}, line {line}: {field}: {first['msg']}{known}.") from None


def _lines(text: str) -> list[int]:
    """Give the line on which each passenger of a well-formed file begins."""
    at = text.find("[", text.find('"passengers"') if text.lstrip().startswith("{") else 0) + 1
    decoder, lines = json.JSONDecoder(), list[int]()
    while True:
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
        if at >= len(text) or text[at] == "]":
            return lines
        lines.append(text.count("\n", 0, at) + 1)
        _, at = cast("tuple[object, int]", decoder.raw_decode(text, at))


def _seats(given: tuple[str, ...]) -> dict[Cabin, int]:
    found: dict[Cabin, int] = {}
    for words in given:
        cabin, mark, number = words.partition("=")
        if cabin not in CABINS or not mark or not number.isdecimal() or int(number) > _MOST_SEATS:
            raise InvalidInputError(
                f"--assume-seats: expected CABIN=N, such as economy=4, with a cabin of {', '.join(CABINS)} and a "
                f"number from 0 to {_MOST_SEATS}, not {words!r}."
            )
        found[cabin] = int(number)
    return found


_MOST_SEATS: Final = 1_000


@contextmanager
def _solver_apart() -> Generator[None]:
    """Let what is written to descriptor 1, as the solver's library does at times, go to standard error meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
