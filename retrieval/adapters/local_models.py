"""Texts to vectors on this machine: a prepared ONNX model, run by onnxruntime. Never imports torch."""

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
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
    """An Embedder that runs a prepared model with onnxruntime, in threads of its own."""

    def __init__(
        self, prepared: PreparedModel, session: "_Session", tokenizer: "_Tokenizer", budget: int = DEFAULTS.embed_tokens
    ) -> None:
        self._card = prepared.card
        self._session = session
        self._tokenizer = tokenizer
        self._budget = budget
        self._inputs = tuple(name for name in INPUTS if name in {entry.name for entry in session.get_inputs()})

    @classmethod
    def open(cls, folder: Path, settings: RetrievalSettings = DEFAULTS) -> "OnnxEmbedder":
        """Load a prepared model from its folder; raises RetrievalError when it is missing or damaged."""
        prepared = read_prepared(folder)
        try:
            tokenizer = _tokenizer(folder / TOKENIZER, prepared.card)
            session = _session(folder / GRAPH, settings.embed_threads)
        except Exception as error:  # both libraries raise bare Exceptions
            raise RetrievalError(f"The model in {folder} cannot be loaded: {error}. {_REMEDY}") from error
        return cls(prepared, session, tokenizer, settings.embed_tokens)

    @property
    def model(self) -> str:
        """Name and content hash, such as `all-MiniLM-L6-v2@0123456789ab`."""
        return f"{self._card.name}@{self._card.content_hash[:12]}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._card.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; what exceeds the model's maximum of tokens is cut off."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return await asyncio.to_thread(self.rows, texts)

    def rows(self, texts: Sequence[str]) -> Vectors:
        """Embed, blocking. Texts of like length share a batch, so that little is computed for padding."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([self._card.prompt + text for text in texts])
        for places in batches([len(encoding.ids) for encoding in encodings], self._budget):
            rows[places] = self._run([encodings[place] for place in places])
        return rows

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        feed = {name: self._padded(name, encodings) for name in self._inputs}
        try:
            return self._session.run(None, feed)[0]
        except Exception as error:  # onnxruntime has no public base error
            raise RetrievalError(f"The embedding model failed on {len(encodings)} texts: {error}") from error

    def _padded(self, name: str, encodings: Sequence[Encoding]) -> NDArray[np.int64]:
        padding = self._card.pad_id if name == "input_ids" else 0
        longest = max(len(encoding.ids) for encoding in encodings)
        padded = np.full((len(encodings), longest), padding, dtype=np.int64)
        for row, encoding in zip(padded, encodings, strict=True):
            row[: len(encoding.ids)] = _column(name, encoding)
        return padded


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


_REMEDY = "Prepare it with `python -m retrieval.adapters.model_preparation`."


class _Input(Protocol):
    name: str


class _Session(Protocol):
    def get_inputs(self) -> Sequence[_Input]: ...

    def run(self, output_names: None, input_feed: Mapping[str, NDArray[np.int64]]) -> Sequence[Vectors]: ...


class _SessionOptions(Protocol):
    intra_op_num_threads: int
    inter_op_num_threads: int
    log_severity_level: int


class _Runtime(Protocol):
    """What is used of onnxruntime, which has no types of its own."""

    SessionOptions: Callable[[], _SessionOptions]

    InferenceSession: Callable[[str, _SessionOptions, Sequence[str]], _Session]


class _Tokenizer(Protocol):
    """What is used of a tokenizer, whose keyword arguments are untyped."""

    def no_padding(self) -> None: ...

    def enable_truncation(self, max_length: int, /) -> None: ...

    def encode_batch(self, texts: Sequence[str], /) -> Sequence[Encoding]: ...


def _session(graph: Path, threads: int) -> _Session:
    runtime = cast("_Runtime", cast("object", importlib.import_module("onnxruntime")))
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
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
