"""Turns what a search knows anyway into a calibrated probability that the evidence can answer the question.

The signals are the cosine of the nearest passage, its lead over that of the fifth clause, and how much of the
question's words, rare ones counting more, one passage has. None depends on how long a dialogue is: the first two look
at the question alone. A logistic formula (Platt 1999) makes a probability of them; its numbers, what they were fitted
on and how reliable they were there stand in `sufficiency.json`, written by `python -m evals sufficiency`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from retrieval.corpus import Value
from retrieval.ports import Hit
from retrieval.words import HEAVIEST, Words, weigh_shared

CALIBRATION: Final = Path(__file__).with_name("sufficiency.json")
"""The calibration that the service uses."""

Verdict = Literal["sufficient", "doubtful", "insufficient"]


class Signals(Value):
    """What a search tells of its evidence, each from 0 to 1 or a difference of cosines.

    `nearest` is the cosine of question and nearest passage, `lead` its lead over the passage of the fifth clause,
    `covered` the best score by words, in parts of the most that a passage could get for this question's words.
    """

    nearest: float
    lead: float
    covered: float


class ReliabilityBin(Value):
    """Cases of like probability: how many, their mean probability, and the share that could be answered."""

    n: int
    predicted: float
    observed: float


class Calibration(Value):
    """A fitted formula, log-odds = `intercept` + sum of `weights` times signals, and the measurement behind it.

    `model` is the embedding model by name, whose cosines it is for. Below `answer_line` evidence is insufficient, from
    `sure_line` on sufficient, doubtful in between. `measured` are figures over the `n` cases it was fitted on, by
    cross-validation over questions; `reliability` is their table.
    """

    schema_version: Literal[1] = 1
    version: str
    model: str
    calibrated_on: str
    n: int = Field(ge=1)
    intercept: float
    weights: Mapping[Literal["nearest", "lead", "covered"], float]
    answer_line: float = Field(ge=0, le=1)
    sure_line: float = Field(ge=0, le=1)
    measured: Mapping[str, float]
    reliability: tuple[ReliabilityBin, ...]

    def judges(self, model: str) -> bool:
        """Tell whether the formula is for the cosines of an embedding model (`NAME@HASH`)."""
        return model.partition("@")[0] == self.model


class Sufficiency(Value):
    """How likely it is that evidence can answer the question, by which method, and what that was measured on."""

    probability: float = Field(ge=0, le=1)
    verdict: Verdict
    answer_line: float
    sure_line: float
    signals: Signals
    method: str
    calibrated_on: str
    n: int
    reliability: Mapping[str, float]


def read_calibration(path: Path = CALIBRATION) -> Calibration:
    """Read a calibration; ValidationError for one that is not whole."""
    return Calibration.model_validate_json(path.read_bytes())


def signals_of(nearest: Iterable[Hit], covered: float) -> Signals | None:
    """Read the signals off a search: the hits `nearest` to the question alone, best first, and what words `covered`.

    None without any hit, for then there is nothing to judge.
    """
    best: dict[tuple[object, object], float] = {}
    for hit in nearest:
        best.setdefault(clause_of(hit.payload), hit.score)
        if len(best) == _FIFTH:
            break
    if not best:
        return None
    cosines = list(best.values())
    return Signals(
        nearest=cosines[0],
        lead=cosines[0] - cosines[-1],
        covered=covered,
    )


def covered_by(words: Words, best: Sequence[Hit]) -> float:
    """Give the largest share of what a passage could score for its words at most (BM25) that one of the `best` does.

    How rare a word is counts among the best by words, all of which the reader may see: the index does not tell its own
    count, and the words that matter here are those that even the best passages lack.
    """
    passages = [weigh_shared(str(one.payload.get("text", "")), words) for one in best[:_LOOKED_AT]]
    rarity = {word: _rarity(sum(word in one for one in passages), len(passages)) for word in words}
    most = HEAVIEST * sum(weight * rarity[word] for word, weight in words.items())
    if not most:
        return 0.0
    return (
        max(
            (sum(words[word] * rarity[word] * one[word] for word in one) for one in passages),
            default=0.0,
        )
        / most
    )


def sufficiency(signals: Signals, calibration: Calibration) -> Sufficiency:
    """Apply a calibration."""
    values = signals.model_dump()
    logit = calibration.intercept + sum(weight * values[name] for name, weight in calibration.weights.items())
    probability = 1 / (1 + math.exp(-logit))
    return Sufficiency(
        probability=probability,
        verdict=_verdict(probability, calibration),
        answer_line=calibration.answer_line,
        sure_line=calibration.sure_line,
        signals=signals,
        method=f"logistic calibration of retrieval signals, version {calibration.version}",
        calibrated_on=calibration.calibrated_on,
        n=calibration.n,
        reliability=calibration.measured,
    )


def clause_of(payload: Mapping[str, object]) -> tuple[object, object]:
    """Name the clause that a point is (a part of)."""
    return payload.get("document_id"), str(payload.get("clause_keys"))  # the key, and those around it


_FIFTH: Final = 5
_LOOKED_AT: Final = 20  # among all it was no better


def _verdict(probability: float, calibration: Calibration) -> Verdict:
    if probability < calibration.answer_line:
        return "insufficient"
    return "sufficient" if probability >= calibration.sure_line else "doubtful"


def _rarity(holding: int, passages: int) -> float:
    """BM25's idf, kept positive (Robertson and Zaragoza 2009)."""
    return math.log(1 + (passages - holding + 0.5) / (holding + 0.5))
