"""Intervals and paired differences, on scores whose answer is known."""

import pytest

from evals.bootstrap import differences, intervals
from evals.gate import LEAST_DROP, Verdict


def test_a_constant_score_has_an_interval_without_width() -> None:
    found = intervals({f"q{n}": {"m": 0.5} for n in range(20)})["m"]
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_interval_is_near_that_of_the_normal_approximation() -> None:
    found = intervals({f"q{n}": {"m": float(n % 2)} for n in range(400)})["m"]
    assert found.mean == 0.5
    assert found.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.005)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.005)


def test_the_same_scores_give_the_same_interval_again() -> None:
    scores = {f"q{n}": {"m": n / 30, "other": 1 - n / 30} for n in range(30)}
    assert intervals(scores) == intervals(scores)


def test_pairing_finds_a_small_change_that_every_question_shows() -> None:
    before = {f"q{n}": {"m": float(n % 2)} for n in range(60)}
    after = {query: {"m": each["m"] - 0.05} for query, each in before.items()}
    found = differences(after, before)["m"]
    assert found.difference.high < 0
    assert (found.wins, found.losses, found.ties) == (0, 60, 0)
    assert Verdict("sample", "m", found).fell


def test_only_questions_and_measures_of_both_are_compared() -> None:
    found = differences({"a": {"m": 1.0, "x": 1.0}, "b": {"m": 0.0, "x": 0.0}}, {"a": {"m": 0.5}})
    assert list(found) == ["m"]
    assert (found["m"].value, found["m"].baseline, found["m"].wins) == (1.0, 0.5, 1)
    assert differences({"a": {"m": 1.0}}, {"z": {"m": 1.0}}) == {}


def test_noise_does_not_fail_the_gate_nor_does_a_certain_but_tiny_fall() -> None:
    before = {f"q{n}": {"m": 0.5} for n in range(100)}
    noisy = {query: {"m": 0.9 if n % 2 else 0.05} for n, query in enumerate(before)}
    tiny = {query: {"m": 0.5 - LEAST_DROP / 2} for query in before}
    assert not Verdict("s", "m", differences(noisy, before)["m"]).fell
    assert differences(tiny, before)["m"].difference.high < 0
    assert not Verdict("s", "m", differences(tiny, before)["m"]).fell


def test_what_rounding_left_is_no_change() -> None:
    before = {f"q{n}": {"m": round(n / 7, 6)} for n in range(7)}
    found = differences({f"q{n}": {"m": n / 7} for n in range(7)}, before)["m"]
    assert (found.difference.low, found.difference.high, found.ties) == (0.0, 0.0, 7)
