"""Looking at all vectors of a file finds what sorting all cosines finds, whatever the blocks it is read in."""

from pathlib import Path

import numpy as np
import pytest

from evals.bench import exact


@pytest.mark.parametrize("block", [7, 1000])
def test_the_nearest_of_what_is_seen_come_nearest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(exact, "_BLOCK", block)
    chance = np.random.default_rng(3)
    rows, asked = (chance.standard_normal((count, 8)).astype(np.float32) for count in (100, 5))
    seen = chance.random(100) < 0.4
    file = tmp_path / "vectors.f32"
    for part in np.split(rows, 4):
        exact.append(file, part)
    cosines = asked @ rows.T
    cosines[:, ~seen] = -np.inf
    assert exact.nearest(file, asked, seen, 6).tolist() == np.argsort(-cosines, axis=1)[:, :6].tolist()


def test_where_fewer_are_seen_fewer_are_given(tmp_path: Path) -> None:
    rows = np.eye(4, dtype=np.float32)
    exact.append(tmp_path / "vectors.f32", rows)
    seen = np.array([False, True, False, True])
    assert exact.nearest(tmp_path / "vectors.f32", rows[3:], seen, 10).tolist() == [[3, 1]]


def test_recall_is_the_share_of_the_true_first_ones() -> None:
    assert exact.recall([["a", "x", "b"], ["c"]], [["a", "b", "c"], ["c"]], 2) == 0.75
    assert exact.recall([["a"]], [[]], 10) == 0.0
