"""What holds for every text: clauses share it out, chunks are exact slices, rows read back, plans add up."""

import csv
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunks import sentence_spans, split_chunks
from ingestion.clauses import split_clauses
from ingestion.parsers.text import canonical
from ingestion.plan import Seen, make_plan
from ingestion.ports import KnownRevision
from ingestion.rows import read_rows
from retrieval.corpus import Document, Revision

LINES = st.one_of(
    st.sampled_from(
        [
            "# Title",
            "## 4 Data",
            "### Article 7 Amounts",
            "#### \u00a7 12.3",
            "**4.2 Number.** At least three. See clause 4.3 and Article 7(1).",
            "**4.3** Words",
            "1. First",
            "(1) one",
            "(a) letter",
            "(i) roman",
            "**Note**",
            "2.1 Scope",
            "```",
            "",
            "  - item",
            "\f",
        ]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40),
)
TEXTS = st.lists(LINES, max_size=25).map(lambda lines: canonical("\n".join(lines)))


def _revision(text: str) -> Revision:
    return Revision(
        id="rev_1",
        document=Document(id="d", title="d", source="d.md", owner="o"),
        content_sha256="0",
        canonical_text=text,
        valid_from_generation=1,
    )


def _solid(text: str) -> str:
    return "".join(text.split())


@given(TEXTS)
def test_clauses_share_out_the_text(text: str) -> None:
    clauses = split_clauses(_revision(text))
    keys = [clause.key for clause in clauses]
    assert len(set(keys)) == len(keys)
    end = 0
    for clause in clauses:
        assert text[end : clause.span.start].strip() == ""
        assert clause.span.start < clause.span.end
        assert text[clause.span.start : clause.span.end].strip() == text[clause.span.start : clause.span.end]
        assert set(clause.references) <= set(keys) - {clause.key}
        assert clause.parent is None or keys.index(clause.parent) < keys.index(clause.key)
        end = clause.span.end
    assert text[end:].strip() == ""


@given(TEXTS)
def test_chunks_are_slices_of_their_clause(text: str) -> None:
    revision = _revision(text)
    clauses = {clause.key: clause for clause in split_clauses(revision)}
    chunks = split_chunks(revision, tuple(clauses.values()))
    for chunk in chunks:
        assert chunk.text == text[chunk.span.start : chunk.span.end]
        own = clauses[chunk.clause_key].span
        assert own.start <= chunk.span.start < chunk.span.end <= own.end
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert bool(chunks) == bool(clauses)


@given(st.text(min_size=1, max_size=400), st.integers(3, 12))
def test_parts_of_a_long_text_share_out_its_words(text: str, longest: int) -> None:
    words = text.strip() or "x"
    spans = sentence_spans(words, 0, longest)
    assert "".join(_solid(words[start:end]) for start, end in spans) == _solid(words)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


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
        [KnownRevision(key, f"r{key}", f"{root}//{key}", mark, None, None) for key, (root, mark) in known.items()],
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
