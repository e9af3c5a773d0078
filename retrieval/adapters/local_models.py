"""Texts to vectors on this machine: a prepared ONNX model, run by onnxruntime. Never imports torch."""

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from tokenizers import Encoding, Tokenizer

from retrieval.corpus import Value
from retrieval.ports import RetrievalError, Vectors
from retrieval.settings import DEFAULTS, RetrievalSettings

GRAPH: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
CARD: Final = "prepared.json"
"""The three files of a prepared model's folder."""

INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
"""What a graph may take, each an int64 array of shape (texts, tokens)."""


class ModelCard(Value):
    """What is known of a prepared model. `parity` is the least cosine between its vectors and the original's.

    `prompt` goes before every text; `content_hash` covers the original's files, the exporter and the quantisation.
    """

    name: str
    content_hash: str
    dimensions: int
    max_tokens: int
    quantised: bool
    parity: float
    pad_id: int
    pad_token: str
    prompt: str = ""
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A folder with a model that `OnnxEmbedder.open` serves, and its card."""

    folder: Path
    card: ModelCard


def read_prepared(folder: Path) -> PreparedModel:
    """Read and check a prepared model's card; raises RetrievalError when the folder does not hold one."""
    missing = [name for name in (GRAPH, TOKENIZER, CARD) if not (folder / name).is_file()]
    if missing:
        raise RetrievalError(f"{folder} holds no prepared model ({', '.join(missing)} missing). {_REMEDY}")
    try:
        return PreparedModel(folder, ModelCard.model_validate_json((folder / CARD).read_bytes()))
    except ValidationError as error:
        raise RetrievalError(f"{folder / CARD} cannot be read: {error}. {_REMEDY}") from error


class OnnxEmbedder:
    """An Embedder of questions that runs a prepared model with onnxruntime, on at most two cores: more gain nothing.

    Long runs compute elsewhere (`retrieval.adapters.background_models`), so that a question never waits for them.
    """

    def __init__(
        self, prepared: PreparedModel, session: "Session", tokenizer: "_Tokenizer", settings: RetrievalSettings
    ) -> None:
        self._folder = prepared.folder
        self._card = prepared.card
        self._session = session
        self._tokenizer = tokenizer
        self._budget = settings.embed_tokens
        self._inputs = tuple(name for name in INPUTS if name in {entry.name for entry in session.get_inputs()})
        self._settings = settings
        self._workers = settings.embed_threads
        self._threads = ThreadPoolExecutor(self._workers, "embedding")
        self._abandoned: set[Future[Vectors]] = set()

    @classmethod
    def open(cls, folder: Path, settings: RetrievalSettings = DEFAULTS) -> "OnnxEmbedder":
        """Load a prepared model from its folder; raises RetrievalError when it is missing or damaged."""
        prepared = read_prepared(folder)
        try:
            tokenizer = _tokenizer(folder / TOKENIZER, prepared.card)
            session = open_session(folder / GRAPH, threads=min(settings.embed_threads, _AT_ONCE))
        except Exception as error:  # both libraries raise bare Exceptions
            raise RetrievalError(f"The model in {folder} cannot be loaded: {error}. {_REMEDY}") from error
        return cls(prepared, session, tokenizer, settings)

    @property
    def model(self) -> str:
        """Name and content hash, such as `all-MiniLM-L6-v2@0123456789ab`."""
        return f"{self._card.name}@{self._card.content_hash[:12]}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._card.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; what exceeds the model's maximum of tokens is cut off.

        Raises RetrievalError at once while every thread still computes for somebody who gave up waiting.
        """
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        if len(self._abandoned) >= self._workers:
            raise RetrievalError(
                f"All {self._workers} threads of the embedding model still compute what nobody waits for any more. "
                "Try again later; if it stays so, the machine is too slow for the texts, or TOULMIN_EMBED_THREADS too "
                "low."
            )
        asked = self._threads.submit(self.rows, texts)
        try:
            return await asyncio.wrap_future(asked)
        finally:  # a thread cannot be stopped, so one whose caller has gone is counted until it is done
            if not asked.done() and not asked.cancel():
                self._abandoned.add(asked)
                asked.add_done_callback(self._abandoned.discard)

    def rows(self, texts: Sequence[str]) -> Vectors:
        """Embed, blocking. Texts of like length share a batch, so that little is computed for padding."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        # Not as a batch: that would share the work out to threads, which may be the slow ones of a long run.
        tokens = [self._read(self._tokenizer.encode(self._card.prompt + text)) for text in texts]
        for places in self.shared(tokens):
            rows[places] = self.computed([tokens[place] for place in places])
        return rows

    def in_the_caller(self) -> "OnnxEmbedder":
        """Load the same model once more, to compute in the thread that calls it, at its priority."""
        return OnnxEmbedder.open(self._folder, self._settings.model_copy(update={"embed_threads": 1}))

    def read(self, texts: Sequence[str]) -> list["Tokens"]:
        """Turn many texts into tokens, using every core; the first call decides the priority of the threads it uses."""
        encodings = self._tokenizer.encode_batch_fast([self._card.prompt + text for text in texts])
        return [self._read(encoding) for encoding in encodings]

    def shared(self, tokens: Sequence["Tokens"]) -> list[list[int]]:
        """Share texts out to batches, as places in the sequence, shortest first."""
        return batches([one.shape[1] for one in tokens], self._budget)

    def computed(self, tokens: Sequence["Tokens"]) -> Vectors:
        """Run the model on one batch, blocking; one row per text."""
        longest = max(one.shape[1] for one in tokens)
        padded = np.zeros((len(self._inputs), len(tokens), longest), dtype=np.int64)
        if "input_ids" in self._inputs:
            padded[self._inputs.index("input_ids")] = self._card.pad_id
        for place, one in enumerate(tokens):
            padded[:, place, : one.shape[1]] = one
        try:
            return self._session.run(None, dict(zip(self._inputs, padded, strict=True)))[0]
        except Exception as error:  # onnxruntime has no public base error
            raise RetrievalError(f"The embedding model failed on {len(tokens)} texts: {error}") from error

    def _read(self, encoding: Encoding) -> "Tokens":
        return np.array([_column(name, encoding) for name in self._inputs], dtype=np.int64)


Tokens = NDArray[np.int64]
"""What the model takes of one text, shape (inputs, tokens)."""


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Share texts, given by their numbers of tokens, out to batches of at most `budget` tokens with their padding.

    A batch lists places in `lengths`, shortest first; a text that is longer than the budget makes a batch of its own.
    """
    shared: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if shared and (len(shared[-1]) + 1) * lengths[place] <= budget:
            shared[-1].append(place)
        else:
            shared.append([place])
    return shared


_AT_ONCE: Final = 2  # a question of 35 tokens: 10.6 ms on one core, 6.9 on two
_REMEDY = "Prepare it with `python -m retrieval.adapters.model_preparation`."


class _Input(Protocol):
    name: str


class Session(Protocol):
    """What is used of a loaded model of onnxruntime, which has no types of its own."""

    def get_inputs(self) -> Sequence[_Input]:
        """Name what the model takes."""
        ...

    def run(self, output_names: None, input_feed: Mapping[str, NDArray[np.int64]]) -> Sequence[Vectors]:
        """Compute all outputs."""
        ...


class _SessionOptions(Protocol):
    intra_op_num_threads: int
    inter_op_num_threads: int
    log_severity_level: int

    def add_session_config_entry(self, key: str, value: str, /) -> None: ...


class _Runtime(Protocol):
    """What is used of onnxruntime, which has no types of its own."""

    SessionOptions: Callable[[], _SessionOptions]

    InferenceSession: Callable[[str, _SessionOptions, Sequence[str]], Session]


class _Tokenizer(Protocol):
    """What is used of a tokenizer, whose keyword arguments are untyped."""

    def no_padding(self) -> None: ...

    def enable_truncation(self, max_length: int, /) -> None: ...

    def encode(self, text: str, /) -> Encoding: ...

    def encode_batch_fast(self, texts: Sequence[str], /) -> Sequence[Encoding]: ...


def open_session(graph: Path, threads: int = 1) -> Session:
    """Load a model. With one thread it computes in the thread that calls it, at the priority of that one."""
    runtime = cast("_Runtime", cast("object", importlib.import_module("onnxruntime")))
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others need the core between two steps
    return runtime.InferenceSession(str(graph), options, ["CPUExecutionProvider"])


def _tokenizer(path: Path, card: ModelCard) -> _Tokenizer:
    tokenizer = cast("_Tokenizer", cast("object", Tokenizer.from_file(str(path))))
    tokenizer.no_padding()  # a file may ask for padding to the longest text of all
    tokenizer.enable_truncation(card.max_tokens)
    return tokenizer


def _column(name: str, encoding: Encoding) -> Sequence[int]:
    match name:
        case "input_ids":
            return encoding.ids
        case "attention_mask":
            return encoding.attention_mask
        case _:
            return encoding.type_ids
