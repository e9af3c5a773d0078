"""Turns the files of a dataset into texts, questions, judgements and cases; what is absent or malformed is an error."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
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
    """Passages by id, questions by id, and for each question the grade of every judged passage (0: not relevant).

    `remarks` count what is odd about the files and bears on the scores.
    """

    corpus: Mapping[str, Passage]
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]
    remarks: tuple[str, ...] = ()


def read_retrieval_set(folder: Path, split: str, limit: int | None = None) -> RetrievalSet:
    """Read the BEIR layout: `corpus.jsonl`, `queries.SPLIT.jsonl`, `qrels/SPLIT.tsv`; the first `limit` questions.

    Left out are questions without judgements or without words, of which nothing can be said, and passages without
    words, which nothing can find (where they are judged relevant, they count as missed). Of an id that stands twice,
    the first is kept. All of it is counted in the remarks.
    """
    judgements, rejudged = _judgements(folder / "qrels" / f"{split}.tsv")
    texts, doubled = _first(read_passages(folder / "corpus.jsonl"))
    asked, redoubled = _first(read_passages(folder / f"queries.{split}.jsonl"))
    passages = {row: passage for row, passage in texts.items() if passage.text}
    questions = ((row, asked[row].text) for row in asked if row in judgements and asked[row].text)
    queries = dict(islice(questions, limit))
    if not queries or not passages:
        raise EvaluationError(f"{folder}: no question of the split {split} is judged, or corpus.jsonl has no words.")
    chosen = {query: judgements[query] for query in queries}
    relevant = [row for grades in chosen.values() for row, grade in grades.items() if grade > 0]
    counts = {
        "ids stand twice in corpus.jsonl; the first of each is kept": doubled,
        f"ids stand twice in queries.{split}.jsonl; the first of each is kept": redoubled,
        f"pairs are judged twice in qrels/{split}.tsv; the first judgement of each is kept": rejudged,
        f"judged questions are not in queries.{split}.jsonl": sum(row not in asked for row in judgements),
        "judged questions have no words and are not asked": sum(
            row in asked and not asked[row].text for row in judgements
        ),
        "relevant passages are not in corpus.jsonl and count as missed": sum(row not in texts for row in relevant),
        "relevant passages have no words and count as missed": sum(
            row in texts and not texts[row].text for row in relevant
        ),
        "questions have no relevant passage and score 0": sum(not any(grades.values()) for grades in chosen.values()),
    }
    remarks = tuple(f"{count} {words}" for words, count in counts.items() if count)
    return RetrievalSet(passages, queries, chosen, remarks)


def read_rows(path: Path) -> Iterator[Mapping[str, object]]:
    """Read a JSON Lines file, one object a line."""
    for _, row in read_numbered_rows(path):
        yield row


def read_numbered_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Read a JSON Lines file, each object with the number of its line."""
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            yield number, _object(line, f"{path}, line {number}")


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


def _first(rows: Iterable[tuple[str, Passage]]) -> tuple[dict[str, Passage], int]:
    kept: dict[str, Passage] = {}
    doubled = 0
    for identifier, passage in rows:
        doubled += identifier in kept
        kept.setdefault(identifier, passage)
    return kept, doubled


def _judgements(path: Path) -> tuple[dict[str, dict[str, int]], int]:
    found: dict[str, dict[str, int]] = {}
    rejudged = 0
    for row in csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE):
        try:
            query, passage, grade = row["query-id"].strip(), row["corpus-id"].strip(), int(row["score"])
        except (AttributeError, KeyError, TypeError, ValueError):
            expected = "tab-separated query-id, corpus-id and a whole number score"
            raise EvaluationError(f"{path}: expected {expected}; found {row}.") from None
        rejudged += passage in found.setdefault(query, {})
        found[query].setdefault(passage, grade)
    return found, rejudged


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
