"""Turns the files of a dataset into texts, questions, judgements and cases; what is absent or malformed is an error."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast


class EvaluationError(Exception):
    """A measurement could not be made; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Texts by id, questions by id, and for each question the grade of every judged text (0: not relevant)."""

    corpus: Mapping[str, str]
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


def read_retrieval_set(folder: Path, split: str, limit: int | None = None) -> RetrievalSet:
    """Read the BEIR layout: `corpus.jsonl`, `queries.SPLIT.jsonl`, `qrels/SPLIT.tsv`; the first `limit` questions.

    Questions without judgements are left out, for nothing can be said about them.
    """
    judgements = _judgements(folder / "qrels" / f"{split}.tsv")
    texts = {row: text for row, text in _texts(folder / "corpus.jsonl") if text}
    queries = {row: text for row, text in _texts(folder / f"queries.{split}.jsonl") if row in judgements}
    asked = dict(list(queries.items())[:limit])
    if not asked:
        raise EvaluationError(f"No question of {folder / f'queries.{split}.jsonl'} is judged in qrels/{split}.tsv.")
    return RetrievalSet(texts, asked, {query: judgements[query] for query in asked})


def read_rows(path: Path) -> Iterator[Mapping[str, object]]:
    """Read a JSON Lines file, one object a line."""
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            yield _object(line, f"{path}, line {number}")


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    for row in read_rows(path):
        identifier, text = row.get("_id"), row.get("text")
        if not isinstance(identifier, str) or not isinstance(text, str):
            raise EvaluationError(f"{path}: every line needs the strings _id and text; found {list(row)}.")
        yield identifier, text.strip()


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in csv.DictReader(_lines(path), delimiter="\t"):
        try:
            found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
        except (KeyError, TypeError, ValueError):
            expected = "tab-separated query-id, corpus-id and a whole number score"
            raise EvaluationError(f"{path}: expected {expected}; found {row}.") from None
    return found


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise EvaluationError(
            f"There is no file {path}; give the folder that holds the dataset, and one of its splits."
        )
    with path.open(encoding="utf-8", newline="") as lines:
        yield from lines


def _object(line: str, place: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(line)
    except json.JSONDecodeError as problem:
        raise EvaluationError(f"{place}: not JSON ({problem.msg}).") from None
    if not isinstance(value, dict):
        raise EvaluationError(f"{place}: expected a JSON object.")
    return cast("Mapping[str, object]", value)
