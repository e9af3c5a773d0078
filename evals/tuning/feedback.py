"""Turns a file of reviewed feedback into judgements of clauses and chunks by question; what is malformed is an error.

A line is one JSON object: a `question`, the `clause_id` (`document#clause`) or `chunk_id` (`revision:start-end`) that
was judged, whether it is `relevant`, and where known the `reviewer` and the instant (`at`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, ValidationError, model_validator

from evals.datasets import EvaluationError
from retrieval.corpus import Value


@dataclass(frozen=True, slots=True)
class Named:
    """What a judgement is about: a clause or a chunk, by its id."""

    kind: Literal["clause_id", "chunk_id"]
    id: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was said of it, by whom where that is known, and on which line of the file."""

    relevant: bool
    line: int
    reviewer: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """All judgements of a file, by question and what is judged; a question's white space is that between words."""

    path: Path
    questions: Mapping[str, Mapping[Named, Opinion]]

    @property
    def answered(self) -> int:
        """How many questions have something relevant, which is what there is to learn from."""
        return sum(any(one.relevant for one in judged.values()) for judged in self.questions.values())


def read_feedback(path: Path) -> Feedback:
    """Read JSON Lines; EvaluationError names the lines that are malformed or contradict each other, and the remedy."""
    if not path.is_file():
        raise EvaluationError(f"{path} is no file; give the feedback as JSON Lines, one judgement a line.")
    gathered = _Gathered()
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    gathered.add(number, line)
    except UnicodeDecodeError:
        raise EvaluationError(f"{path} is not UTF-8; export it as UTF-8.") from None
    refuse(path, gathered.problems)
    if not gathered.questions:
        raise EvaluationError(f"{path} has no judgement in it; write one JSON object a line, such as {_EXAMPLE}.")
    return Feedback(path, gathered.questions)


def refuse(path: Path, problems: Sequence[str]) -> None:
    """Raise one EvaluationError for the problems of a file, with the first of them and the number of the others."""
    if problems:
        more = len(problems) - _SHOWN
        rest = [f"and {more} more"] if more > 0 else []
        raise EvaluationError("\n  ".join([f"{path} cannot be learned from:", *problems[:_SHOWN], *rest]))


_SHOWN: Final = 10
_EXAMPLE: Final = '{"question": "When is a refund due?", "clause_id": "refunds#2.1", "relevant": true}'


def _instant(written: object) -> object:
    """Refuse a number, which would be read as seconds since 1970."""
    if isinstance(written, str):
        return written
    raise ValueError("expected an instant such as 2026-11-22T09:30:00Z, or leave it out")


class _Line(Value):
    """One judgement as it is written."""

    question: str = Field(max_length=100_000)
    clause_id: str | None = None
    chunk_id: str | None = None
    relevant: StrictBool
    reviewer: str | None = None
    at: Annotated[datetime, BeforeValidator(_instant)] | None = None

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.clause_id is None) == (self.chunk_id is None):
            raise ValueError("name what was judged by clause_id or by chunk_id, one of the two")
        if self.clause_id is not None and not all(self.clause_id.partition("#")):
            raise ValueError("clause_id: expected document#clause, as in refunds#2.1")
        if not any(sign.isprintable() and not sign.isspace() for sign in self.question):
            raise ValueError("question: has no words; write what was asked")
        return self

    @property
    def named(self) -> Named:
        if self.clause_id is not None:
            return Named("clause_id", self.clause_id)
        return Named("chunk_id", self.chunk_id or "")


@dataclass(slots=True)
class _Gathered:
    """Judgements and problems of the lines read so far."""

    questions: dict[str, dict[Named, Opinion]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        try:
            read = _Line.model_validate(json.loads(line))
        except ValidationError as problem:
            self.problems += [f"line {number}: {one}." for one in _told(problem)]
        except (ValueError, RecursionError) as problem:  # also what is nested too deep, or a number too long to read
            told = problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)
            self.problems.append(f"line {number}: not JSON ({told}); write one JSON object a line.")
        else:
            self._judge(" ".join(read.question.split()), read.named, Opinion(read.relevant, number, read.reviewer))

    def _judge(self, question: str, named: Named, opinion: Opinion) -> None:
        before = self.questions.setdefault(question, {}).setdefault(named, opinion)
        if before.relevant != opinion.relevant:
            told = f"lines {before.line}{_by(before)} and {opinion.line}{_by(opinion)}"
            self.problems.append(
                f"{told}: {named.id} is both relevant and not for one question; settle it, and keep one of the lines."
            )


def _by(opinion: Opinion) -> str:
    return f" ({opinion.reviewer})" if opinion.reviewer else ""


def _told(problem: ValidationError) -> list[str]:
    """Say of each field what is wrong with it, and which fields there are where one is unknown."""
    told: list[str] = []
    for one in problem.errors(include_url=False):
        place = ".".join(map(str, one["loc"]))
        words = {
            "missing": "is missing; it is needed in every line",
            "extra_forbidden": f"is not known; known are {', '.join(_Line.model_fields)}",
            "model_type": f"expected a JSON object, such as {_EXAMPLE}",
            "bool_type": "expected true or false, without quotes",
        }.get(one["type"], one["msg"].removeprefix("Value error, "))
        told.append(f"{place}: {words}" if place else words)
    return told
