"""How texts are shared out to batches of a model, by their numbers of tokens."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.adapters.local_models import batches


def test_texts_of_like_length_share_a_batch() -> None:
    assert batches([3, 250, 4, 256, 3], 512) == [[0, 4, 2], [1, 3]]


def test_a_text_longer_than_the_budget_goes_alone() -> None:
    assert batches([300, 2, 300], 256) == [[1], [0], [2]]


@given(st.lists(st.integers(1, 256), max_size=80), st.integers(1, 2048))
def test_every_text_has_one_place_and_no_batch_exceeds_the_budget(lengths: list[int], budget: int) -> None:
    shared = batches(lengths, budget)
    assert sorted(place for places in shared for place in places) == list(range(len(lengths)))
    for places in shared:
        assert len(places) == 1 or len(places) * max(lengths[place] for place in places) <= budget
