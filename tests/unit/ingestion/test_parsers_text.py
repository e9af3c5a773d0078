"""Plain text has the structure that its headings give it, where it is prose under headings."""

from pathlib import Path
from time import perf_counter

import pytest

from ingestion.clauses import split_clauses
from ingestion.parsers import parse
from ingestion.parsers.bare_headings import mark_headings
from retrieval.corpus import Clause, Document, Revision

_PROSE = "The airline pays within seven days, unless the traveller asked for a voucher in writing."
_POLICY = (
    f"Travel policy\n\nDenied boarding\n\n{_PROSE}\n\nCancelled flight\n{_PROSE}\n- one\n- two\n\nDelay\n{_PROSE}\n"
)


def _clauses(text: str) -> dict[str, Clause]:
    revision = Revision(
        id="rev_1",
        document=Document(id="d", title="d", source="d.txt", owner="o"),
        content_sha256="0",
        canonical_text=text,
        valid_from_generation=1,
    )
    return {clause.key: clause for clause in split_clauses(revision)}


def test_short_lines_over_prose_are_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "policy.txt"
    path.write_text(_POLICY, encoding="utf-8")
    text = parse(path).canonical_text
    clauses = _clauses(text)
    assert [(key, clause.parent) for key, clause in clauses.items()] == [
        ("travel-policy", None),
        ("denied-boarding", "travel-policy"),
        ("cancelled-flight", "travel-policy"),
        ("delay", "travel-policy"),
    ]
    span = clauses["cancelled-flight"].span
    assert text[span.start : span.end].endswith("- two")
    assert text.replace("# ", "").replace("#", "") == _POLICY


@pytest.mark.parametrize(
    "text",
    [
        "Shall I compare thee to a summer day\nThou art more lovely and more temperate.\n\n" * 6,
        "Apples\n\nPears\n\nPlums, which are sold by weight and not by piece in every one of our shops.\n\nNuts\n",
        f"Dear customer,\n\n{_PROSE}\n\nYours sincerely\nAda Lovelace\n",
        f"Scope\n\n{_PROSE}\n{_PROSE}\n",
        f"1. Scope\n{_PROSE}\n\nDelay\n{_PROSE}\n\nLoss\n{_PROSE}\n",
        f"# Policy\n\nDelay\n{_PROSE}\n\nLoss\n{_PROSE}\n",
        f"{_PROSE}\nDelay\n{_PROSE}\nLoss\n{_PROSE}\n",
        f"```\nDelay\n{_PROSE}\n\nLoss\n{_PROSE}\n```\n",
    ],
    ids=["verse", "list", "letter", "one", "numbered", "marked", "inside a paragraph", "fence"],
)
def test_a_text_of_another_shape_stays_as_it_is(text: str) -> None:
    assert mark_headings(text) == text


def test_many_lines_take_no_more_than_their_share_of_time() -> None:
    text = f"Delay\n{_PROSE}\n\n" * 20_000
    began = perf_counter()
    assert mark_headings(text).count("## Delay") == 20_000
    assert perf_counter() - began < 20


def test_a_table_of_contents_owns_no_heading() -> None:
    clauses = _clauses(
        "# Law\n\nOf 2024.\n\n# Table of contents\n\ni\n\n## Summary\n\nIn short.\n\n### More\n\nAt length.\n"
    )
    assert [(key, clause.parent) for key, clause in clauses.items()] == [
        ("law", None),
        ("table-of-contents", None),
        ("summary", None),
        ("more", "summary"),
    ]
