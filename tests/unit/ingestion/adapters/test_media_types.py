"""What sort of file arrived."""

import pytest

from ingestion.adapters.media_types import suffix_of
from ingestion.ports import UnreadableSourceError


@pytest.mark.parametrize(
    ("media_type", "name", "head", "suffix"),
    [
        ("text/html; charset=utf-8", "act", b"", ".html"),
        ("application/xhtml+xml", "act.xml", b"", ".html"),
        ("application/akn+xml", "data", b"", ".xml"),
        ("application/ld+json", "data", b"", ".json"),
        ("application/pdf", "download", b"", ".pdf"),
        ("text/plain", "rules.md", b"words", ".md"),
        ("text/plain", "rules", b"words", ".txt"),
        ("application/octet-stream", "sales.CSV", b"id", ".csv"),
        (None, "download", b"%PDF-1.7", ".pdf"),
        (None, "download", b"\xef\xbb\xbf\n<!DOCTYPE html><html>", ".html"),
        (None, "download", b"<?xml version='1.0'?><!-- x --><html xmlns='x'>", ".html"),
        (None, "download", b"<?xml version='1.0'?><act>", ".xml"),
        (None, "download", b'{"a": 1}', ".json"),
        (None, "download", b"PK\x03\x04....word/document.xml", ".docx"),
        (None, "download", b"PK\x03\x04....xl/workbook.xml", ".xlsx"),
        (None, "page.php", "Gesetz über".encode()[:-1], ".txt"),
    ],
)
def test_the_type_the_name_and_the_beginning_tell(media_type: str | None, name: str, head: bytes, suffix: str) -> None:
    assert suffix_of(media_type, name, head) == suffix


@pytest.mark.parametrize(("media_type", "head"), [("image/png", b"\x89PNG"), (None, b"\x00\x01"), (None, b"")])
def test_what_nothing_tells_is_refused(media_type: str | None, head: bytes) -> None:
    with pytest.raises(UnreadableSourceError, match="of a sort that no parser reads"):
        suffix_of(media_type, "download", head)
