"""Turns a question and its candidates into a matrix that a ranker weighs: a row for each candidate.

Everything comes from the question, from the candidates as the reader sees them, and from the scores that finding them
gave anyway. Nothing is looked up elsewhere, so what a ranker learns cannot be what some question's answer was.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.corpus import Chunk
from retrieval.overlap import WINDOW, Asking, Wording, overlaps
from retrieval.ports import RetrievalError
from retrieval.query import Evidence

Matrix = NDArray[np.float64]
"""Features, shape (candidates, features)."""

FEATURES: Final[Mapping[str, str]] = {
    "score": "what ranks without a ranker: fused, with what neighbours, citations and names add",
    "score_rank": "ln(1 + place), from 0, in the order by `score`",
    "bm25": "score by words, 0 without one in common",
    "bm25_rank": "ln(1 + place) in the order by `bm25`",
    "dense": "cosine of the embeddings, 0 where no model took part",
    "dense_rank": "ln(1 + place) in the order by `dense`",
    "near": "what neighbours in the document add to the score",
    "linked": "what citations add to the score",
    "named": "what being named in the question adds to the score",
    "rerank": "the reranker's score, stretched to 0..1 over what it scored in time; 0 for the rest",
    "covered": "share of the question's different words that the passage has",
    "covered_idf": "the same by idf",
    "rarest": "how many of the question's three rarest words the passage has",
    "missing": "idf of the rarest word of the question that it lacks",
    "present": "idf of the rarest one that it has",
    "repeated": "sum of idf times occurrences (at most 3) of the question's words, by the sum of their idf",
    "pairs": "share, by idf, of the question's pairs of neighbouring words that are neighbours in the passage",
    "window": f"largest share, by idf, of the question's words within {WINDOW} successive words",
    "run": "share, by idf, of the longest run of words that question and passage have in the same order",
    "density": "share of the passage's words that are the question's",
    "begins": "place of the first word of the question in it",
    "above": "share, by idf, of the question's words that only the headings above the passage have",
    "numbers": "share of the question's numbers and section numbers that it has; 0 where there are none",
    "names": "share of the question's Capitalised Names that it has; 0 where there are none",
    "acronyms": "share of the question's acronyms that it has; 0 where there are none",
    "heading": "1 for at most ten words that do not end as a sentence does",
    "length": "ln(1 + words)",
    "opens_list": "1 where it ends with a colon",
    "list_marks": "ln(1 + marks such as (a) at the beginning of a line)",
    "references": "ln(1 + references such as Rule 1.2)",
    "obliges": "ln(1 + must, shall, required)",
    "advises": "ln(1 + should, expect)",
    "conditions": "ln(1 + if, where, unless, provided, subject to)",
    "defines": "ln(1 + means, defined, definition, includes)",
    "depth": "how many headings stand above it",
    "document_best": "best `score` of another candidate of the same document, 0 without one",
    "document_share": "share of the candidates that are of the same document",
}
"""Every feature by name, and what it is. Within a question each is standardised before it is weighed."""


def feature_matrix(question: str, found: Sequence[Evidence], names: Sequence[str] = tuple(FEATURES)) -> Matrix:
    """Measure candidates, best first or not, with a column for each name; RetrievalError for a name nobody knows."""
    unknown = sorted(set(names) - FEATURES.keys())
    if unknown:
        raise RetrievalError(f"There are no features {', '.join(unknown)}; known are {', '.join(FEATURES)}.")
    chunks = [one.item for one in found if isinstance(one.item, Chunk)]
    if len(chunks) != len(found):
        raise RetrievalError("Only chunks have features that a ranker weighs, and a record is among the candidates.")
    passages = [Wording.read(chunk.text, chunk.headings) for chunk in chunks]
    asking = Asking.read(question, passages)
    columns = _scores(found) | _structure(found, chunks)
    rows = [overlaps(asking, passage) | _kind(passage) for passage in passages]
    matrix = np.zeros((len(found), len(names)))
    for at, name in enumerate(names):
        matrix[:, at] = columns[name] if name in columns else [row[name] for row in rows]
    return matrix


def standardised(matrix: Matrix) -> Matrix:
    """Centre each feature of one question and divide it by its deviation, at most 8 off; a constant one becomes 0."""
    if not len(matrix):
        return matrix
    deviation = matrix.std(axis=0)
    varies = deviation > _LEAST_DEVIATION
    centred = matrix - matrix.mean(axis=0)
    return np.clip(np.where(varies, centred / np.where(varies, deviation, 1.0), 0.0), -_FURTHEST, _FURTHEST)


def untuned(one: Evidence) -> float:
    """Give the score that a candidate had before anything ordered it again."""
    return one.stages.get("untuned", one.score)


_LEAST_DEVIATION: Final = 1e-9
_FURTHEST: Final = 8.0
_SHORT: Final = 10
_MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    "list_marks": re.compile(r"^\s*\(?[a-z0-9]{1,4}[).]\s", re.IGNORECASE | re.MULTILINE),
    "references": re.compile(r"\b(?:Rule|Chapter|Part|[Ss]ection|[Pp]aragraph|Schedule|Article)s?\s\W?\d"),
    "obliges": re.compile(r"\b(?:must|shall|required)\b", re.IGNORECASE),
    "advises": re.compile(r"\b(?:should|expect\w*)\b", re.IGNORECASE),
    "conditions": re.compile(r"\b(?:if|where|unless|provided|subject to)\b", re.IGNORECASE),
    "defines": re.compile(r"\b(?:means|defined|definition|includes)\b", re.IGNORECASE),
}


def _scores(found: Sequence[Evidence]) -> dict[str, Matrix]:
    def stage(name: str) -> Matrix:
        return np.array([one.stages.get(name, 0.0) for one in found], dtype=np.float64)

    first = np.array([untuned(one) for one in found], dtype=np.float64)
    columns = {name: stage(name) for name in ("bm25", "dense", "near", "linked", "named")}
    return columns | {
        "score": first,
        "score_rank": _log_rank(first),
        "bm25_rank": _log_rank(columns["bm25"]),
        "dense_rank": _log_rank(columns["dense"]),
        "rerank": _stretched([one.stages.get("rerank") for one in found]),
    }


def _log_rank(scores: Matrix) -> Matrix:
    """Equal scores share the best place among them, so that the order of the candidates says nothing."""
    ascending = np.sort(-scores)
    return np.log1p(np.searchsorted(ascending, -scores, side="left"))


def _stretched(scores: Sequence[float | None]) -> Matrix:
    known = [one for one in scores if one is not None]
    if not known or max(known) <= min(known):
        return np.zeros(len(scores))
    low, high = min(known), max(known)
    return np.array([0.0 if one is None else (one - low) / (high - low) for one in scores])


def _structure(found: Sequence[Evidence], chunks: Sequence[Chunk]) -> dict[str, Matrix]:
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for chunk, one in zip(chunks, found, strict=True):
        scores[chunk.document_id].append(untuned(one))
    best = {document: sorted(values, reverse=True)[:2] for document, values in scores.items()}
    size = Counter(chunk.document_id for chunk in chunks)
    return {
        "depth": np.array([float(len(chunk.headings)) for chunk in chunks]),
        "document_best": np.array(
            [_other(best[chunk.document_id], untuned(one)) for chunk, one in zip(chunks, found, strict=True)]
        ),
        "document_share": np.array([size[chunk.document_id] / len(chunks) for chunk in chunks]),
    }


def _other(best: Sequence[float], own: float) -> float:
    """Give the best score of a document but for one's own."""
    if own < best[0]:
        return best[0]
    return best[1] if len(best) > 1 else 0.0


def _kind(passage: Wording) -> dict[str, float]:
    text = passage.text.strip()
    count = len(text.split())
    return {
        "heading": float(count <= _SHORT and not text.endswith((".", ";", ":"))),
        "length": math.log1p(count),
        "opens_list": float(text.endswith(":")),
        **{name: math.log1p(len(mark.findall(text))) for name, mark in _MARKS.items()},
    }
