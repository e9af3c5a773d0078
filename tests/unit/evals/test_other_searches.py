"""The other programs of the retrieval benchmark find what they should in a handful of texts."""

from pathlib import Path

import pytest

from evals.bench.bm25s_search import WordSearch
from evals.bench.llama_index_search import Bm25Encoder, Texts, opened

TEXTS = [
    "The firm must keep client money apart from its own.",
    "A branch reports its capital every quarter.",
    "The auditor reads the register of members.",
]


def test_words_alone_find_the_text_that_shares_them_and_no_other() -> None:
    search = WordSearch(TEXTS)
    assert [place for place, _ in search.best("which branches report capital", 30)] == [1]
    assert list(search.best("zebra", 30)) == []


def test_documents_are_compared_with_the_mean_length_of_the_corpus() -> None:
    encoder = Bm25Encoder(["alpha beta gamma delta", "alpha alpha"])
    assert encoder.mean_length == pytest.approx(3.0)
    places, weights = encoder.documents(["alpha beta gamma"])
    assert len(set(places[0])) == 3
    assert weights[0] == pytest.approx([1.0, 1.0, 1.0])
    assert encoder.queries(["alpha"])[1] == [[1.0]]


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
def test_llama_index_joins_what_words_and_what_vectors_find(tmp_path: Path) -> None:
    rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]

    def embed(texts: list[str]) -> list[list[float]]:
        return [[0.1, 0.0, 1.0] for _ in texts]

    with opened(tmp_path / "store", Texts(["a", "b", "c"], TEXTS, rows), embed, 2) as search:
        found = dict(search("which branches report capital"))
    assert set(found) == {"b", "c"}
