"""Figures of ranking and calibration on small tables that can be checked by hand, and the fit on what is known."""

import math

import numpy as np
import pytest

from evals.answers import Answered, dialogue_figures
from evals.calibration import auroc, calibration_figures, fitted, held_out, reliability
from evals.datasets import EvaluationError
from evals.dialogues import Answerability, Dialogue
from evals.removals import Removal
from evals.sufficiency import calibrated
from retrieval.sufficiency import Signals, read_calibration, sufficiency


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert auroc([0.9, 0.4, 0.4, 0.1], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert math.isnan(auroc([0.5], [True]))


def test_figures_of_calibration() -> None:
    figures = calibration_figures([0.9, 0.8, 0.3, 0.2], [True, False, True, False])
    assert figures["brier"] == pytest.approx((0.01 + 0.64 + 0.49 + 0.04) / 4)
    assert figures["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert figures["ece"] == pytest.approx((0.1 + 0.8 + 0.7 + 0.2) / 4)
    assert [one.n for one in reliability([0.1] * 25, [True] * 25)] == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]


def test_a_fit_finds_the_formula_behind_the_cases() -> None:
    rng = np.random.default_rng(0)
    signals = rng.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(0.5 + signals @ [2.0, -1.0])))
    truth = [bool(one) for one in rng.random(20_000) < chance]
    formula = fitted(signals, truth)
    assert formula.intercept == pytest.approx(0.5, abs=0.1)
    assert formula.weights == pytest.approx((2.0, -1.0), abs=0.1)
    assert calibration_figures(held_out(signals, truth, range(20_000)), truth)["ece"] < 0.02


def removal(question: int, nearest: float, *, present: bool) -> Removal:
    return Removal(question, Signals(nearest=nearest, lead=nearest / 3, covered=nearest / 2), present)


def test_a_calibration_carries_its_measurement_and_its_lines() -> None:
    rng = np.random.default_rng(0)
    cases = [removal(n, rng.normal(0.7, 0.1), present=True) for n in range(200)]
    cases += [removal(n, rng.normal(0.4, 0.1), present=False) for n in range(200)]
    found = calibrated(cases, "toy dev", "toy-model@123")
    assert found.judges("toy-model@456")
    assert found.n == 400
    assert found.measured["auroc"] > 0.95
    assert 0 < found.answer_line <= found.sure_line < 1
    with pytest.raises(EvaluationError, match="toy dev"):
        calibrated(cases[:10], "toy dev", "toy-model@123")


def answered(label: Answerability, nearest: float, *ranking: str) -> Answered:
    signals = Signals(nearest=nearest, lead=nearest / 3, covered=nearest / 2)
    relevant = frozenset({"a", "b"}) if label != "UNANSWERABLE" else frozenset[str]()
    return Answered(Dialogue("?", (), label, relevant), ranking, sufficiency(signals, read_calibration()))


def test_what_is_underspecified_counts_apart_and_recall_needs_passages() -> None:
    figures = dialogue_figures(
        [
            answered("ANSWERABLE", 0.9, "a", "x", "b"),
            answered("PARTIAL", 0.3, "x", "y", "z", "u", "a", "b"),
            answered("UNANSWERABLE", 0.5, "a"),
            answered("UNDERSPECIFIED", 0.1, "x"),
        ]
    )
    assert figures["metrics"] == {"answerability_auroc": 0.5, "recall@5": pytest.approx((1 + 0.5 + 0) / 3)}
    assert (figures["n"], figures["with_passages"]) == (4, 3)
    variants = figures["auroc_variants"]
    assert isinstance(variants, dict)
    assert variants["answerable|unanswerable"] == 1.0
