"""What holds for the structure of every text: clauses nest, chunks share the text out, all of them are exact slices."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunks import split_chunks
from ingestion.clauses import split_clauses
from ingestion.dates import find_stated_dates
from ingestion.definitions import find_definitions
from ingestion.parsers.bare_headings import mark_headings
from ingestion.parsers.text import canonical
from ingestion.sentences import LONGEST_CHUNK, count_words, sentence_spans
from retrieval.corpus import Clause, Document, Revision

LINES = st.one_of(
    st.sampled_from(
        [
            "# Title",
            "# Contents",
            "## 4 Data",
            "## Definitions",
            "### Article 7 Amounts",
            "## Annex IV",
            "#### § 12.3",
            "##### (b) Headed",
            "PART 2",
            "Section 12 Duties",
            "**4.2 Number.** At least three. See clause 4.3, Articles 5 to 7 and point (a) of paragraph 1.",
            "**4.3** Words that are in force from 1 May 2020",
            "1. First shall:",
            "2. Second: (a) one; (b) two; and (c) three.",
            "(1) one;",
            "(1) (a) both",
            "(2) 'term' means two.",
            "(a) letter,",
            "  (b) letter",
            "- (i) roman; or",
            "(ii) roman.",
            "(aa) double",
            "(B) upper",
            "**Note**",
            "## 6 Long " + "words of a heading " * 8,
            "4.4 A title of more than eighty signs, which a clause does not take for its own, of this and of that",
            "4.5 No operator may start unless",
            "- 6-1-1702. A title that ends with a full stop.",
            "---",
            "## ---",
            "## \U0001f389",
            "2.1 Scope",
            "2.1(a) Scope",
            "- 6-1-1701. Scope. (1) Words",
            "Contents",
            "| a | b |",
            "|---|---|",
            "```",
            "",
            "  - item",
            "\f",
            "Flush words. " * 120,
            "| " + "cell. " * 300 + "|",
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
def test_clauses_nest_and_hold_every_word(text: str) -> None:
    clauses = split_clauses(_revision(text))
    by_key = {clause.key: clause for clause in clauses}
    assert len(by_key) == len(clauses)
    for clause in clauses:
        words = text[clause.span.start : clause.span.end]
        assert words
        assert words.strip() == words
        assert set(clause.references) <= set(by_key) - {clause.key}
        if clause.parent is not None:
            above = by_key[clause.parent].span
            assert above.start < clause.span.start
            assert clause.span.end <= above.end
    assert all(first.span.start < second.span.start for first, second in pairwise(clauses))
    for parent in [None, *by_key]:
        children = [clause for clause in clauses if clause.parent == parent]
        assert all(one.span.end <= other.span.start for one, other in pairwise(children))
    outermost = [text[clause.span.start : clause.span.end] for clause in clauses if clause.parent is None]
    assert _solid("".join(outermost)) == _solid(text)


PLAIN = st.lists(
    st.sampled_from(
        ["", "", "Delay", "Lost luggage", "Is it?", "- one", "a | b", "```", "1. Scope", "Words are prose. " * 6]
    ),
    max_size=25,
)


@given(st.one_of(TEXTS, PLAIN.map("\n".join)))
def test_marking_headings_changes_no_words_and_is_done_once(text: str) -> None:
    marked = mark_headings(text)
    lines = zip(text.split("\n"), marked.split("\n"), strict=True)
    assert all(after in {before, f"# {before}", f"## {before}"} for before, after in lines)
    assert mark_headings(marked) == marked
    clauses = split_clauses(_revision(marked))
    outermost = [marked[clause.span.start : clause.span.end] for clause in clauses if clause.parent is None]
    assert _solid("".join(outermost)) == _solid(marked)


@given(TEXTS)
def test_chunks_share_out_every_word_but_what_their_heading_chains_repeat(text: str) -> None:
    revision = _revision(text)
    clauses = split_clauses(revision)
    by_key = {clause.key: clause for clause in clauses}
    chunks = split_chunks(revision, clauses)
    end = 0
    for chunk in chunks:
        own = by_key[chunk.clause_key]
        assert chunk.text == text[chunk.span.start : chunk.span.end]
        assert chunk.text.strip() == chunk.text
        assert own.span.start <= chunk.span.start < chunk.span.end <= own.span.end
        assert chunk.headings[: len(own.headings)] == own.headings
        assert chunk.span.start >= end
        assert _words(text[end : chunk.span.start]) <= _words("\n".join((*chunk.headings, *_around(own, by_key))))
        end = chunk.span.end
    assert not _words(text[end:])
    assert bool(chunks) == bool(clauses)


@given(TEXTS)
def test_a_clause_that_holds_no_other_is_in_a_chunk(text: str) -> None:
    revision = _revision(text)
    clauses = split_clauses(revision)
    chunks = split_chunks(revision, clauses)
    parents = {clause.parent for clause in clauses}
    for clause in clauses:
        if clause.key not in parents:
            assert any(one.span.start <= clause.span.start < one.span.end for one in chunks)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def _around(clause: Clause, by_key: dict[str, Clause]) -> list[str]:
    """Give the keys of a clause and of those around it."""
    return [clause.key, *([] if clause.parent is None else _around(by_key[clause.parent], by_key))]


@given(TEXTS)
def test_a_chunk_is_as_long_as_a_chunk_may_be(text: str) -> None:
    revision = _revision(text)
    for chunk in split_chunks(revision, split_clauses(revision)):
        row = chunk.text.startswith("|") and "\n" not in chunk.text
        assert row or count_words(chunk.text) <= LONGEST_CHUNK


@given(TEXTS)
def test_definitions_and_dates_are_exact(text: str) -> None:
    revision = _revision(text)
    clauses = {clause.key: clause for clause in split_clauses(revision)}
    for one in find_definitions(revision, tuple(clauses.values())):
        own = clauses[one.clause_key].span
        assert own.start <= one.span.start < one.span.end <= own.end
        assert one.term in text[one.span.start : one.span.end]
    for date in find_stated_dates(revision):
        assert str(date.day.year) in text[date.span.start : date.span.end]


@given(st.text(alphabet=st.sampled_from("ab1.(),;:\"'#|*\n \u201cIVXivx§"), max_size=300))
def test_any_signs_are_split(text: str) -> None:
    revision = _revision(text)
    clauses = split_clauses(revision)
    chunks = split_chunks(revision, clauses)
    find_definitions(revision, clauses)
    assert bool(chunks) == bool(text.strip())


ARTICLES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 4)), min_size=1, unique_by=lambda one: one[0])


@given(ARTICLES, st.data())
def test_inserting_an_article_renames_no_other(articles: list[tuple[int, int]], data: st.DataObject) -> None:
    def law(of: list[tuple[int, int]]) -> str:
        paragraphs = ["".join(f"{n}. Words:\n(a) one;\n(b) two.\n" for n in range(1, 1 + count)) for _, count in of]
        numbered = zip(of, paragraphs, strict=True)
        return "# Law\n\n" + "\n".join(f"## Article {number}\n{words}End.\n" for (number, _), words in numbered)

    place = data.draw(st.integers(0, len(articles)))
    before = {clause.key for clause in split_clauses(_revision(law(articles)))}
    after = {clause.key for clause in split_clauses(_revision(law([*articles[:place], (41, 3), *articles[place:]])))}
    assert len(before) == 1 + sum(1 + 3 * count for _, count in articles)
    assert {key for key in after if not key.startswith("article-41")} == before


@given(st.text(min_size=1, max_size=400), st.integers(3, 12))
def test_parts_of_a_long_text_share_out_its_words(text: str, longest: int) -> None:
    words = text.strip() or "x"
    spans = sentence_spans(words, 0, longest)
    assert "".join(_solid(words[start:end]) for start, end in spans) == _solid(words)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
