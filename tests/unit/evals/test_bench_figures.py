"""Figures know their targets, and tables show all of them."""

import pytest
from rich.console import Console

from evals.bench.figures import Comparison, Figure, Measured, comparison_table, figures_table, shown


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("a", 4.9, "s", "at most", 5), True),
        (Figure("a", 5.0, "s", "at most", 5), True),
        (Figure("a", 5.1, "s", "at most", 5), False),
        (Figure("a", 8_000, "chunks/s", "at least", 8_000), True),
        (Figure("a", 7_999, "chunks/s", "at least", 8_000), False),
        (Figure("a", None, "s", "at most", 5), False),
        (Figure("a", 3.0, "s"), None),
    ],
)
def test_a_target_is_reached_or_not_and_one_that_was_not_measured_is_not(
    figure: Figure, *, reached: bool | None
) -> None:
    assert figure.reached is reached


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (12_345.6, "chunks/s", "12,346 chunks/s"),
        (99.96, "%", "100%"),
        (1.234, "s", "1.23 s"),
        (0.0, "s", "0 s"),
        (None, "s", "not measured"),
    ],
)
def test_a_value_is_shown_with_the_digits_that_count(value: float | None, unit: str, words: str) -> None:
    assert shown(value, unit) == words


def test_tables_show_figure_target_and_what_came_of_it() -> None:
    console = Console(width=160)
    with console.capture() as printed:
        console.print(
            figures_table(
                [Figure("slow", 9.0, "s", "at most", 5, "the whole command"), Figure("quick", 1, "s", "at most", 5)]
            )
        )
        console.print(comparison_table([Comparison("first ingest", 2.0, 5.0)], "another program"))
    slow, quick, compared = (
        next(line for line in printed.get().splitlines() if name in line) for name in ("slow", "quick", "first ingest")
    )
    assert [word in slow for word in ("9 s", "at most 5 s", "NO", "the whole command")] == [True] * 4
    assert "yes" in quick
    assert "2.5 times" in compared
    assert "another program" in printed.get()


def test_a_document_holds_everything_and_where_it_was_measured() -> None:
    found = Measured({"chunks": 3}, (Figure("a", 1.0, "s", "at most", 5),), (Comparison("b", 1.0, 3.0),), "other")
    document = found.document()
    assert document["figures"] == [
        {"name": "a", "value": 1.0, "unit": "s", "bound": "at most", "target": 5, "reached": True, "note": ""}
    ]
    assert document["comparison"] == [{"name": "b", "ours_s": 1.0, "theirs_s": 3.0, "ratio": 3.0}]
    setting = document["setting"]
    assert isinstance(setting, dict)
    assert {"chunks", "cores", "load"} <= set(setting)
