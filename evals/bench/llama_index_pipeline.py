"""The same work in LlamaIndex: its IngestionPipeline with upserts and a QdrantVectorStore on a folder, our encoder.

It starts as `python -m evals.bench.llama_index_pipeline JSON`. Everything is as its documentation has it: a document
store and a cache that are loaded before each run and persisted after it. Documents are cut at their blank lines, which
makes the passages that the product makes, with the same titles above them. It embeds as many texts at a time as the
product. Its index holds no words for BM25, which spares it some work.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from llama_index.core import Document
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.schema import BaseNode, NodeRelationship, TextNode, TransformComponent
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.vector_stores.qdrant import QdrantVectorStore
from pydantic import PrivateAttr
from qdrant_client import QdrantClient

from evals.bench.children import Findings, answer, told
from evals.bench.rulebooks import change
from evals.runs import installation
from ingestion.embedding import BATCH
from retrieval.ports import Embedder
from service.settings import read_settings

COLLECTION: Final = "passages"

Embed = Callable[[list[str]], list[list[float]]]


class Encoder(BaseEmbedding):
    """Our encoder, as LlamaIndex asks for it: blocking."""

    _embed: Embed = PrivateAttr()

    def __init__(self, embed: Embed) -> None:
        super().__init__(model_name="ours", embed_batch_size=BATCH)
        self._embed = embed

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


class Passages(TransformComponent):
    """Cuts documents into passages: blocks between blank lines, under the title and the heading above them."""

    def __call__(self, nodes: Sequence[BaseNode], **options: Any) -> Sequence[BaseNode]:  # noqa: ANN401, ARG002
        """Give the passages of documents."""
        return [
            TextNode(text=words, relationships={NodeRelationship.SOURCE: node.as_related_node_info()})
            for node in nodes
            for words in passages(node.get_content())
        ]


def passages(text: str) -> list[str]:
    """Give the words of each passage of a document, with its headings."""
    title = heading = ""
    found: list[str] = []
    for block in text.strip().split("\n\n"):
        if block.startswith("# "):
            title = block.removeprefix("# ")
        elif block.startswith("## "):
            heading = block.removeprefix("## ")
        else:
            found.append("\n".join(filter(None, (title, heading, block))))
    return found


def run(documents: Path, stored: Path, embed: Embed) -> int:
    """Open what is stored, ingest a folder, persist and close; returns the number of points there are then."""
    client = QdrantClient(path=str(stored / "qdrant"))
    try:
        store = QdrantVectorStore(collection_name=COLLECTION, client=client)
        pipeline = IngestionPipeline(
            transformations=[Passages(), Encoder(embed)],
            docstore=SimpleDocumentStore(),
            docstore_strategy=DocstoreStrategy.UPSERTS,
            vector_store=store,
        )
        kept = stored / "pipeline"
        if kept.is_dir():
            pipeline.load(str(kept))
        pipeline.run(documents=[_read(path) for path in sorted(documents.glob("*.md"))])
        pipeline.persist(str(kept))
        return client.count(COLLECTION).count
    finally:
        client.close()


async def compare(documents: Path, folder: Path) -> Findings:
    """Ingest for the first time, again, and after a document has changed; seconds of each, imports not counted."""
    async with installation(read_settings(), folder / "encoder") as running:
        embed = blocking(running.ingest.embedder, asyncio.get_running_loop())

        async def timed(stage: str) -> tuple[float, int]:
            told(f"LlamaIndex, {stage}", 0, 1)
            began = time.perf_counter()
            points = await asyncio.to_thread(run, documents, folder / "stored", embed)
            return time.perf_counter() - began, points

        (folder / "stored").mkdir()
        first_s, points = await timed("first ingest")
        unchanged_s, _ = await timed("unchanged")
        await asyncio.to_thread(change_one, documents)
        changed_s, after = await timed("one changed document")
    return {
        "first_s": first_s,
        "unchanged_s": unchanged_s,
        "changed_s": changed_s,
        "points": points,
        "points_after": after,
    }


def change_one(documents: Path) -> None:
    """Change the first document of a folder."""
    change(min(documents.glob("*.md")), CHANGE)


CHANGE: Final = "This sentence was added to another program's copy."


def blocking(embedder: Embedder, loop: asyncio.AbstractEventLoop) -> Embed:
    """Let another thread than the event loop's embed, and wait."""

    async def rows(texts: list[str]) -> list[list[float]]:
        return (await embedder.embed(texts)).tolist()

    def embed(texts: list[str]) -> list[list[float]]:
        asked: Coroutine[None, None, list[list[float]]] = rows(texts)
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    return embed


def _read(path: Path) -> Document:
    return Document(id_=path.name, text=path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    answer(asyncio.run(compare(Path(given["documents"]), Path(given["folder"]))))
