"""Varied clauses are always the same, all different, and lie where their passages lie; readers see what they may."""

import numpy as np
import pytest

from evals.bench.scale_points import READERS, named, points, seen, visibility
from evals.bench.variation import BATCH, Clauses, Sample, closeness, varied
from retrieval.filters import admits
from retrieval.scope import visible_to

WORDS = ("capital", "custody", "branch", "audit", "waiver", "issuer", "trustee", "margin")


def sample(count: int = 60) -> Sample:
    """Passages of twelve words and vectors in a few clusters."""
    chance = np.random.default_rng(7)
    texts = [" ".join([*chance.choice(WORDS, 11), f"Rule {place}"]) for place in range(count)]
    centres = chance.standard_normal((6, 16), dtype=np.float32)
    rows = centres[chance.integers(0, 6, count)] + 0.3 * chance.standard_normal((count, 16), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Sample(texts, rows, texts[:5], rows[:5])


def joined(count: int) -> Clauses:
    """Make clauses as one batch."""
    batches = list(varied(sample(), count))
    assert [one.first for one in batches] == list(range(0, count, BATCH))
    return Clauses(0, [text for one in batches for text in one.texts], np.concatenate([one.vectors for one in batches]))


def test_the_same_clauses_come_again_and_more_of_them_begin_alike() -> None:
    few, more = joined(1_500), joined(2_500)
    assert few.texts[:1000] == more.texts[:1000]
    assert np.array_equal(few.vectors[:1000], more.vectors[:1000])
    assert (len(few.texts), few.vectors.shape) == (1_500, (1_500, 16))


def test_vectors_are_of_length_one_and_all_different() -> None:
    vectors = joined(2_000).vectors
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert len({row.tobytes() for row in vectors}) == 2_000


def test_a_clause_has_the_words_of_passages_and_other_numbers() -> None:
    texts = joined(500).texts
    assert {word for text in texts for word in text.split() if word.isalpha()} <= {*WORDS, "Rule"}
    assert len({text.split()[-1] for text in texts}) > 100


def test_a_clause_lies_near_a_passage() -> None:
    real = sample()
    assert (joined(500).vectors @ real.vectors.T).max(axis=1).mean() > 0.8


def test_closeness_is_the_mean_cosine_of_a_neighbour() -> None:
    rows = np.eye(3, dtype=np.float32)[[0, 0, 0, 1]]
    assert closeness(rows, place=1) == pytest.approx(0.75)
    assert closeness(rows, place=10) == 0.0


def test_readers_see_what_the_conditions_of_their_scope_admit() -> None:
    laid_out = [point for clauses in varied(sample(), 8_000) for point in points(clauses)]
    assert [point.id for point in laid_out[:500]] == [named(place) for place in range(500)]
    for scope in READERS.values():
        mask = seen(scope, 8_000)
        assert mask.tolist() == [admits(visible_to(scope), point.payload) for point in laid_out]
        assert 0 < mask.sum() < 8_000


def test_of_many_documents_two_thirds_are_seen_by_one_reader_and_a_tenth_by_the_other() -> None:
    documents = 2_000
    for reader, share in (("most", 0.69), ("few", 0.1)):
        conditions = visible_to(READERS[reader])
        shares = [admits(conditions, dict(visibility(document))) for document in range(documents)]
        assert np.mean(shares) == pytest.approx(share, abs=0.03)
