"""Tells what may be asked of the web, and what an answer other than the file means."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from ingestion.ports import UnreadableSourceError
from ingestion.urls import WEB, refuse_password

_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CLOSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_URL: Final = 8000


class NotNowError(Exception):
    """An address does not answer now but may later; `wait` is how many seconds it asks to be left alone."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


def web_address(url: str) -> httpx.URL:
    """Read an address of the web; raises UnreadableSourceError for any other, and for one with user or password."""
    try:
        refuse_password(url)
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnreadableSourceError(f"its address is wrong ({error})", "correct the address") from error
    if address.scheme not in WEB or not address.host or len(url) > _LONGEST_URL:
        raise UnreadableSourceError("its address is none of the web", "name one such as https://example.org/law.html")
    return address


def redirected(address: httpx.URL, location: str) -> httpx.URL:
    """Follow a redirect by one step; raises UnreadableSourceError for one to an address that may not be asked.

    What came by https goes on by https: where a host sends to itself without it, it is asked with it all the same.
    """
    try:
        target = web_address(str(address.join(location)))
    except (httpx.InvalidURL, UnreadableSourceError) as error:
        raise UnreadableSourceError(
            f"it redirects to what may not be asked ({error})", "name the address itself"
        ) from error
    if address.scheme == "https" and target.scheme == "http":
        if target.host != address.host or target.port is not None:
            raise UnreadableSourceError(
                f"it redirects from https to http, at {target.host}", "name an address that stays encrypted"
            )
        return target.copy_with(scheme="https")
    return target


def refused(status: int, headers: httpx.Headers) -> str:
    """Give the address of a redirect; raises UnreadableSourceError or NotNowError for every other answer."""
    if status in _MOVED and headers.get("location"):
        return headers["location"]
    if status in _PASSING:
        raise NotNowError(f"the server cannot give it now ({_named(status)})", _wait(headers.get("retry-after")))
    if status in _GONE:
        raise UnreadableSourceError(
            f"it is not there any more ({_named(status)})",
            "correct its address, or remove its entry so that the document is removed",
        )
    if status in _CLOSED:
        raise UnreadableSourceError(
            f"the server does not let us read it ({_named(status)})",
            "download it and name the file, or name an address that is open",
        )
    raise UnreadableSourceError(
        f"the server answered {_named(status)} instead of the file", "open the address in a browser, and correct it"
    )


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _wait(retry_after: str | None) -> float | None:
    """Read how long to wait: seconds, or a date."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
