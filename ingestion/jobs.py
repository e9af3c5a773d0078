"""Turns a Reader and what it is to read into words that a parsing child understands."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from ingestion.ports import IngestionError
from ingestion.reading import Reader
from ingestion.settings import ParsingLimits
from ingestion.source import Source
from retrieval.corpus import RecordKind, Scalar, Value

READY: Final = b"ready"
"""What a child says when it has its reader and its limits."""

OUT_OF_MEMORY: Final = 77
"""The exit code of a child whose memory ran out."""


class Job(Value):
    """One Source to read, for an ingest."""

    source: Source
    fingerprint: str
    ingestion_id: str


class KindRecipe(Value):
    """A RecordKind whose functions are named (`module:function`), so that another process can import them."""

    name: str
    dimensions: int
    function: str
    typed: str | None

    def kind(self) -> RecordKind:
        """Make the record kind."""
        return RecordKind(
            self.name,
            self.dimensions,
            cast("Callable[[Mapping[str, Scalar]], tuple[float, ...]]", _imported(self.function)),
            cast("Callable[[Mapping[str, Scalar]], Mapping[str, Scalar]] | None", self.typed and _imported(self.typed)),
        )


class ReaderRecipe(Value):
    """What another process needs to make the same Reader; `modules` are the folders in which packs may lie."""

    modules: tuple[str, ...]
    kinds: tuple[KindRecipe, ...]
    model: str
    tenant: str
    limits: ParsingLimits

    def reader(self) -> Reader:
        """Make the reader."""
        sys.path.extend(folder for folder in self.modules if folder not in sys.path)
        return Reader({kind.name: kind.kind() for kind in self.kinds}, self.model, self.tenant, self.limits)


def recipe_of(reader: Reader) -> ReaderRecipe:
    """Describe a reader; IngestionError names a record kind whose function another process cannot import."""
    kinds = tuple(map(_recipe, reader.record_kinds.values()))
    modules = tuple(str(Path(folder).resolve()) for folder in sys.path)
    return ReaderRecipe(modules=modules, kinds=kinds, model=reader.model, tenant=reader.tenant, limits=reader.limits)


def _recipe(kind: RecordKind) -> KindRecipe:
    return KindRecipe(
        name=kind.name,
        dimensions=kind.dimensions,
        function=_named(kind.name, "makes its vectors", kind.vector),
        typed=None if kind.typed is None else _named(kind.name, "types its values", kind.typed),
    )


def _named(kind: str, does: str, function: Callable[..., object]) -> str:
    module, name = function.__module__, getattr(function, "__qualname__", "")
    if not name.isidentifier():
        raise IngestionError(
            f"The record kind {kind!r} {does} by {module}:{name}, which another process cannot import; "
            "make it a function of a module of its pack."
        )
    return f"{module}:{name}"


def _imported(named: str) -> object:
    module, _, name = named.partition(":")
    return getattr(import_module(module), name)
