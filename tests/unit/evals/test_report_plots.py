"""Places on the plots of a report."""

from evals.report.plots import BINS, WIDTH, across, histogram, steps, whiskers


def test_every_question_stands_in_one_bin_and_one_in_the_last() -> None:
    bars = histogram([0.0, 0.05, 0.1, 0.95, 1.0], 100)
    assert [bar.label for bar in bars] == ["2", "1", *["0"] * (BINS - 3), "2"]
    assert max(bar.height for bar in bars) == 100


def test_changes_run_from_the_greatest_loss_to_the_greatest_win() -> None:
    bars = steps([0.5, -1.0, 0.25], 100)
    assert [bar.kind for bar in bars] == ["lost", "won", "won"]
    assert (bars[0].y, bars[0].height) == (50, 50)
    assert (bars[2].y, bars[2].height) == (25, 25)


def test_many_changes_are_thinned_and_keep_their_extremes() -> None:
    bars = steps([n / 1000 - 0.5 for n in range(1001)], 100)
    assert len(bars) == 300
    assert (bars[0].words, bars[-1].words) == ("-0.500", "+0.500")


def test_intervals_lie_within_the_drawing() -> None:
    (one,) = whiskers({"m": 0.5}, {"m": (0.0, 1.0)}, {"m": 0.25})
    assert 0 < one.low < one.mean < one.high < WIDTH
    assert one.beside == across(0.25)
    assert "baseline 0.250" in one.words
