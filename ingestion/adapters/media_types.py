"""Tells what sort of file arrived: by the media type that a server gives, else by its name, else by how it begins."""

import re
from typing import Final

from ingestion.ports import UnreadableSourceError
from ingestion.source import READABLE

_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/json": ".json",
    "text/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "application/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""Suffixes of media types that say what a file is; others, such as text/plain, leave it open."""

_PLAIN: Final = frozenset({"text/plain", "application/octet-stream", "binary/octet-stream", "application/zip", ""})

_OPENINGS: Final = (
    (rb"%PDF-", ".pdf"),
    (rb"PAR1", ".parquet"),
    (rb"PK\x03\x04(?s:.)*word/", ".docx"),
    (rb"PK\x03\x04(?s:.)*xl/", ".xlsx"),
    (rb"(?i)<!doctype html|<html[\s>]", ".html"),
    (rb"(?i)<\?xml[^>]*>\s*(?:<!--(?s:.)*?-->\s*)*(?:<!doctype html|<html[\s>])", ".html"),
    (rb"<\?xml", ".xml"),
    (rb"[{\[]", ".json"),
)


def suffix_of(media_type: str | None, name: str, head: bytes) -> str:
    """Give the suffix by which a parser is chosen; raises UnreadableSourceError when nothing tells what it is.

    `media_type` is a Content-Type, `name` the last part of the address, `head` the first kilobyte.
    """
    kind = (media_type or "").partition(";")[0].strip().lower()
    told = _SUFFIXES.get(kind) or _by_syntax(kind)
    if told is not None:
        return told
    found = re.search(r"\.\w+$", name.lower())
    if found is not None and found[0] in READABLE:
        return found[0]
    opening = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, suffix in _OPENINGS:
        if re.match(pattern, opening):
            return suffix
    if kind in _PLAIN and _is_text(head):
        return ".txt"
    raise UnreadableSourceError(
        f"it is of a sort that no parser reads ({kind or 'the server does not say which'})",
        f"name an address that gives one of {', '.join(sorted(READABLE))}",
    )


def _by_syntax(kind: str) -> str | None:
    return {"+xml": ".xml", "+json": ".json"}.get(kind[kind.rfind("+") :]) if "+" in kind else None


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and b"\0" not in head  # a letter may be cut at the end
    return bool(head) and b"\0" not in head
