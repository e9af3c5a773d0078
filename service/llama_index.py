"""Toulmin's search and reranker as parts of LlamaIndex, for whoever has a query engine of their own.

Nodes carry where their words stand, so that an answer can cite them; what the reader may not see is never a node. Both
work in the event loop in which the application was opened; their synchronous methods may be called from any other
thread, and hand the work to that loop.
"""

import asyncio
import threading
from collections.abc import Coroutine, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import date
from typing import Any, Final, TypeVar

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from explain.citations import canonical_sha256, source_url
from retrieval.corpus import Chunk, Revision
from retrieval.ports import Reranker
from retrieval.query import ClauseQuery, Evidence, Found
from retrieval.scope import ReadScope
from service.application import Application
from service.bootstrap import application
from service.errors import ServiceError
from service.search import read_at
from service.settings import Settings

T = TypeVar("T")


@contextmanager
def opened(settings: Settings) -> Generator[tuple[Application, asyncio.AbstractEventLoop]]:
    """Open the application in an event loop in a thread of its own, for programs that have none."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="toulmin", daemon=True)
    thread.start()
    opening = application(settings)
    try:
        running = _waited(opening.__aenter__(), loop)
        try:
            yield running, loop
        finally:
            _waited(opening.__aexit__(None, None, None), loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class ToulminRetriever(BaseRetriever):
    """Finds the `k` best passages that the application's reader may see and that are in force on a date (or today).

    The metadata of a node is what a citation needs: `document_id`, `document` (the title), `clause`, `revision_id`,
    `char_start`, `char_end`, `sha256` of the whole text, `url`; and `sufficiency`, how likely it is that what was found
    can answer, where that was measured. Make it in the application's event loop, or name the `loop`.
    """

    def __init__(
        self,
        running: Application,
        *,
        k: int = 10,
        as_of: date | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - its object map is untyped
        self._running = running
        self._k = k
        self._as_of = as_of
        self._loop = loop or asyncio.get_running_loop()

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await _in_loop(self._found(query_bundle.query_str), self._loop)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _waited(self._found(query_bundle.query_str), self._loop)

    async def _found(self, question: str) -> list[NodeWithScore]:
        scope = await self._running.reader.scope(self._as_of)
        found = await self._running.finder.find(ClauseQuery(text=question, limit=self._k), scope)
        texts = await self._texts(found, scope)
        nodes = [_node(one, texts, scope, found) for one in found]
        return [node for node in nodes if node is not None]

    async def _texts(self, found: Sequence[Evidence], scope: ReadScope) -> Mapping[str, Revision]:
        ids = sorted({one.item.revision_id for one in found})
        read = [await self._running.library.revision(one, scope) for one in ids]
        return {revision.id: revision for revision in read if revision is not None}


class ToulminReranker(BaseNodePostprocessor):
    """Orders nodes by their own scores and a Reranker's, half and half, and keeps the `top_n` best.

    Alone, a reranker orders worse than what it is to improve. It has `budget_s` seconds; nodes that it does not come to
    stay behind the others, in their order. Make it in the loop of the reranker, or name the `loop`.
    """

    top_n: int = Field(default=10, ge=1)
    budget_s: float = Field(default=1.0, gt=0)
    _reranker: Reranker = PrivateAttr()
    _loop: asyncio.AbstractEventLoop = PrivateAttr()

    def __init__(
        self,
        reranker: Reranker,
        *,
        top_n: int = 10,
        budget_s: float = 1.0,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(top_n=top_n, budget_s=budget_s)  # pyright: ignore[reportCallIssue] - pydantic fields
        self._reranker = reranker
        self._loop = loop or asyncio.get_running_loop()

    @classmethod
    def class_name(cls) -> str:
        """Name this part in LlamaIndex's descriptions."""
        return "ToulminReranker"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        return _waited(self._ordered(nodes, query_bundle), self._loop)

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        return await _in_loop(self._ordered(nodes, query_bundle), self._loop)

    async def _ordered(self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None) -> list[NodeWithScore]:
        if query_bundle is None or not nodes:
            return nodes[: self.top_n]
        texts = [one.node.get_content() for one in nodes]
        scores = await self._reranker.scores(query_bundle.query_str, texts, self.budget_s)
        first, rest = nodes[: len(scores)], nodes[len(scores) :]
        own, new = _stretched([one.score or 0.0 for one in first]), _stretched(scores)
        again = [
            NodeWithScore(node=one.node, score=_HALF * before + _HALF * after)
            for one, before, after in zip(first, own, new, strict=True)
        ]
        again.sort(key=lambda one: -(one.score or 0.0))
        return [*again, *(NodeWithScore(node=one.node, score=0.0) for one in rest)][: self.top_n]


_HALF: Final = 0.5
_NOT_FOR_MODELS: Final = ["revision_id", "char_start", "char_end", "sha256", "url", "sufficiency"]


def _waited(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Wait for work in another thread's loop; in that loop itself one would wait for ever."""
    try:
        inside = asyncio.get_running_loop() is loop
    except RuntimeError:
        inside = False
    if inside or not loop.is_running():
        work.close()
        raise ServiceError(
            "This would wait for the event loop of the application, which does not run, or is the one that asks. "
            "Inside of it use the methods that begin with an a, such as aretrieve and aquery; outside, `opened`."
        )
    waiting: Future[T] = asyncio.run_coroutine_threadsafe(work, loop)
    return waiting.result()


async def _in_loop(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Do work in the application's loop, whichever one asks."""
    if asyncio.get_running_loop() is loop:
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


def _node(evidence: Evidence, texts: Mapping[str, Revision], scope: ReadScope, found: Found) -> NodeWithScore | None:
    """Make a node of a passage that stands in the stored text word for word; of another there is none."""
    chunk = evidence.item
    revision = texts.get(chunk.revision_id)
    if not isinstance(chunk, Chunk) or revision is None:
        return None
    start, end = chunk.span.start, chunk.span.end
    if revision.canonical_text[start:end] != chunk.text:
        return None
    node = TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata={
            "document_id": chunk.document_id,
            "document": revision.document.title,
            "clause": chunk.clause_key,
            "revision_id": chunk.revision_id,
            "char_start": start,
            "char_end": end,
            "sha256": canonical_sha256(revision.canonical_text),
            "url": read_at(source_url(chunk.revision_id, start, end), scope.as_of, scope.generation),
            "sufficiency": None if found.sufficiency is None else round(found.sufficiency.probability, 4),
        },
        excluded_llm_metadata_keys=_NOT_FOR_MODELS,
        excluded_embed_metadata_keys=_NOT_FOR_MODELS,
    )
    return NodeWithScore(node=node, score=evidence.score)


def _stretched(scores: Sequence[float]) -> list[float]:
    """Stretch scores to 0..1; equal ones become 1."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(one - low) / (high - low) if high > low else 1.0 for one in scores]
