"""Turns a PDF into canonical text with the offsets of its pages, by PDFium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, cast

import pypdfium2

from ingestion.parsers.text import ParsedText, canonical
from ingestion.ports import UnreadableSourceError

PAGE_BREAK: Final = "\n\n"
"""What stands between two pages in the canonical text."""

_PASSWORD_WANTED: Final = 4  # FPDF_ERR_PASSWORD


def parse_pdf(path: Path) -> ParsedText:
    """Read the text of all pages; raises UnreadableSourceError for a PDF that is encrypted, broken or only pictures."""
    try:
        title, pages = _read(path)
    except pypdfium2.PdfiumError as error:
        if cast("int | None", getattr(error, "err_code", None)) == _PASSWORD_WANTED:
            raise UnreadableSourceError("it is encrypted", "save a copy without a password") from error
        raise UnreadableSourceError(f"it is not a readable PDF ({error})", "export the document anew") from error
    if not any(page.strip() for page in pages):
        raise UnreadableSourceError("scanned pages, no text", "run OCR (text recognition) on it and ingest the result")
    return ParsedText(PAGE_BREAK.join(pages), tuple(_starts(pages)), title or None)


def _starts(pages: list[str]) -> Iterator[int]:
    start = 0
    for page in pages:
        yield start
        start += len(page) + len(PAGE_BREAK)


class _Words(Protocol):
    def get_text_bounded(self) -> str: ...
    def close(self) -> object: ...


class _Page(Protocol):
    def get_textpage(self) -> _Words: ...
    def close(self) -> object: ...


class _Document(Protocol):
    def __len__(self) -> int: ...
    def get_metadata_value(self, key: str, /) -> str: ...
    def get_page(self, index: int, /) -> _Page: ...


def _read(path: Path) -> tuple[str, list[str]]:
    with pypdfium2.PdfDocument(path) as opened:
        document = cast("_Document", opened)
        title = document.get_metadata_value("Title")
        pages: list[str] = []
        for number in range(len(document)):
            page = document.get_page(number)
            words = page.get_textpage()
            pages.append(canonical(words.get_text_bounded()).replace("\0", "").replace("\ufffe", "-").strip())
            words.close()
            page.close()
    return title.strip(), pages
