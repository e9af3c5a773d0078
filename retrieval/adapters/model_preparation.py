"""A sentence-transformers model, by id or folder, to a folder that onnxruntime can serve without torch.

Done once per model: the graph is exported with pooling and normalisation inside, optionally quantised to 8 bits, and
compared with the original on sample texts. The result is kept under a hash of the model's files.
"""

import argparse
import fcntl
import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np

from retrieval.adapters.local_models import CARD, GRAPH, INPUTS, TOKENIZER, ModelCard, OnnxEmbedder, PreparedModel
from retrieval.adapters.local_models import read_prepared as read
from retrieval.adapters.model_origins import (
    DEFAULT_MODEL,
    INSTALL,
    ModelOrigin,
    ModelPreparationError,
    content_hash,
    origin_of,
)
from retrieval.ports import RetrievalError, Vectors

LEAST_PARITY: Final = 0.999
"""A graph that is not quantised must reproduce the original's vectors at least this closely (cosine)."""

Progress = Callable[[str], None]


def unheard(step: str) -> None:
    """Take a step's name and tell nobody."""
    del step


def prepare(model: str, folder: Path, *, quantise: bool = False, progress: Progress = unheard) -> PreparedModel:
    """Make a model ready under `folder`, or return what an earlier call made (then torch is not imported).

    `model` is `DEFAULT_MODEL`, a folder, or an id on the Hugging Face hub. `progress` is told each step.
    """
    origin = origin_of(model)
    key = content_hash(origin.folder, f"exporter {_EXPORTER}, quantise {quantise}")
    target = folder / key
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / ".lock"):
        if (target / CARD).is_file():
            return read(target)
        progress(f"Preparing the embedding model {origin.name}, once")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as made, _quiet():
            _make(origin, key, Path(made), quantise=quantise, progress=progress)
            shutil.rmtree(target, ignore_errors=True)
            Path(made).chmod(0o755)
            Path(made).rename(target)
            Path(made).mkdir()  # what the temporary directory wants to remove
    return read(target)


_EXPORTER: Final = "1"  # part of the cache key: raised whenever the exported graph changes
_PACKAGES: Final = ("torch", "sentence-transformers", "transformers", "onnx", "onnxscript", "onnxruntime")
_NOISY: Final = ("torch", "torch.onnx", "onnxscript", "onnx_ir", "transformers", "sentence_transformers", "root")
_SAMPLES: Final = (
    "The lender orders a desk review when the forecast standard deviation exceeds the limit.",
    "Passengers are entitled to compensation when they arrive three hours late or more.",
    "A short one",
    "¿Qué ocurre con un vuelo cancelado? Das Gutachten ist älter als zwölf Monate. 延误补偿",
    "Section 4.2.1(b): the amount is EUR 250, USD 1,500.75 or 12 % of the price, whichever is higher; see 7.3. " * 30,
    "!",
)


@contextmanager
def _only_one(lock: Path) -> Generator[None]:
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def _quiet() -> Generator[None]:
    """Keep progress bars, prints, warnings and log lines of the model libraries off the terminal."""
    levels = {name: logging.getLogger(name).level for name in _NOISY}
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def _make(origin: ModelOrigin, key: str, folder: Path, *, quantise: bool, progress: Progress) -> None:
    original = _load(origin)
    progress("Exporting its graph")
    original.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    _export(original, folder / GRAPH)
    if quantise:
        progress("Quantising it to 8 bits")
        _quantise(folder / GRAPH)
    card = ModelCard(
        name=origin.name,
        content_hash=key,
        dimensions=original.get_embedding_dimension() or 0,
        max_tokens=_max_tokens(original),
        quantised=quantise,
        parity=0.0,
        pad_id=original.tokenizer.pad_token_id or 0,
        pad_token=original.tokenizer.pad_token or "[PAD]",
        prompt=original.prompts.get(original.default_prompt_name or "", ""),
        versions=_versions(),
    )
    (folder / CARD).write_text(card.model_dump_json())
    progress("Comparing it with the original")
    parity = _parity(original, folder)
    if parity < LEAST_PARITY and not quantise:
        raise ModelPreparationError(
            f"The exported graph of {origin.name} does not reproduce the model: cosine {parity:.4f} on samples, not "
            f"{LEAST_PARITY}. Choose another model, or serve it directly with sentence-transformers."
        )
    (folder / CARD).write_text(card.model_copy(update={"parity": parity}).model_dump_json(indent=2) + "\n")


class _BackendTokenizer(Protocol):
    def save(self, path: str) -> None: ...


class _OriginalTokenizer(Protocol):
    backend_tokenizer: _BackendTokenizer
    model_input_names: Sequence[str]
    model_max_length: int
    pad_token_id: int | None
    pad_token: str | None


class _Original(Protocol):
    """What is used of a loaded sentence-transformers model."""

    tokenizer: _OriginalTokenizer
    max_seq_length: int | None
    prompts: Mapping[str, str]
    default_prompt_name: str | None

    def get_embedding_dimension(self) -> int | None: ...

    def encode(self, inputs: list[str], *, normalize_embeddings: bool, show_progress_bar: bool) -> Vectors: ...


def _load(origin: ModelOrigin) -> _Original:
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    except ImportError as error:
        raise ModelPreparationError(f"{origin.name} cannot be prepared: {error}. {INSTALL}") from error
    try:
        loaded = SentenceTransformer(str(origin.folder), device="cpu", local_files_only=True)
    except Exception as error:  # a damaged folder surfaces as many kinds of exception
        raise ModelPreparationError(
            f"{origin.folder} does not load as a sentence-transformers model: {error}. Check that the folder is whole."
        ) from error
    return cast("_Original", cast("object", loaded.eval()))


def _export(original: _Original, graph: Path) -> None:
    import torch  # noqa: PLC0415

    names = [name for name in INPUTS if name in original.tokenizer.model_input_names]

    class Whole(torch.nn.Module):
        """The model as one function of its token arrays, ending in vectors of length 1."""

        def __init__(self) -> None:
            super().__init__()
            self.model = cast("torch.nn.Module", original)

        def forward(self, *arrays: torch.Tensor) -> torch.Tensor:
            found = cast("Mapping[str, torch.Tensor]", self.model(dict(zip(names, arrays, strict=True))))
            return torch.nn.functional.normalize(found["sentence_embedding"], dim=1)

    sample = tuple(torch.ones((2, 9), dtype=torch.int64) for _ in names)
    any_length = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    exporter = cast("_Exporter", cast("object", torch.onnx))
    try:
        program = exporter.export(
            Whole().eval(),
            sample,
            input_names=names,
            output_names=["text_vector"],
            dynamo=True,
            dynamic_shapes=(tuple(any_length for _ in names),),
            verbose=False,
        )
        program.save(str(graph), external_data=False)
    except Exception as error:  # the exporter wraps whatever the model's code raised
        raise ModelPreparationError(
            f"The model's graph cannot be exported to ONNX: {error}. Serve it directly with sentence-transformers."
        ) from error


class _Program(Protocol):
    def save(self, destination: str, *, external_data: bool) -> None: ...


class _Exporter(Protocol):
    """`torch.onnx`, whose own annotations are incomplete; the keywords are those of its `export`."""

    export: Callable[..., _Program]


class _Quantisation(Protocol):
    def quantize_dynamic(
        self, model_input: str, model_output: str, *, op_types_to_quantize: Sequence[str], per_channel: bool
    ) -> None: ...


def _quantise(graph: Path) -> None:
    # By channel, and without the table of words: with both as the tool has them by default, cosines fell to .97.
    tool = cast("_Quantisation", cast("object", import_module("onnxruntime.quantization")))
    small = graph.with_suffix(".int8")
    tool.quantize_dynamic(str(graph), str(small), op_types_to_quantize=["MatMul"], per_channel=True)
    small.replace(graph)


def _parity(original: _Original, folder: Path) -> float:
    expected = original.encode(list(_SAMPLES), normalize_embeddings=True, show_progress_bar=False)
    try:
        found = OnnxEmbedder.open(folder).rows(_SAMPLES)
    except RetrievalError as error:
        raise ModelPreparationError(
            f"The exported graph does not run: {error.__cause__}. Serve the model directly with sentence-transformers."
        ) from error
    return float(np.min(np.sum(expected * found, axis=1)))


def _max_tokens(original: _Original) -> int:
    longest = 512  # the length most encoders were trained with, for models that state none
    return original.max_seq_length or min(original.tokenizer.model_max_length, longest)


def _versions() -> dict[str, str]:
    found: dict[str, str] = {"exporter": _EXPORTER}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m retrieval.adapters.model_preparation", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where prepared models are kept")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="an id, or a sentence-transformers folder")
    parser.add_argument("--quantise", action="store_true", help="8-bit weights: twice as fast, less exact")
    chosen = parser.parse_args(namespace=_Chosen())
    try:
        prepared = prepare(
            chosen.model, chosen.folder, quantise=chosen.quantise, progress=lambda step: _say(sys.stderr.write, step)
        )
    except ModelPreparationError as error:
        _say(sys.stderr.write, str(error))
        return 1
    _say(sys.stdout.write, str(prepared.folder))
    return 0


class _Chosen(argparse.Namespace):
    model: str
    folder: Path
    quantise: bool


def _say(write: Callable[[str], int], line: str) -> None:
    write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(_main())
