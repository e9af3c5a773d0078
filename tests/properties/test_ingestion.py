"""What holds for every table and plan: rows read back, plans add up."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from ingestion.ingests import KnownRevision, Shape
from ingestion.plan import Seen, make_plan
from ingestion.rows import read_rows

CELLS = st.text(alphabet=st.sampled_from('ab1,;"\n \u00e9'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_the_span_of_a_row_reads_back_as_the_row(rows: list[list[str]]) -> None:
    lines: list[str] = ["x,y,z"]
    lines.extend(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    text = "\n".join(lines) + "\n"
    names, read = read_rows(text, ",")
    found = list(read)
    assert names == ("x", "y", "z")
    assert [list(row.cells) for row in found] == rows
    for row in found:
        (again,) = csv.reader(text[row.start : row.end].splitlines(keepends=True))
        assert tuple(again) == row.cells
        assert text[row.end] == "\n"


IDS = st.sampled_from("abcdef")
MARKS = st.sampled_from("12")


@given(
    st.dictionaries(IDS, MARKS),
    st.sets(IDS),
    st.dictionaries(IDS, st.tuples(st.sampled_from(["/here", "/there"]), MARKS)),
    st.sets(IDS),
)
def test_every_document_has_one_fate(
    seen: dict[str, str], unreadable: set[str], known: dict[str, tuple[str, str]], there: set[str]
) -> None:
    plan = make_plan(
        [Seen(key, f"/here//{key}", mark) for key, mark in seen.items() if key not in unreadable],
        unreadable,
        [
            KnownRevision(key, f"r{key}", f"{root}//{key}", mark, mark, Shape(1, 1, 0, None))
            for key, (root, mark) in known.items()
        ],
        frozenset({"/here"}),
        lambda location: location[-1] in there,
    )
    fates = [*plan.new, *plan.changed, *plan.unchanged, *plan.removed, *plan.taken]
    assert len(fates) == len(set(fates))
    read = set(seen) - unreadable
    assert read == set(fates) - set(plan.removed)
    assert set(plan.removed) == {key for key, (root, _) in known.items() if root == "/here"} - read - unreadable
    assert set(plan.new) == read - set(known)
    assert not set(plan.unchanged) & {key for key in read & set(known) if known[key][1] != seen[key]}
