"""The real embedding model: prepared by torch, served without it."""

import asyncio
import os
import statistics
import sys
import threading
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import numpy as np
import pytest

from retrieval.adapters.background_models import BackgroundEmbedder
from retrieval.adapters.local_models import CARD, GRAPH, OnnxEmbedder, read_prepared
from retrieval.adapters.model_origins import DEFAULT_MODEL, ModelPreparationError
from retrieval.adapters.model_preparation import LEAST_PARITY, prepare
from retrieval.ports import RetrievalError
from retrieval.settings import RetrievalSettings

HOUSE = "The appraiser values the house by comparing it with recent sales nearby."
HOME = "A dwelling's worth is estimated from what similar homes sold for."
FLIGHT = "The airline cancelled the flight because of a strike."


@pytest.fixture(scope="module")
def embedder(prepared_model: Path) -> OnnxEmbedder:
    return OnnxEmbedder.open(prepared_model)


async def test_vectors_have_the_models_length_and_are_of_length_one(embedder: OnnxEmbedder) -> None:
    rows = await embedder.embed([HOUSE, "x", HOME * 50])
    assert rows.shape == (3, embedder.dimensions) == (3, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)


async def test_alike_sentences_lie_nearer(embedder: OnnxEmbedder) -> None:
    house, home, flight = await embedder.embed([HOUSE, HOME, FLIGHT])
    assert house @ home > house @ flight + 0.2


async def test_rows_come_in_the_order_of_the_texts_whatever_their_batch(embedder: OnnxEmbedder) -> None:
    texts = [f"{'word ' * (n % 7)}number {n}" for n in range(80)]
    together = await embedder.embed(texts)
    alone = np.vstack([await embedder.embed([text]) for text in texts[::9]])
    assert together[::9] == pytest.approx(alone, abs=1e-4)


async def test_no_texts_give_no_rows(embedder: OnnxEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, 384)
    assert (await BackgroundEmbedder(embedder, 1).embed([])).shape == (0, 384)


async def test_in_the_background_the_same_vectors_come_out_in_the_order_of_the_texts(embedder: OnnxEmbedder) -> None:
    texts = [f"{'word ' * (n % 40)}number {n}" for n in range(300)]
    background = BackgroundEmbedder(embedder, 2)
    assert (background.model, background.dimensions) == (embedder.model, embedder.dimensions)
    rows = await background.embed(texts)
    assert rows[::37] == pytest.approx(await embedder.embed(texts[::37]), abs=1e-4)


async def test_a_question_is_answered_while_thousands_of_texts_are_embedded(embedder: OnnxEmbedder) -> None:
    """Compare with questions alone several times, since others use the machine too: who waited in line always would."""

    async def asked(times: int) -> float:
        took: list[float] = []
        for number in range(times):
            start = time.perf_counter()
            await embedder.embed([f"{FLIGHT} {number}"])
            took.append(time.perf_counter() - start)
        return statistics.median(took)

    slower: list[float] = []
    for _ in range(4):
        alone = await asked(15)
        background = asyncio.create_task(BackgroundEmbedder(embedder, os.cpu_count() or 1).embed([HOUSE * 4] * 3000))
        await asyncio.sleep(1)  # it loads its own model first
        beside = await asked(15)
        assert not background.done()
        background.cancel()
        with pytest.raises(asyncio.CancelledError):
            await background
        slower.append(beside / alone)
    assert min(slower) < 3


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
async def test_only_what_runs_in_the_background_gives_way(embedder: OnnxEmbedder) -> None:
    behind = BackgroundEmbedder(embedder, 1)  # its thread ends with it
    await asyncio.gather(embedder.embed([HOUSE]), behind.embed([HOME, FLIGHT]))
    own = os.getpriority(os.PRIO_PROCESS, 0)
    niceness = {
        one.name: os.getpriority(os.PRIO_PROCESS, one.native_id or 0)
        for one in threading.enumerate()
        if one.name.startswith("embedding")
    }
    background = {value for name, value in niceness.items() if name.startswith("embedding-background")}
    questions = {value for name, value in niceness.items() if not name.startswith("embedding-background")}
    assert behind.model == embedder.model
    assert (background, questions) == ({19}, {own})


async def test_questions_are_refused_while_every_thread_computes_for_nobody(prepared_model: Path) -> None:
    embedder = OnnxEmbedder.open(prepared_model, RetrievalSettings(embed_threads=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await embedder.embed([HOUSE * 20] * 60)
    with pytest.raises(RetrievalError, match="what nobody waits for"):
        await embedder.embed([HOUSE])
    async with asyncio.timeout(60):
        while True:
            try:
                rows = await embedder.embed([HOUSE])
                break
            except RetrievalError:
                await asyncio.sleep(0.1)
    assert rows.shape == (1, 384)


def test_the_card_tells_parity_and_the_name_tells_the_content(prepared_model: Path, embedder: OnnxEmbedder) -> None:
    card = read_prepared(prepared_model).card
    assert card.parity >= LEAST_PARITY
    assert card.max_tokens == 256
    assert embedder.model == f"{DEFAULT_MODEL}@{prepared_model.name[:12]}"


async def test_serving_imports_no_torch_and_neither_does_finding_it_prepared(prepared_model: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from retrieval.adapters.local_models import OnnxEmbedder
from retrieval.adapters.model_preparation import DEFAULT_MODEL, prepare
assert prepare(DEFAULT_MODEL, Path({str(prepared_model.parent)!r})).folder == Path({str(prepared_model)!r})
asyncio.run(OnnxEmbedder.open(Path({str(prepared_model)!r})).embed(["words"]))
print([name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules])
"""
    done = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE, stderr=PIPE)
    printed, complaints = await done.communicate()
    assert (printed.strip(), done.returncode) == (b"[]", 0), complaints.decode()


def test_a_folder_without_a_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"prepared\.json missing.*Prepare it with"):
        OnnxEmbedder.open(tmp_path)


def test_a_damaged_graph_is_refused(prepared_model: Path, tmp_path: Path) -> None:
    for name in (CARD, "tokenizer.json"):
        (tmp_path / name).write_bytes((prepared_model / name).read_bytes())
    (tmp_path / GRAPH).write_bytes((prepared_model / GRAPH).read_bytes()[:1000])
    with pytest.raises(RetrievalError, match="cannot be loaded"):
        OnnxEmbedder.open(tmp_path)


def test_a_folder_that_is_no_model_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(ModelPreparationError, match="does not load as a sentence-transformers model"):
        prepare(str(tmp_path / "model"), tmp_path / "made")
    assert [path.name for path in (tmp_path / "made").iterdir()] == [".lock"]
