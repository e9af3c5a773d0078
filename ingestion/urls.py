"""Tells addresses from paths, and gives an address without what must not be written down."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ingestion.ports import IngestionError, UnreadableSourceError

LIST_SUFFIX: Final = ".urls"
"""Suffix of a text file that lists addresses, one a line; what follows a # and a space is a remark."""

WEB: Final = frozenset({"http", "https"})
"""Schemes that name one page or file each."""

CLOUD: Final = frozenset({"s3", "gs", "az", "abfs"})
"""Schemes of object stores, whose addresses may name folders."""

_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")
_SECRET: Final = re.compile(
    r"token|secret|sig$|signature|passw|pwd|auth|credential|session|^sas$|^key$|(api|access|account|private)[-_.]?key",
    re.IGNORECASE,
)
_TRACKING: Final = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id", re.IGNORECASE)


def scheme_of(name: str) -> str | None:
    """Give the scheme of an address in lower case; None for a path."""
    found = _SCHEME.match(name)
    return found[1].lower() if found else None


def remote_scheme(address: str) -> str:
    """Give the scheme of an address that can be fetched; raises IngestionError for any other."""
    scheme = scheme_of(address)
    if scheme is None:
        raise IngestionError(f"{address} is no address; write the whole of it, such as https://example.org/law.html.")
    try:
        _ = urlsplit(address).port
    except ValueError as error:
        raise IngestionError(f"An address that begins with {scheme}:// is wrong: {error}; correct it.") from error
    if scheme not in WEB | CLOUD:
        known = ", ".join(f"{one}://" for one in (*sorted(WEB), *sorted(CLOUD)))
        raise IngestionError(f"{plain_url(address)}: nothing fetches {scheme}://; use one of {known} or a path.")
    return scheme


def file_path(address: str) -> Path:
    """Give the path that a `file://` address means; raises IngestionError when it is on another machine."""
    split = urlsplit(address)
    if split.hostname not in {None, "localhost"}:
        raise IngestionError(f"{address}: a file:// address means this machine; write file:///{split.path.lstrip('/')}")
    return Path(unquote(split.path))


def plain_url(address: str) -> str:
    """Leave out user and password, the values of secrets in the query, what only counts visits, and the fragment."""
    split = urlsplit(address)
    user, at, host = split.netloc.rpartition("@")
    keep_user = split.scheme in CLOUD and ":" not in user  # abfs://container@account
    pairs = parse_qsl(split.query, keep_blank_values=True)
    shown = [
        (name, "REDACTED" if value and _is_secret(name) else value)
        for name, value in pairs
        if not _TRACKING.fullmatch(name)
    ]
    hidden = shown != pairs
    query = urlencode(shown, safe="/:,[]") if hidden else split.query
    return urlunsplit((split.scheme.lower(), user + at + host if keep_user else host, split.path, query, ""))


def without_scheme(address: str) -> str:
    """Give what follows `://`."""
    return address.partition("://")[2]


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A line of a list (its number, from 1) that is no address to fetch, why, and what to do."""

    number: int
    reason: str
    remedy: str


def read_list(path: Path) -> tuple[tuple[str, ...], tuple[WrongLine, ...]]:
    """Read the addresses that a text file lists, each once, and the lines that are wrong.

    Raises IngestionError when the file cannot be read or has no line of either kind.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise IngestionError(f"{path} cannot be read ({error.strerror}); check that it exists and is yours.") from error
    except UnicodeDecodeError as error:
        raise IngestionError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    listed = list(_listed(lines))
    addresses = tuple(dict.fromkeys(one for one in listed if isinstance(one, str)))
    wrong = tuple(one for one in listed if isinstance(one, WrongLine))
    if not listed:
        raise IngestionError(f"{path} lists no address; write one a line. Nothing was removed.")
    return addresses, wrong


def refuse_password(address: str) -> None:
    """Raise UnreadableSourceError for an address that carries a password, or for the web a user."""
    split = urlsplit(address)
    user, at, _ = split.netloc.rpartition("@")
    if at and (split.scheme.lower() in WEB or ":" in user):
        raise UnreadableSourceError(
            "its address carries a user or password, which would be written down with it",
            "leave it out; what needs a login is downloaded by a person, or by a job that puts the file in a folder",
        )


def _listed(lines: list[str]) -> Iterator[str | WrongLine]:
    for number, line in enumerate(lines, start=1):
        address = re.sub(r"(^|\s)#.*", "", line).strip()
        if not address:
            continue
        if scheme_of(address) is None or len(address.split()) > 1:
            yield WrongLine(
                number, "it is not one address", "write one whole address such as https://example.org/law.html"
            )
            continue
        try:
            remote_scheme(address)
        except IngestionError as error:
            reason, _, remedy = str(error).removesuffix(".").rpartition("; ")
            yield WrongLine(number, reason, remedy)
        else:
            yield address


def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(name)) or name.lower().startswith(("x-amz-", "x-goog-"))
