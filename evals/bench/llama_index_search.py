"""Hybrid search in LlamaIndex: a QdrantVectorStore with dense and sparse vectors, in a local client on a folder.

The sparse part is Qdrant's own BM25 (`qdrant_edge.Bm25`: stop words and stems of English, k 1.2, b .75), which needs no
network, given to the store as `sparse_doc_fn` and `sparse_query_fn`. The collection weighs words by how rare they are
(the IDF modifier), as Qdrant has it for BM25, and documents are compared with the mean length of this corpus instead of
the default of 256 tokens, which is to LlamaIndex's advantage. Both searches give 100 candidates, more than ours, and
LlamaIndex's default, relative score fusion half and half, joins them.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import qdrant_edge as edge
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import VectorStoreQueryMode
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient, models

from evals.bench.llama_index_pipeline import Embed, Encoder
from retrieval.points import point_id

CANDIDATES: Final = 100
"""How many chunks each of the two searches gives; ours give 60."""

SparseVectors = tuple[list[list[int]], list[list[float]]]
"""Numbers of words, and their weights, a list a text."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What is indexed: ids, texts and vectors, in one order."""

    ids: Sequence[str]
    texts: Sequence[str]
    vectors: Sequence[list[float]]


class Bm25Encoder:
    """Qdrant's BM25 as LlamaIndex asks for it; `texts` tell the mean length."""

    def __init__(self, texts: Sequence[str]) -> None:
        counting = edge.Bm25(edge.Bm25Config(b=0.0))
        self.mean_length: Final = max(1.0, fmean(_tokens(counting.embed_document(text)) for text in texts))
        self._model = edge.Bm25(edge.Bm25Config(avg_len=self.mean_length))

    def documents(self, texts: list[str]) -> SparseVectors:
        """Weigh the words of texts that are indexed."""
        return _pair([self._model.embed_document(text) for text in texts])

    def queries(self, texts: list[str]) -> SparseVectors:
        """Weigh the words of questions."""
        return _pair([self._model.embed_query(text) for text in texts])


@contextmanager
def opened(folder: Path, texts: Texts, embed: Embed, limit: int) -> Generator[Callable[[str], list[tuple[str, float]]]]:
    """Index texts in a folder, and give what finds the ids of the best `limit` for a question, with scores."""
    words = Bm25Encoder(texts.texts)
    client = QdrantClient(path=str(folder))
    try:
        store = QdrantVectorStore(
            collection_name="chunks",
            client=client,
            enable_hybrid=True,
            sparse_doc_fn=words.documents,
            sparse_query_fn=words.queries,
            sparse_config=models.SparseVectorParams(modifier=models.Modifier.IDF),
        )
        names = {point_id(one): one for one in texts.ids}
        store.add(
            [
                TextNode(id_=name, text=text, embedding=vector)
                for name, text, vector in zip(names, texts.texts, texts.vectors, strict=True)
            ]
        )
        retriever = VectorStoreIndex.from_vector_store(store, embed_model=Encoder(embed)).as_retriever(
            vector_store_query_mode=VectorStoreQueryMode.HYBRID,
            similarity_top_k=CANDIDATES,
            sparse_top_k=CANDIDATES,
            hybrid_top_k=limit,
        )

        def search(question: str) -> list[tuple[str, float]]:
            return [(names[one.node_id], one.score or 0.0) for one in retriever.retrieve(question)]

        yield search
    finally:
        client.close()


def _pair(vectors: Sequence[edge.SparseVector]) -> SparseVectors:
    return [one.indices for one in vectors], [one.values for one in vectors]


def _tokens(weighed: edge.SparseVector) -> float:
    """Count the tokens of a text from weights that know no lengths: of n, w = n (k + 1) / (n + k)."""
    return sum(_K * weight / (_K + 1 - weight) for weight in weighed.values)


_K: Final = 1.2
