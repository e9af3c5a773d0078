"""Turns the first bytes of a file into the kind of file it is, and refuses one whose suffix says another."""

import re
from typing import Final

from ingestion.ports import UnreadableSourceError

PDF: Final = "a PDF"
ARCHIVE: Final = "a ZIP archive or an Office file"
OLD_OFFICE: Final = "an encrypted Office file or one of an Office before 2007"
XML: Final = "XML"
HTML: Final = "HTML"

_BINARY: Final = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ARCHIVE),
    (b"PK\x05\x06", ARCHIVE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ\x00", "compressed with xz"),
    (b"(\xb5/\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"{\\rtf", "rich text (RTF)"),
    (b"PAR1", "a Parquet table"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,500}(?:(<\?xml\s)|(<!doctype\s+html\b|<html[\s>]))", re.IGNORECASE)
_PDF_WITHIN: Final = 1024  # bytes that may stand before its header
_EXPECTED: Final = {
    ".pdf": (PDF,),
    ".docx": (ARCHIVE, OLD_OFFICE),  # the parser of Word files tells these apart
    ".xlsx": (ARCHIVE, OLD_OFFICE),
    ".parquet": ("a Parquet table",),
    ".xml": (XML, HTML),
    ".xhtml": (XML, HTML),
    ".html": (XML, HTML),
    ".htm": (XML, HTML),
}
_REMEDIES: Final = {
    PDF: "give it the suffix .pdf",
    ARCHIVE: "give it the suffix of its kind (.docx, .xlsx), or unpack it",
    XML: "give it the suffix .xml",
    HTML: "give it the suffix .html",
}


def content_kind(start: bytes) -> str | None:
    """Recognise the kind of a file by its first bytes; None for text in general, and for what is not known."""
    for mark, kind in _BINARY:
        if start.startswith(mark):
            return kind
    if b"%PDF-" in start[:_PDF_WITHIN]:
        return PDF
    markup = _MARKUP.match(start)
    if markup is None:
        return None
    return XML if markup[1] else HTML


def refuse_other_content(suffix: str, start: bytes) -> None:
    """Raise UnreadableSourceError for a file that is of another kind than its suffix says."""
    kind, expected = content_kind(start), _EXPECTED.get(suffix, ())
    if kind is None or kind in expected or (kind == PDF and not start.startswith(b"%PDF-")):
        return
    raise UnreadableSourceError(
        f"it is called {suffix}, but is {kind}", _REMEDIES.get(kind, "convert it to a format that is read")
    )
