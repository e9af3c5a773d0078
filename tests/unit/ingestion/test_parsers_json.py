"""JSON as canonical text: lists of provisions as laws print them, everything else as an outline."""

import json
import time
from pathlib import Path

import pytest
from pydantic import JsonValue

from ingestion.parsers import ParsedText, parse
from ingestion.parsers.running_lists import on_lines
from ingestion.ports import UnreadableSourceError


def _read(tmp_path: Path, value: JsonValue, name: str = "a.json") -> ParsedText:
    path = tmp_path / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return parse(path)


def _refusal(tmp_path: Path, content: str, name: str = "a.json") -> UnreadableSourceError:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path)
    assert refusal.value.remedy
    return refusal.value


def test_articles_of_a_law_stand_under_their_chapters(tmp_path: Path) -> None:
    articles: JsonValue = [
        {
            "article": 1,
            "article_name": "Scope",
            "chapter": "I",
            "chapter_name": "General",
            "content": "1. All. 2. None.",
        },
        {"article": 2, "article_name": "Terms", "chapter": "I", "chapter_name": "General", "content": "Words."},
        {"article": 3, "article_name": "Fines", "chapter": "II", "chapter_name": "Ends", "content": "ARTICLE 3: none"},
    ]
    assert _read(tmp_path, articles).canonical_text.split("\n\n") == [
        "## Chapter I \u2014 General",
        "### Article 1 \u2014 Scope",
        "1. All.",
        "2. None.",
        "### Article 2 \u2014 Terms",
        "Words.",
        "## Chapter II \u2014 Ends",
        "### Article 3 \u2014 Fines",
        "none",
    ]


def test_controls_with_names_of_their_own(tmp_path: Path) -> None:
    controls: JsonValue = [
        {"control_id": "GO 1.1", "family": "Govern", "statement": "Do.", "riskOwner": "CRO", "tested": True},
        {"control_id": "GO 1.10", "family": "Govern", "statement": "Do more.", "riskOwner": "CFO", "tags": ["a", "b"]},
        {"control_id": "MA 1.1", "family": "Map", "statement": "Look.", "riskOwner": None, "tags": []},
    ]
    assert _read(tmp_path, controls).canonical_text == (
        "## Govern\n\n### GO 1.1\n\nDo.\n\nRisk owner: CRO\n\nTested: yes\n\n### GO 1.10\n\nDo more.\n\n"
        "Risk owner: CFO\n\nTags:\n\n- a\n- b\n\n## Map\n\n### MA 1.1\n\nLook."
    )


def test_paragraphs_inside_an_article_are_numbered_lines(tmp_path: Path) -> None:
    law: JsonValue = {
        "title": "Lending law",
        "language": "en",
        "articles": [
            {
                "number": "Article 1",
                "title": "Scope",
                "paragraphs": [
                    {"number": 1, "text": "It applies to:", "points": [{"label": "a", "text": "banks"}]},
                    {"number": 2, "text": "It ends."},
                ],
            }
        ],
    }
    parsed = _read(tmp_path, law)
    assert parsed.canonical_text.split("\n\n") == [
        "# Lending law",
        "## Article 1 \u2014 Scope",
        "(1) It applies to:",
        "(a) banks",
        "(2) It ends.",
        "Language: en",
    ]
    assert (parsed.title, parsed.language) == ("Lending law", "en")


def test_other_json_is_an_outline(tmp_path: Path) -> None:
    value: JsonValue = {"refund_rules": {"days": 7, "rate": 1.10, "note": "by card"}, "open": False, "none": None}
    assert _read(tmp_path, value).canonical_text == (
        "## Refund rules\n\nDays: 7\n\nRate: 1.1\n\nNote: by card\n\nOpen: no"
    )


def test_numbers_keep_the_form_they_were_written_in(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"rate": 1.10, "large": ' + "9" * 5000 + "}", encoding="utf-8")
    assert "Rate: 1.10" in parse(path).canonical_text


def test_lines_of_json_are_sections(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "4.1", "title": "Age", "text": "One."}\n\n{"id": "4.2", "title": "Sex", "text": "Two."}\n')
    assert parse(path).canonical_text == "## 4.1 \u2014 Age\n\nOne.\n\n## 4.2 \u2014 Sex\n\nTwo."
    assert "line 2, column 7" in _refusal(tmp_path, '{"a": 1}\n{"a": \n', "b.jsonl").reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "it is not JSON (line 1, column 2"),
        ('{"a": 1, "a": 2}', "it gives 'a' twice in one object"),
        ("[" * 300 + "]" * 300, "more than 200 deep"),
        ("[" * 1_000_000, "more than 200 deep"),
        ('{"a":' * 100_000, "more than 200 deep"),
        ("[null]", "it holds no words"),
    ],
)
def test_broken_and_hostile_json_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    began = time.perf_counter()
    assert reason in _refusal(tmp_path, content).reason
    assert time.perf_counter() - began < 5


def test_brackets_in_words_are_no_depth(tmp_path: Path) -> None:
    assert _read(tmp_path, {"text": "[" * 500 + '\\"{'}).canonical_text == "[" * 500 + '\\"{'


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("1. One. 2. Two: (a) x; or (b) y. 3. Three.", ["1. One.", "2. Two:", "(a) x; or", "(b) y.", "3. Three."]),
        ("See points (a), (b) and (c) of Article 1. 2. It", ["See points (a), (b) and (c) of Article 1. 2. It"]),
        ("1. See paragraph 2. The end. 2. Next.", ["1. See paragraph 2. The end.", "2. Next."]),
        ("Rules: (h) eight; (i) nine", ["Rules: (h) eight; (i) nine"]),
        ("All: (a) p: (i) q; (ii) r; (b) s", ["All:", "(a) p:", "(i) q;", "(ii) r;", "(b) s"]),
        ("It means: (1) \u2018loan\u2019 a loan; (2) \u2018fee\u2019 a fee.", None),
        ("Costs 5. Then 6. Done", ["Costs 5. Then 6. Done"]),
        ("own\nlines 1. a 2. b", ["own", "lines 1. a 2. b"]),
    ],
)
def test_points_of_a_running_text_begin_lines(words: str, lines: list[str] | None) -> None:
    expected = lines or ["It means:", "(1) \u2018loan\u2019 a loan;", "(2) \u2018fee\u2019 a fee."]
    assert on_lines(words).split("\n") == expected


def test_many_points_take_time_in_proportion() -> None:
    began = time.perf_counter()
    on_lines(": (a) x; (b) y; 1. A 2. B " * 20_000)
    assert time.perf_counter() - began < 5
