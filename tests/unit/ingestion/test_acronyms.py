"""What a text spells out, and what its passages then mean besides."""

import pytest

from ingestion.acronyms import MOST, acronyms_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("File a Suspicious Activity Report (SAR) at once.", {"SAR": "Suspicious Activity Report"}),
        ('Anti-Money Laundering ("AML") rules', {"AML": "Anti-Money Laundering"}),
        (
            "the Financial Services and Markets Regulations (the FSMR)",
            {"FSMR": "Financial Services and Markets Regulations"},
        ),
        ("The SAR (Suspicious Activity Report) is filed.", {"SAR": "Suspicious Activity Report"}),
        ("**Suspicious Activity Report** (SAR)", {"SAR": "Suspicious Activity Report"}),
        ('"Suspicious Activity Report" ("SAR")', {"SAR": "Suspicious Activity Report"}),
        ("a Suspicious Activity Report (**SAR**)", {"SAR": "Suspicious Activity Report"}),
        ("A report (SAR) is filed.", {}),
        ("See (Article 7) and (EU) 2016/679 and Annex (II).", {}),
        ("It is paid (if owed) in Euro (EUR).", {}),
        ("one\n\nParagraph (OP)", {}),
        ("", {}),
    ],
)
def test_long_forms(text: str, expected: dict[str, str]) -> None:
    assert acronyms_of(text).long_forms == expected


def test_the_first_long_form_counts() -> None:
    text = "Own Risk Assessment (ORA), and later the Other Random Acronym (ORA)"
    assert acronyms_of(text).long_forms == {"ORA": "Own Risk Assessment"}


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("The SAR must be filed.", "Suspicious Activity Report"),
        ("Each suspicious\nactivity report is kept.", "SAR"),
        ("A Suspicious Activity Report (SAR) is filed.", ""),
        ("Nothing of it.", ""),
        ("SARs are kept.", "Suspicious Activity Report"),
        ("SARX and sar are something else.", ""),
        ("Su\u017fpicious Activity Report", "SAR"),
        ("\u0130SAR", ""),
    ],
)
def test_a_passage_means_the_form_that_it_lacks(passage: str, expected: str) -> None:
    assert acronyms_of("File a Suspicious Activity Report (SAR).").meant_by(passage) == expected


def test_without_acronyms_nothing_is_meant() -> None:
    assert acronyms_of("No acronym at all.").meant_by("SAR") == ""


def test_a_text_of_many_acronyms_is_read_in_linear_time() -> None:
    many = " ".join(f"Alpha Beta {chr(65 + n % 26)}{n}x (AB{chr(65 + n % 26)}{n})" for n in range(20_000))
    found = acronyms_of(many)
    assert len(found.long_forms) <= MOST
    assert found.meant_by("Nothing of it. " * 20_000) == ""
