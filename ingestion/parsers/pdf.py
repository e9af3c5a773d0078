"""Turns a PDF into canonical text with the offsets of its pages, by PDFium."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

import pypdfium2
import pypdfium2.raw

from ingestion.parsers.page_margins import without_running_lines
from ingestion.parsers.text import DEFAULT_LIMITS, MEGABYTE, ParsedText, canonical, too_much_text
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

PAGE_BREAK: Final = "\n\n"
"""What stands between two pages in the canonical text."""

_PASSWORD_WANTED: Final = 4  # FPDF_ERR_PASSWORD
_UNWANTED: Final = re.compile("[\0-\x08\x0b-\x1f\x7f]")
_LONGEST_LANGUAGE: Final = 32  # characters
_MOST_NAMED: Final = 20  # pages that a note lists
# Programs that make PDFs write their own name and that of a file here.
_NO_TITLE: Final = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel) - .*|.*\.(?:docx?|indd|rtf|odt|tmp))", re.IGNORECASE
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-\w{2,8})*")


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read the text of all pages; raises UnreadableSourceError for a PDF that is encrypted, broken or only pictures."""
    try:
        with pypdfium2.PdfDocument(path) as opened:
            document = cast("_Document", opened)
            title = document.get_metadata_value("Title").strip()
            language = _language(opened)
            lines = list(_pages(document, limits))
    except pypdfium2.PdfiumError as error:
        if cast("int | None", getattr(error, "err_code", None)) == _PASSWORD_WANTED:
            raise UnreadableSourceError("it is encrypted", "save a copy without a password") from error
        raise UnreadableSourceError(f"it is not a readable PDF ({error})", "export the document anew") from error
    if not any(lines):
        raise UnreadableSourceError("scanned pages, no text", "run OCR (text recognition) on it and ingest the result")
    kept, left_out = without_running_lines(lines)
    pages = ["\n".join(page).strip() for page in kept]
    return ParsedText(
        PAGE_BREAK.join(pages),
        tuple(_starts(pages)),
        None if not title or _NO_TITLE.fullmatch(title) else title,
        language,
        tuple(_notes(lines, left_out)),
    )


def _starts(pages: Sequence[str]) -> Iterator[int]:
    start = 0
    for page in pages:
        yield start
        start += len(page) + len(PAGE_BREAK)


def _notes(lines: Sequence[Sequence[str]], left_out: int) -> Iterator[str]:
    empty = [str(number) for number, page in enumerate(lines, start=1) if not page]
    if empty:
        named = ", ".join(empty[:_MOST_NAMED]) + (
            f" and {len(empty) - _MOST_NAMED} more" if empty[_MOST_NAMED:] else ""
        )
        yield f"page {named} holds no text (scanned?)" if len(empty) == 1 else f"pages {named} hold no text (scanned?)"
    if left_out:
        yield f"{left_out} running headers, footers and page numbers left out"


class _Words(Protocol):
    def get_text_bounded(self) -> str: ...
    def close(self) -> object: ...


class _Page(Protocol):
    def get_textpage(self) -> _Words: ...
    def close(self) -> object: ...


class _GetLanguage(Protocol):
    def __call__(self, document: object, buffer: object, length: int, /) -> int: ...


class _Document(Protocol):
    def __len__(self) -> int: ...
    def get_metadata_value(self, key: str, /) -> str: ...
    def get_page(self, index: int, /) -> _Page: ...


def _pages(document: _Document, limits: ParsingLimits) -> Iterator[list[str]]:
    length = 0
    for number in range(len(document)):
        page = document.get_page(number)
        words = page.get_textpage()
        text = canonical(words.get_text_bounded()).replace("\ufffe", "-")
        words.close()
        page.close()
        length += len(text)
        if length > limits.largest_text_mb * MEGABYTE:
            raise too_much_text(limits)
        lines = canonical(_UNWANTED.sub("", text)).strip().split("\n")
        yield lines if any(line.strip() for line in lines) else []


def _language(opened: object) -> str | None:
    """Read the language that the catalog of a PDF declares."""
    buffer = (ctypes.c_ushort * _LONGEST_LANGUAGE)()
    # The length is in bytes of UTF-16, with the NUL at the end.
    length = cast("_GetLanguage", pypdfium2.raw.FPDFCatalog_GetLanguage)(opened, buffer, ctypes.sizeof(buffer))
    declared = "".join(map(chr, buffer[: max(0, min(length, ctypes.sizeof(buffer)) // 2 - 1)]))
    return declared if _LANGUAGE.fullmatch(declared) else None
