"""Search by words alone in bm25s, as its documentation has it: its default BM25 (Lucene's), stop words and stems."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray


class _Ranker(Protocol):
    """What is used of bm25s, whose types are unknown."""

    def index(self, corpus: object, *, show_progress: bool) -> None: ...

    def retrieve(
        self, query_tokens: object, *, k: int, show_progress: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]: ...


class _Tokenize(Protocol):
    """As `_Ranker`."""

    def __call__(
        self, texts: list[str], *, stopwords: str, stemmer: Callable[[list[str]], list[str]], show_progress: bool
    ) -> object: ...


class WordSearch:
    """Texts, indexed in memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._stemmer = cast("Callable[[list[str]], list[str]]", Stemmer.Stemmer("english"))  # pyright: ignore[reportUnknownMemberType]
        self._size = len(texts)
        self._ranker = cast("_Ranker", bm25s.BM25())
        self._ranker.index(self._tokens(list(texts)), show_progress=False)

    def best(self, question: str, limit: int) -> Iterable[tuple[int, float]]:
        """Give the places of the best texts with their scores, best first; none that shares no word."""
        rows, scores = self._ranker.retrieve(self._tokens([question]), k=min(limit, self._size), show_progress=False)
        found = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return ((int(row), float(score)) for row, score in found if score > 0)

    def _tokens(self, texts: list[str]) -> object:
        return _TOKENIZE(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)


_TOKENIZE = cast("_Tokenize", bm25s.tokenize)  # pyright: ignore[reportUnknownMemberType]
