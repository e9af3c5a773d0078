"""Turns the work of commands into requests to the service that has the index, and its answers into results and errors.

The service runs on the same machine, as the same user: paths mean the same there.
"""

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from decision.facts import InvalidCaseError, Problem
from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import IngestReport, Overdue
from ingestion.writing import Mended
from service.errors import ConflictError, NotFoundError, ServiceError
from service.holder import Holder
from service.maintenance import Retained, Retention
from service.records import ReleasedDecision
from service.search import SearchRequest, SearchResponse

if TYPE_CHECKING:
    from service.flow import DecisionRequest  # with which the engine would come, that searching needs nothing of
    from service.reconsideration import Reconsideration
    from service.recovering import Recovery, RecoveryRequest

T = TypeVar("T")

_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 120.0
_SILENCE_S: Final = 40.0
"""Seconds without a sign while an ingest is followed: its events come every ten at least."""


class UnreachableError(ServiceError):
    """The service that has the index cannot be reached, or does not answer, or not as expected."""


class ServiceClient:
    """The work of `service.commands.Commands`, done by the service of a Holder with an `address`."""

    def __init__(self, holder: Holder, http: httpx.AsyncClient) -> None:
        self._holder = holder
        self._http = http

    async def is_there(self) -> bool:
        """Whether the service answers at its address already, and is the one that has the index."""
        try:
            return (await self._http.get("/v1/maintenance", timeout=_CONNECT_S)).is_success
        except httpx.TransportError:
            return False

    async def search(self, request: SearchRequest) -> SearchResponse:
        """Find passages."""
        return await self._post("/v1/search", request, SearchResponse)

    async def decide(self, request: "DecisionRequest") -> ReleasedDecision:
        """Decide a case and record it, for the command line."""
        return await self._post("/v1/decisions", request, ReleasedDecision)

    async def reconsider(self, decision_id: str, asked: "Reconsideration") -> ReleasedDecision:
        """Decide the case of an earlier decision anew, corrected, and record it, for the command line."""
        return await self._post(
            f"/v1/decisions/{quote(decision_id, safe='')}/reconsiderations", asked, ReleasedDecision
        )

    async def learn(self) -> None:
        """Wait for nothing: the service learns by itself."""

    async def recover(self, request: "RecoveryRequest") -> "Recovery":
        """Plan ways on for the passengers of a flight."""
        from service.recovering import Recovery  # noqa: PLC0415 - with which the engine comes, as above

        return await self._post("/v1/recoveries", request, Recovery)

    async def cut_off(self) -> list[Ingestion]:
        """List nothing: the service works on every ingest."""
        return []

    async def start(self, request: IngestRequest) -> Ingestion:
        """Start an ingest as a durable job of the service."""
        return await self._post("/v1/ingestions", _asked(request), Ingestion)

    async def watch(self, ingestion_id: str) -> AsyncGenerator[Ingestion]:
        """Give an ingest as it is now and at each change, until it is over; UnreachableError tells where to look."""
        try:
            async with self._http.stream("GET", f"/v1/ingestions/{ingestion_id}/events", timeout=_SILENCE_S) as stream:
                if stream.is_error:
                    await stream.aread()
                    raise self._error(stream)
                async for now in _events(stream):
                    yield now
                    if now.over:
                        return
        except httpx.TransportError as error:
            raise self._lost(ingestion_id) from error
        raise self._lost(ingestion_id)

    async def cancel(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits; ConflictError when that is too late."""
        return await self._post(f"/v1/ingestions/{ingestion_id}/cancel", None, Ingestion)

    async def preview(self, request: IngestRequest) -> IngestReport:
        """Tell what an ingest would do."""
        return await self._post("/v1/previews", _asked(request), IngestReport, seconds=None)

    async def overdue(self) -> tuple[Overdue, ...]:
        """List sources that nobody looked at for longer than their owners want."""
        return self._read(await self._ask("GET", "/v1/freshness/overdue", None, _ANSWER_S), tuple[Overdue, ...])

    async def verify(self) -> Mended:
        """Make the index hold what the catalog says."""
        return await self._post("/v1/maintenance/verify", None, Mended, seconds=None)

    async def retain(self, which: Retention) -> Retained:
        """Forget old generations."""
        return await self._post("/v1/maintenance/retain", which, Retained, seconds=None)

    async def _post(self, path: str, body: BaseModel | None, kind: type[T], seconds: float | None = _ANSWER_S) -> T:
        return self._read(await self._ask("POST", path, body, seconds), kind)

    async def _ask(self, method: str, path: str, body: BaseModel | None, seconds: float | None) -> httpx.Response:
        document = None if body is None else body.model_dump(mode="json", exclude_unset=True)
        timeout = httpx.Timeout(seconds, connect=_CONNECT_S)
        try:
            response = await self._http.request(method, path, json=document, timeout=timeout)
        except httpx.ConnectError as error:
            raise UnreachableError(
                f"{self._who} cannot be reached; look whether it still runs, and try again."
            ) from error
        except httpx.TimeoutException as error:
            raise UnreachableError(
                f"{self._who} has not answered for {seconds or _CONNECT_S:g} seconds; look at its log, or try again."
            ) from error
        except httpx.TransportError as error:
            raise UnreachableError(f"{self._who} ended before it had answered; try again.") from error
        if response.is_error:
            raise self._error(response)
        return response

    def _read(self, response: httpx.Response, kind: type[T]) -> T:
        try:
            return TypeAdapter(kind).validate_json(response.content)
        except ValidationError as error:
            raise UnreachableError(
                f"{self._who} gave an answer that cannot be read here; if it runs another version, restart it."
            ) from error

    def _error(self, response: httpx.Response) -> Exception:
        """Give the error that the service had."""
        try:
            told = _Problem.model_validate_json(response.content)
        except ValidationError:
            return UnreachableError(f"{self._who} answered {response.status_code}, and not why; look at its log.")
        if told.problems and told.detail == _CASE_REFUSED:
            return InvalidCaseError(tuple(Problem(one.field, one.expected, one.remedy) for one in told.problems))
        fields = "".join(f"\n  {one.field}: {one.expected}; {one.remedy}" for one in told.problems)
        return _ERRORS.get(response.status_code, ServiceError)(told.detail + fields)

    def _lost(self, ingestion_id: str) -> UnreachableError:
        return UnreachableError(
            f"{self._who} is gone, or says nothing any more. The ingest {ingestion_id} goes on there, or when the "
            f"service or `toulmin ingest` is started again; see `toulmin ingest show {ingestion_id}`."
        )

    @property
    def _who(self) -> str:
        return f"The service at {self._holder.address} (process {self._holder.pid}), which has the index,"


@asynccontextmanager
async def connected(holder: Holder) -> AsyncGenerator[ServiceClient]:
    """Give a client of the service that a holder of the index runs."""
    owner = {"Toulmin-Owner": holder.owner_token}
    # Straight to it, whatever proxies are set up: it is on this machine, and the token is for nobody else.
    # Nothing of it is encrypted, so no authorities are read, which takes as long as a search.
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(base_url=str(holder.address), headers=owner, trust_env=False, verify=plain) as http:
        yield ServiceClient(holder, http)


class _Field(BaseModel):
    field: str
    expected: str
    remedy: str


class _Problem(BaseModel):
    """What of RFC 9457 problem details is read here."""

    detail: str
    problems: tuple[_Field, ...] = ()


_CASE_REFUSED: Final = "The case was refused."
_ERRORS: Final[Mapping[int, type[ServiceError]]] = {404: NotFoundError, 409: ConflictError}


def _asked(request: IngestRequest) -> IngestRequest:
    """Leave out who asks, which the service knows from the token."""
    return IngestRequest.model_validate(request.model_dump(exclude={"requested_by"}, exclude_defaults=True))


async def _events(stream: httpx.Response) -> AsyncGenerator[Ingestion]:
    """Read server-sent events; those without news are left out."""
    name = ""
    async for line in stream.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data" and name != _HEARTBEAT:
            yield Ingestion.model_validate_json(value.strip())


_HEARTBEAT: Final = "heartbeat"
