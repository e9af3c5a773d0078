"""The dates that a text states about itself."""

from datetime import date

import pytest

from ingestion.dates import find_stated_dates
from retrieval.corpus import Document, Revision


def _dates(text: str) -> list[tuple[str, date, str]]:
    revision = Revision(
        id="rev_1",
        document=Document(id="policy", title="Policy", source="policy.md", owner="credit-risk"),
        content_sha256="0",
        canonical_text=text,
    )
    return [(one.kind, one.day, text[one.span.start : one.span.end]) for one in find_stated_dates(revision)]


@pytest.mark.parametrize(
    ("line", "kind", "day"),
    [
        ("It shall enter into force on 17 February 2005.", "in_force", date(2005, 2, 17)),
        ("It shall apply from 25 May 2018.", "in_force", date(2018, 5, 25)),
        ("Effective date: 2024-01-01", "in_force", date(2024, 1, 1)),
        ("In force from 1st March 2020 in all states", "in_force", date(2020, 3, 1)),
        ("These rules come into effect on July 15, 2019.", "in_force", date(2019, 7, 15)),
        ("This Act takes effect on the 3rd day of Sept. 2021.", "in_force", date(2021, 9, 3)),
        ("Effective from 31/12/2023.", "in_force", date(2023, 12, 31)),
        ("Effective from 05/05/2023.", "in_force", date(2023, 5, 5)),
        ("In force for loans made on or after 1 January 2005.", "in_force", date(2005, 1, 1)),
        ("This order expires on 30 June 2026.", "expires", date(2026, 6, 30)),
        ("It applies until 22 October 2027.", "expires", date(2027, 10, 22)),
        ("It ceases to have effect on 1 May 2030.", "expires", date(2030, 5, 1)),
        ("Done at Brussels, 11 February 2004.", "enacted", date(2004, 2, 11)),
        ("Adopted on 4 April 2016", "enacted", date(2016, 4, 4)),
        ("APPROVED MAY 17, 2024", "enacted", date(2024, 5, 17)),
    ],
)
def test_a_written_date_is_found_with_its_words(line: str, kind: str, day: date) -> None:
    ((found, stated, words),) = _dates(f"# Rules\n\n{line}\n")
    assert (found, stated) == (kind, day)
    assert words in line


@pytest.mark.parametrize(
    "line",
    [
        "It shall enter into force on the twentieth day following its publication on 3 May 2020.",
        "Effective date: 03/04/2024",
        "Effective date: 31 February 2024",
        "A flight on 3 May 2020 was late.",
        "It shall not apply from 3 May 2020.",
        "Directive 95/46/EC entered into force on 13 December 1995.",
        "It applies from three years after 2 August 2026.",
        "The Convention on Carriage, done at Montreal on 28 May 1999.",
    ],
)
def test_computed_ambiguous_and_other_texts_dates_are_left_out(line: str) -> None:
    assert _dates(line) == []
