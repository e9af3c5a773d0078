"""Learning weights: a planted rule is found, and noise is not taken for one."""

import numpy as np
import pytest

from evals.tuning.listwise import Judged, fit

RANDOM = np.random.default_rng(5)


def planted(count: int, weights: list[float]) -> list[Judged]:
    """Make questions whose relevant candidate is the best by a rule."""
    made: list[Judged] = []
    for _ in range(count):
        features = RANDOM.normal(size=(20, len(weights)))
        score = features @ np.array(weights)
        made.append(Judged(features, score == score.max()))
    return made


def test_a_planted_rule_is_found() -> None:
    weights = fit(planted(300, [3.0, -2.0, 0.0]), l2=0.1)
    assert weights[0] > 1.0
    assert weights[1] < -1.0
    assert abs(weights[2]) < 0.3 * abs(weights[1])
    ranked = [one.relevant[(one.features @ weights).argmax()] for one in planted(100, [3.0, -2.0, 0.0])]
    assert np.mean(ranked) > 0.9


def test_the_loss_has_no_slope_where_it_ends() -> None:
    judged = planted(50, [1.0, 1.0])
    found = fit(judged, l2=1.0)

    def loss(weights: np.ndarray) -> float:
        scores = [one.features @ weights for one in judged]
        terms = [np.log(np.exp(one).sum()) - one[own.relevant].mean() for one, own in zip(scores, judged, strict=True)]
        return float(sum(terms) + weights @ weights)

    for step in (np.array([1e-4, 0.0]), np.array([0.0, 1e-4])):
        assert (loss(found + step) - loss(found - step)) / 2e-4 == pytest.approx(0.0, abs=1e-3)


def test_a_stronger_ridge_gives_smaller_weights() -> None:
    judged = planted(50, [1.0, 1.0])
    assert np.abs(fit(judged, l2=100.0)).sum() < np.abs(fit(judged, l2=1.0)).sum()


def test_questions_that_tell_nothing_teach_nothing() -> None:
    silent = Judged(np.ones((3, 2)), np.zeros(3, dtype=np.bool_))
    assert fit([silent]).tolist() == [0.0, 0.0]
    assert fit([]).tolist() == []
    told = planted(20, [1.0, 0.0])
    assert fit([*told, silent]) == pytest.approx(fit(told))
