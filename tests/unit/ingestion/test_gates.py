"""A new version waits for a person when it lost what was there, and passes when it was merely edited."""

from datetime import date

import pytest

from ingestion.families import signature
from ingestion.gates import hold_reasons
from ingestion.ingests import ParsedRevision, Shape
from ingestion.settings import GateSettings
from retrieval.corpus import Clause, Document, Record, Revision, Span

SETTINGS = GateSettings()


def parsed(
    text: str, clauses: int = 0, rows: int = 0, language: str | None = None, problems: tuple[str, ...] = ()
) -> ParsedRevision:
    document = Document(id="law", title="Law", source="law.md", owner="legal")
    here = Span(start=0, end=len(text))
    return ParsedRevision(
        revision=Revision(id="rev_2", document=document, content_sha256="0" * 64, canonical_text=text),
        fingerprint="f",
        text_fingerprint="t",
        clauses=tuple(
            Clause(
                revision_id="rev_2",
                document_id="law",
                key=str(number),
                title=None,
                headings=(),
                parent=None,
                references=(),
                span=here,
                text_sha256="0" * 64,
            )
            for number in range(clauses)
        ),
        records=tuple(
            Record(
                id=f"law:{number}",
                revision_id="rev_2",
                document_id="law",
                kind="sale",
                values={},
                observed_on=date(2024, 1, 1),
                vector=(0.0,),
                span=here,
            )
            for number in range(rows)
        ),
        language=language,
        signature=signature(text),
        problems=problems,
    )


def words(count: int, of: str = "word") -> str:
    return " ".join(f"{of}{number}" for number in range(count))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((100_000, 300), (100_000, 300), id="nothing lost"),
        pytest.param((100_000, 300), (50_000, 150), id="just half is left"),
        pytest.param((100_000, 300), (300_000, 900), id="it grew"),
        pytest.param((1_200, 3), (500, 1), id="a small text lost two of three clauses"),
        pytest.param((1_900, 4), (960, 2), id="a short text was cut by half"),
        pytest.param((600, 9), (500, 5), id="a list lost four of nine items"),
    ],
)
def test_an_edit_passes(before: tuple[int, int], after: tuple[int, int]) -> None:
    new = parsed("x" * after[0], clauses=after[1])
    assert hold_reasons(Shape(*before, 0, "en"), new, SETTINGS) == ()


def test_a_text_that_lost_half_is_held_with_the_figures() -> None:
    reasons = hold_reasons(Shape(10_000, 2, 0, None), parsed("x" * 4_000, clauses=2), SETTINGS)
    assert reasons == ("it has 4,000 of 10,000 characters left (40 %; at least 50 % are expected)",)


@pytest.mark.parametrize("before", [2_000, 2_500, 1_000_000])
def test_whatever_has_a_page_is_held_when_more_than_half_is_gone(before: int) -> None:
    assert hold_reasons(Shape(before, 1, 0, None), parsed("x" * (before // 2 - 1), clauses=1), SETTINGS)


def test_a_text_that_lost_its_clauses_is_held_though_its_words_are_there() -> None:
    reasons = hold_reasons(Shape(50_000, 1_034, 0, None), parsed("x" * 49_000, clauses=412), SETTINGS)
    assert reasons == ("it has 412 of 1,034 clauses left (39 %; at least 50 % are expected)",)


@pytest.mark.parametrize("left", [0, 1])
def test_many_clauses_that_became_one_or_none_are_held(left: int) -> None:
    assert hold_reasons(Shape(1_500, 8, 0, None), parsed("x" * 1_500, clauses=left), SETTINGS)


def test_a_text_without_words_is_held_however_short_it_was() -> None:
    reasons = hold_reasons(Shape(40, 1, 0, None), parsed(""), SETTINGS)
    assert reasons == ("it has none of its 40 characters left",)


def test_an_error_page_in_place_of_a_law_is_held() -> None:
    page = "Access denied. You do not have permission to view this page. Reference number 18.2f."
    reasons = hold_reasons(Shape(60_000, 200, 0, "en"), parsed(page, clauses=1, language="en"), SETTINGS)
    assert reasons == (
        "it has 84 of 60,000 characters left (less than 1 %; at least 50 % are expected)",
        "it has 1 of 200 clauses left (less than 1 %; at least 50 % are expected)",
    )


def test_a_table_with_its_header_only_is_held_by_its_rows() -> None:
    assert hold_reasons(Shape(300, 0, 4, None), parsed("id,price"), SETTINGS) == ("it has none of its 4 rows left",)


def test_a_table_is_judged_by_its_rows_alone() -> None:
    leaner = parsed("x" * 1_000, rows=100)
    assert hold_reasons(Shape(10_000, 0, 100, None), leaner, SETTINGS) == ()
    shorter = parsed("x" * 10_000, rows=45)
    assert hold_reasons(Shape(10_000, 0, 100, None), shorter, SETTINGS) == (
        "it has 45 of 100 rows left (45 %; at least 50 % are expected)",
    )


def test_a_short_table_may_lose_rows() -> None:
    assert hold_reasons(Shape(500, 0, 8, None), parsed("x" * 100, rows=3), SETTINGS) == ()


def test_another_language_is_held() -> None:
    reasons = hold_reasons(Shape(100, 1, 0, "en"), parsed("x" * 100, clauses=1, language="fr"), SETTINGS)
    assert reasons == ("its language was en and is fr now",)


@pytest.mark.parametrize(("before", "after"), [(None, "fr"), ("en", None), ("en-GB", "en"), ("EN", "en_US")])
def test_a_language_that_is_unknown_or_a_variety_is_no_reason(before: str | None, after: str | None) -> None:
    assert hold_reasons(Shape(100, 1, 0, before), parsed("x" * 100, clauses=1, language=after), SETTINGS) == ()


def test_another_document_of_the_same_size_is_held() -> None:
    earlier = signature(words(400, "law"))
    other = parsed(words(400, "manual"), clauses=20)
    assert hold_reasons(Shape(other.shape.characters, 20, 0, "en"), other, SETTINGS, earlier) == (
        "it shares 0.0 % of its phrases with the version before, as another document would",
    )


def test_a_text_of_which_most_was_rewritten_is_the_same_document() -> None:
    text = words(400)
    revised = " ".join(f"new{at}" if at < 300 else word for at, word in enumerate(text.split()))
    new = parsed(revised, clauses=20)
    assert hold_reasons(Shape(len(text), 20, 0, None), new, SETTINGS, signature(text)) == ()


def test_a_note_may_be_written_anew() -> None:
    assert hold_reasons(Shape(900, 2, 0, None), parsed(words(90), clauses=2), SETTINGS, signature(words(90, "x"))) == ()


def test_a_new_document_is_held_for_its_problems_only() -> None:
    assert hold_reasons(None, parsed(""), SETTINGS) == ()
    problems = ("price: 3 of 90 rows are negative",)
    assert hold_reasons(None, parsed("id,price", rows=90, problems=problems), SETTINGS) == problems


def test_problems_hold_a_known_document_too() -> None:
    new = parsed("id,price", rows=90, problems=("price: 3 of 90 rows are negative",))
    assert hold_reasons(Shape(8, 0, 90, None), new, SETTINGS) == ("price: 3 of 90 rows are negative",)


def test_the_settings_say_how_much_must_be_left() -> None:
    strict = GateSettings(least_remaining=0.95, least_clauses=0.9)
    new = parsed("x" * 9_000, clauses=80)
    assert len(hold_reasons(Shape(10_000, 100, 0, None), new, strict)) == 2
    open_to_all = GateSettings(least_remaining=0, least_clauses=0)
    assert hold_reasons(Shape(10_000, 100, 0, None), parsed("x" * 10, clauses=1), open_to_all) == ()
