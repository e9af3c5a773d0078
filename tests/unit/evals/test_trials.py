"""Which learned order is promoted: one that is surely better on questions it did not learn from."""

from collections.abc import Callable

import numpy as np
import pytest

from evals.tuning.judging import PRECISION, RECALL, measure, out_of_fold
from evals.tuning.questions import ALL, Question
from evals.tuning.trials import RERANKED, reranked_rows, trials, verdict

CANDIDATES = 20


def questions(
    count: int, rule: Callable[[np.random.Generator, np.ndarray], np.ndarray], *, reranked: bool = False
) -> list[Question]:
    """Make questions whose relevant candidate is the best by a rule over the features."""
    random = np.random.default_rng(3)
    made: list[Question] = []
    for number in range(count):
        features = random.normal(size=(CANDIDATES, len(ALL)))
        best = int(rule(random, features).argmax())
        passages = tuple(f"{number}-{at}" for at in range(CANDIDATES))
        untuned = features[:, ALL.index("score")]
        blend = features[:, ALL.index("rerank")] if reranked else None
        made.append(Question(passages, frozenset({passages[best]}), untuned, features, blend))
    return made


def by_coverage(_: np.random.Generator, features: np.ndarray) -> np.ndarray:
    return features[:, ALL.index("covered")]


def by_chance(random: np.random.Generator, features: np.ndarray) -> np.ndarray:
    return random.normal(size=len(features))


def by_score(_: np.random.Generator, features: np.ndarray) -> np.ndarray:
    return features[:, ALL.index("score")]


def untold(done: int, total: int) -> None:
    assert done <= total


def test_a_rule_that_helps_is_promoted() -> None:
    found = verdict(trials(questions(120, by_coverage), 5, untold))
    assert found.promoted, found.reason
    assert found.trial.grouped.gains[PRECISION].low > 0
    assert "MAP@10 +" in found.reason


@pytest.mark.parametrize("rule", [by_chance, by_score])
def test_noise_and_what_was_perfect_already_are_not(
    rule: Callable[[np.random.Generator, np.ndarray], np.ndarray],
) -> None:
    found = verdict(trials(questions(120, rule), 5, untold))
    assert not found.promoted
    assert "no sure gain" in found.reason or "recall falls" in found.reason


def test_too_few_questions_promote_nothing() -> None:
    found = verdict(trials(questions(40, by_coverage), 5, untold))
    assert not found.promoted
    assert "50 are needed" in found.reason


def test_the_ranker_in_force_has_to_be_beaten() -> None:
    tried = trials(questions(120, by_coverage), 5, untold)
    assert verdict(tried, in_force=0.1).promoted
    assert not verdict(tried, in_force=0.9999).promoted


def test_a_reranker_that_knows_best_wins_as_a_feature() -> None:
    asked = questions(120, lambda _, features: features[:, ALL.index("rerank")], reranked=True)
    tried = trials(asked, 5, untold)
    assert verdict(tried).trial.name == RERANKED
    rows = {row.name: row.evaluation.scores[PRECISION] for row in reranked_rows(asked, tried[0], 5)}
    assert rows["un-tuned + reranker"] == 1.0
    assert rows[RERANKED] > rows[tried[0].name]


def test_nothing_that_a_fold_is_judged_by_was_learned_from() -> None:
    """Every question has a feature of its own that gives it away: seen in training it would be used, so it is not."""
    count = 20
    made = questions(count, by_chance)
    told = [one for one in made if one.hits().any()]
    for number, one in enumerate(told):
        one.features[:] = 0.0
        one.features[:, number % len(ALL)] = one.hits()
    learned = out_of_fold(told[: len(ALL)], ALL, "grouped", 5)
    assert all(np.ptp(scores) == 0.0 for scores in learned)


def test_a_passage_stands_where_its_best_chunk_does() -> None:
    question = Question(("a", "b", "a", "c"), frozenset({"a", "z"}), np.zeros(4), np.zeros((4, len(ALL))))
    found = measure([question], [np.array([0.1, 0.5, 0.9, 0.2])])
    assert found.means() == {RECALL: 0.5, PRECISION: 0.5}
    found = measure([question], [np.array([0.1, 0.9, 0.5, 0.2])])
    assert found.means() == {RECALL: 0.5, PRECISION: 0.25}
