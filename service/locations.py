"""Turns what a person names on the command line into places to ingest from."""

from collections.abc import Sequence
from pathlib import Path

from decision.registry import choose, packs
from ingestion.ports import IngestionError

_PACK = "pack:"


def locations_of(named: Sequence[str]) -> list[str | Path]:
    """`pack:NAME` becomes the sources that the pack ships; everything else stays as it is.

    Raises IngestionError when a pack ships none, DecisionError when there is no such pack.
    """
    return [_pack_sources(name) if name.startswith(_PACK) else name for name in named]


def _pack_sources(name: str) -> Path:
    pack = choose(packs(), name.removeprefix(_PACK))
    sources = pack.folder / "sources.toml"
    if not sources.exists():
        raise IngestionError(f"The pack '{pack.name}' ships no sources; name a folder or file of yours.")
    return sources
