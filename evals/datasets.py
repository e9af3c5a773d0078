"""Turns the files of a dataset into texts, questions, judgements and cases; what is absent or malformed is an error."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast


class EvaluationError(Exception):
    """A measurement could not be made; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that may be found, and its title where that says something (a number alone does not).

    `document` is the one it is a section of, and `number` the section's, where a dataset says so.
    """

    title: str | None
    text: str
    document: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Passages by id, questions by id, and for each question the grade of every judged passage (0: not relevant)."""

    corpus: Mapping[str, Passage]
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]


def read_retrieval_set(folder: Path, split: str, limit: int | None = None) -> RetrievalSet:
    """Read the BEIR layout: `corpus.jsonl`, `queries.SPLIT.jsonl`, `qrels/SPLIT.tsv`; the first `limit` questions.

    Questions without judgements are left out, for nothing can be said about them; so are passages without words, which
    nothing can find (where they are judged relevant, they count as missed).
    """
    judgements = _judgements(folder / "qrels" / f"{split}.tsv")
    passages = {row: passage for row, passage in read_passages(folder / "corpus.jsonl") if passage.text}
    questions = (pair for pair in read_passages(folder / f"queries.{split}.jsonl") if pair[0] in judgements)
    queries = {row: question.text for row, question in islice(questions, limit)}
    if not queries or not passages:
        raise EvaluationError(f"{folder}: no question of the split {split} is judged, or corpus.jsonl has no words.")
    return RetrievalSet(passages, queries, {query: judgements[query] for query in queries})


def read_rows(path: Path) -> Iterator[Mapping[str, object]]:
    """Read a JSON Lines file, one object a line."""
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            yield _object(line, f"{path}, line {number}")


def read_passages(path: Path) -> Iterator[tuple[str, Passage]]:
    """Read the texts of a file in the BEIR layout, by id."""
    for row in read_rows(path):
        identifier, text = row.get("_id"), row.get("text")
        if not isinstance(identifier, str) or not isinstance(text, str):
            raise EvaluationError(f"{path}: every line needs the strings _id and text; found {list(row)}.")
        title = str(row.get("title") or "").strip()
        notes = row.get("metadata")
        document = cast("Mapping[str, object]", notes).get("document_id") if isinstance(notes, Mapping) else None
        if document is not None:
            yield identifier, Passage(None, text.strip(), str(document), title)
        else:
            yield identifier, Passage(title if any(letter.isalpha() for letter in title) else None, text.strip())


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
