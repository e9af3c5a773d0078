"""What was found of an option of the engine becomes rows, and a table that shows them."""

from rich.console import Console

from evals.bench.scale import option_rows, options_table

FOUND = {
    "build_s": 3.0,
    "peak_mb": 2048.0,
    "disk_mb": 512.0,
    "build_mb": 1.0,
    **{
        f"{search}/{reader}/{name}": value
        for search, value in (("exact", 1.0), ("ef 128", 0.25))
        for reader in ("most", "few")
        for name in ("p50", "p95", "recall_10", "recall_100")
    },
}


def test_each_way_of_searching_and_each_reader_is_a_row() -> None:
    rows = option_rows(5_000, "graph", FOUND)
    assert [(row.search, row.reader) for row in rows] == [
        ("exact", "most"),
        ("exact", "few"),
        ("ef 128", "most"),
        ("ef 128", "few"),
    ]
    assert {(row.clauses, row.option, row.build_s) for row in rows} == {(5_000, "graph", 3.0)}
    assert [row.recall_10 for row in rows] == [1.0, 1.0, 0.25, 0.25]


def test_the_table_shows_memory_and_disk_in_gigabytes() -> None:
    console = Console(width=170)
    with console.capture() as printed:
        console.print(options_table(tuple(option_rows(5_000, "graph", FOUND))))
    line = next(line for line in printed.get().splitlines() if "ef 128" in line and "most" in line)
    assert [word in line for word in ("5,000", "3 s", "2 GB", "0.5 GB", "0.25 ms", "0.250")] == [True] * 6
