"""Files as canonical text, and why a file is set aside."""

import asyncio
import sys
from pathlib import Path

import pytest

from ingestion.parsers import DEFAULT_LIMITS, PARSERS, TABLES, parse
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits


def _refusal(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> UnreadableSourceError:
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path, limits)
    assert refusal.value.remedy
    return refusal.value


def test_markdown_keeps_its_text_but_for_newlines_bom_and_composition(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff## Cafe\u0301 rules\r\n\r\n*text*\r  # **Policy**\n".encode())
    parsed = parse(path)
    assert parsed.canonical_text == "## Caf\u00e9 rules\n\n*text*\n  # **Policy**\n"
    assert parsed.title == "Policy"
    assert parsed.page_starts == ()


def test_plain_text_has_no_title(tmp_path: Path) -> None:
    path = tmp_path / "a.TXT"
    path.write_text("# not a heading here", encoding="utf-8")
    assert parse(path).title is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", "the file is empty"),
        ("a.md", b" \n\t\n", "it holds no words"),
        ("a.txt", b"caf\xe9", "byte 3 is not UTF-8"),
        ("a.txt", b"a\x00b", "NUL"),
        ("a.odt", b"PK", "no parser reads files with the suffix '.odt'"),
        ("a.docx", b"PK", "not a readable Office file"),
        ("a.csv", b"a,b", "it is a table"),
    ],
)
def test_an_unusable_file_is_set_aside_with_its_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in _refusal(path).reason


def test_a_file_that_is_too_large_is_set_aside_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(1024**2 + 1)
    refusal = _refusal(path, ParsingLimits(largest_mb=1))
    assert refusal.reason == "it is larger than 1 MB"
    assert "TOULMIN_PARSE_LARGEST_MB" in refusal.remedy


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.json", "a.xml"])
def test_more_text_than_the_limit_is_set_aside(tmp_path: Path, name: str) -> None:
    words = "word " * 230_000
    content = {"a.html": f"<p>{words}", "a.json": f'{{"text": "{words}"}}', "a.xml": f"<p>{words}</p>"}
    path = tmp_path / name
    path.write_text(content.get(name, words), encoding="utf-8")
    assert "more than 1 MB of text" in _refusal(path, ParsingLimits(largest_text_mb=1)).reason


def test_a_file_that_is_gone_is_set_aside(tmp_path: Path) -> None:
    assert "cannot be opened" in _refusal(tmp_path / "gone.md").reason


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"%PDF-1.7 rest", "a PDF"),
        ("a.md", b"PK\x03\x04 rest", "a ZIP archive"),
        ("a.json", b"<!DOCTYPE html><p>x", "HTML"),
        ("a.txt", b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "XML"),
        ("a.pdf", b"\x89PNG\r\n", "a picture"),
        ("a.html", b"%PDF-1.7", "a PDF"),
        ("a.docx", b"{\\rtf1 words}", "rich text"),
        ("a.xml", b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_content_of_another_kind_than_the_suffix_is_set_aside(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert f"is called {path.suffix}, but is" in _refusal(path).reason
    assert kind in _refusal(path).reason


@pytest.mark.parametrize("suffix", sorted(PARSERS))
@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\0\0\0\0", b"\xff\xfe", b"\xef\xbb\xbf"])
def test_a_file_without_words_is_set_aside_whatever_it_is_called(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert _refusal(path).reason


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Caf\u00e9 rules".encode("utf-16"))
    assert parse(path).canonical_text == "Caf\u00e9 rules"


async def test_no_parser_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys, ingestion.parsers; "
        "heavy = {'lxml', 'docx', 'pypdfium2', 'pypdfium2_raw'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules); "
        "assert 'ingestion.parsers.law' not in sys.modules"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await child.wait() == 0


def test_tables_are_no_documents() -> None:
    assert not set(TABLES) & set(PARSERS)
