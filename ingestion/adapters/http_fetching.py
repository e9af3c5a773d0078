"""Brings files from the web here: whole ones, from public addresses, asked for politely, and kept until they change."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import httpcore
import httpx

from ingestion.adapters.bodies import receive_body
from ingestion.adapters.copies import Copy, CopyRecord
from ingestion.adapters.guarded_network import AddressRules, GuardedNetwork, Resolver, system_resolver
from ingestion.adapters.media_types import suffix_of
from ingestion.adapters.refusals import NotNowError, redirected, refused, web_address
from ingestion.ports import UnreadableSourceError
from ingestion.settings import FetchLimits
from ingestion.urls import plain_url

_AT_ONE_HOST: Final = 2
_ATTEMPTS: Final = 3
_FIRST_WAIT: Final = 1.0
_ACCEPT: Final = (
    "application/xhtml+xml, text/html;q=0.9, application/xml;q=0.8, text/markdown;q=0.8, application/pdf;q=0.7, "
    "*/*;q=0.5"
)


class HttpFetching:
    """Fetches `http` and `https`.

    Not more than two connections go to one host, a file has `limits.seconds` (without the time that it waits for its
    turn), and what fails for now is asked for again. A page that asks people to log in is a page like any other.
    """

    def __init__(
        self,
        limits: FetchLimits,
        largest_mb: int,
        resolve: Resolver = system_resolver,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._largest_mb = largest_mb
        self._network = GuardedNetwork(AddressRules(limits.private_hosts), resolve)
        self._certificates = certificates or httpcore.default_ssl_context()
        self._turns = _Turns()

    async def listed(self, url: str) -> tuple[str, ...]:
        """List the file itself: the web has no folders."""
        return (url,)

    async def fetched(self, url: str, language: str | None = None) -> Path:
        """Bring a file here, or find that the copy is still current; raises UnreadableSourceError."""
        address = web_address(url)
        copy = await asyncio.to_thread(Copy, self._limits.folder, url, language)
        clock = _Clock(self._limits.seconds)
        waited = _FIRST_WAIT
        for attempt in range(_ATTEMPTS):
            try:
                return await self._followed(address, _Errand(copy, language, clock))
            except NotNowError as error:
                pause = waited if error.wait is None else error.wait
                if attempt == _ATTEMPTS - 1 or pause >= clock.left:
                    raise UnreadableSourceError(error.reason, "ingest it again later") from error
                async with clock.running():
                    await asyncio.sleep(pause)
                waited *= 2
        raise AssertionError

    async def _followed(self, address: httpx.URL, errand: "_Errand") -> Path:
        last = await asyncio.to_thread(errand.copy.last)
        async with httpcore.AsyncConnectionPool(self._certificates, network_backend=self._network) as pool:
            for _ in range(self._limits.redirects + 1):
                answer = await self._asked(pool, address, errand, last)
                if isinstance(answer, Path):
                    return answer
                address = redirected(address, answer)
        raise UnreadableSourceError(
            f"it redirects more than {self._limits.redirects} times", "name the address where it ends"
        )

    async def _asked(
        self, pool: httpcore.AsyncConnectionPool, address: httpx.URL, errand: "_Errand", last: CopyRecord | None
    ) -> Path | str:
        """Give the file that an address answers with, or the address to which it sends us."""
        known = last if last is not None and last.final == plain_url(str(address)) else None
        request = httpcore.Request(
            "GET",
            httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path),
            headers=tuple(_headers(address, errand.language, known).items()),
        )
        async with self._turns.at(address.host), errand.clock.running():
            try:
                response = await pool.handle_async_request(request)
                try:
                    return await self._taken(response, address, errand, known)
                finally:
                    await response.aclose()
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
                if isinstance(error.__context__, ssl.SSLError):
                    raise UnreadableSourceError(
                        f"{address.host} cannot be trusted ({error})", "have its certificate put right"
                    ) from error
                raise NotNowError(f"{address.host} could not be read ({error or type(error).__name__})") from error

    async def _taken(
        self, response: httpcore.Response, address: httpx.URL, errand: "_Errand", known: CopyRecord | None
    ) -> Path | str:
        headers = httpx.Headers(response.headers)
        if response.status == HTTPStatus.NOT_MODIFIED and known is not None:
            return errand.copy.path(known)
        if response.status != HTTPStatus.OK:
            return refused(response.status, headers)
        with await asyncio.to_thread(errand.copy.receive, self._largest_mb) as arrival:
            await receive_body(response, headers, arrival, self._largest_mb)
            final = plain_url(str(address))
            suffix = suffix_of(headers.get("content-type"), address.path.rpartition("/")[2], arrival.head)
            record = CopyRecord(
                address=errand.copy.address,
                final=final,
                file="",
                sha256="",
                etag=headers.get("etag"),
                last_modified=headers.get("last-modified"),
            )
            return await asyncio.to_thread(errand.copy.keep, arrival, suffix, record)


@dataclass(slots=True)
class _Clock:
    """The seconds that a file has left."""

    left: float

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        began, given = time.monotonic(), self.left
        try:
            async with asyncio.timeout(max(given, 0)):
                yield
        except TimeoutError as error:
            raise UnreadableSourceError(
                "it did not arrive whole in the time that a file has",
                "ingest it again later, or raise TOULMIN_FETCH_SECONDS",
            ) from error
        finally:
            self.left = given - (time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class _Errand:
    copy: Copy
    language: str | None
    clock: _Clock


class _Turns:
    """Lets two at a time ask one host, in every event loop that asks."""

    def __init__(self) -> None:
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()

    def at(self, host: str) -> asyncio.Semaphore:
        turns = self._by_loop.setdefault(asyncio.get_running_loop(), {})
        return turns.setdefault(host, asyncio.Semaphore(_AT_ONE_HOST))


def _headers(address: httpx.URL, language: str | None, known: CopyRecord | None) -> dict[str, str]:
    headers = {
        "Host": address.netloc.decode("ascii"),
        "User-Agent": f"Toulmin/{version('toulmin')}",
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    if language is not None:
        headers["Accept-Language"] = language
    if known is not None and known.etag is not None:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        headers["If-Modified-Since"] = known.last_modified
    return headers
