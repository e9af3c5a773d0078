"""Turns what a model finds wrong in a TOML file into words for the person who wrote the file."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_DATE: Final = "expected a date such as 2025-01-31, without quotes"
_NUMBER: Final = "expected a number"
_WORDS: Final[Mapping[str, str]] = {
    "missing": "is missing; add it",
    "literal_error": "expected {expected}",
    "string_type": "expected a text in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "tuple_type": 'expected a list such as ["a", "b"]',
    "list_type": 'expected a list such as ["a", "b"]',
    "too_short": "needs an entry at least",
    "model_type": "expected a table of keys and values",
    "dict_type": "expected a table of keys and values",
    "bool_type": "expected true or false, without quotes",
    "bool_parsing": "expected true or false, without quotes",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
_SHOWN: Final = 40


def problems(error: ValidationError, model: type[BaseModel]) -> str:
    """List what is wrong by key; what is said of a whole only because something in it is wrong is left out."""
    found = error.errors(include_url=False)
    # A list that loses its wrong entry is then found to be empty, which nobody made it.
    inside = {one["loc"][:length] for one in found for length in range(len(one["loc"]))}
    return "; ".join(
        f"{_place(one) or 'the file'}: {_said(one, model)}"
        for one in found
        if not one["loc"] or one["loc"] not in inside
    )


def _place(problem: ErrorDetails) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]).lstrip(".")


def _said(problem: ErrorDetails, model: type[BaseModel]) -> str:
    kind, given = problem["type"], cast("object", problem["input"])
    if kind == "extra_forbidden":
        return "is not a known key" + _meant(str(problem["loc"][-1]), model)
    if kind == "tuple_type" and isinstance(given, dict):
        return f"expected double brackets, [[{_place(problem)}]], around its name"
    words = _WORDS.get(kind)
    if words is None:
        return problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    said = words.format(**problem.get("ctx", {}))
    shown = said.startswith("expected") and isinstance(given, str | int | float)
    return f"{said}, not {_cut(str(given))!r}" if shown else said


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def _meant(key: str, model: type[BaseModel]) -> str:
    near = get_close_matches(key, sorted(set(_keys(model))), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from _keys(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """List the models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in cast("tuple[object, ...]", get_args(annotation)):
        yield from _models(part)
