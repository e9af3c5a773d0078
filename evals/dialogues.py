"""Turns the file of a dialogue dataset into tasks: a last question, the ones before it, and whether it can be answered.

The layout is that of MTRAG: `NAME.jsonl` with the dialogues, `passages.jsonl` with everything that may be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.datasets import EvaluationError, Passage, read_passages, read_rows

Answerability = Literal["ANSWERABLE", "PARTIAL", "UNANSWERABLE", "UNDERSPECIFIED"]
LABELS: tuple[Answerability, ...] = get_args(Answerability)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The last question of a dialogue, its earlier questions (latest last), its label, and the passages that answer."""

    question: str
    earlier: tuple[str, ...]
    answerability: Answerability
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class DialogueSet:
    """Passages by id, and the tasks asked of them."""

    corpus: Mapping[str, Passage]
    dialogues: tuple[Dialogue, ...]


def read_dialogues(folder: Path, split: str) -> DialogueSet:
    """Read a split and its closed pool of passages; turns that are not the user's are left out."""
    path = folder / f"{split}.jsonl"
    dialogues = tuple(_dialogue(row, path) for row in read_rows(path))
    corpus = {key: passage for key, passage in read_passages(folder / "passages.jsonl") if passage.text}
    if not dialogues or not corpus:
        raise EvaluationError(f"{folder}: the split {split} has no dialogue, or passages.jsonl has no words.")
    return DialogueSet(corpus, dialogues)


class _Turn(BaseModel):
    model_config = ConfigDict(frozen=True)

    speaker: str
    text: str


class _Task(BaseModel):
    model_config = ConfigDict(frozen=True)

    question: str
    history: tuple[_Turn, ...] = ()
    answerability: Answerability
    context_ids: tuple[str, ...] = ()


def _dialogue(row: Mapping[str, object], path: Path) -> Dialogue:
    try:
        task = _Task.model_validate(row)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(f"{path}: dialogue {row.get('_id')}: {place}: {first['msg']}.") from None
    earlier = tuple(turn.text for turn in task.history if turn.speaker == "user")
    return Dialogue(task.question, earlier, task.answerability, frozenset(task.context_ids))
