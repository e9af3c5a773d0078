"""Everything that a data folder holds in its catalog and its index, without what differs from one run to another."""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, cast

import numpy as np
import qdrant_edge as edge

from retrieval.points import point_id

Snapshot = Mapping[str, list[str]]
"""By table, or by what is told of the index: sorted lines."""


def snapshot(folder: Path) -> Snapshot:
    """Read a data folder that no process has open.

    Revisions are named by document and generation instead of by id, and families by one of their revisions. Raises
    AssertionError for what no clean run leaves either: anything planned, staged, or not over.
    """
    with closing(sqlite3.connect(folder / "toulmin.db")) as database:
        database.row_factory = sqlite3.Row
        rows = {table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")] for table in _TABLES}  # noqa: S608
    assert {row["state"] for row in rows.pop("ingestions")} == {"committed"}
    assert rows.pop("planned_documents") == []
    assert all(row["valid_from_generation"] <= len(rows["generations"]) for row in rows["revisions"])
    names = {str(row["id"]): f"{row['document_id']}@{row['valid_from_generation']}" for row in rows["revisions"]}
    assert len(set(names.values())) == len(names), "a document has two revisions of one generation"
    for row in sorted(rows["revisions"], key=lambda row: names[row["id"]]):
        names.setdefault(str(row["family"]), f"the family of {names[row['id']]}")
    lines = {table: sorted(_line(row, names) for row in found) for table, found in rows.items()}
    return lines | {"index": sorted(_points(folder / "index" / "clauses", names))}


_TABLES: Final = (
    "generations",
    "revisions",
    "revision_groups",
    "clauses",
    "chunks",
    "records",
    "definitions",
    "embeddings",
    "source_checks",
    "ingestions",
    "planned_documents",
)
_OF_ONE_RUN: Final = ("committed_at", "ingestion_id", "checked_at")
_TIMED: Final = re.compile(r"seconds|_s$|embedded")
_ID: Final = re.compile(r"(?:rev|fam)_[0-9a-f]{24}")


def _line(row: Mapping[str, object], names: Mapping[str, str]) -> str:
    told = {name: _plain(value) for name, value in row.items() if name not in _OF_ONE_RUN}
    if isinstance(report := told.get("report"), str):  # how long it took, and what a process before it embedded
        told["report"] = {
            name: value
            for name, value in cast("dict[str, object]", json.loads(report)).items()
            if not _TIMED.search(name)
        }
    return _named(json.dumps(told, sort_keys=True), names)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _named(line: str, names: Mapping[str, str]) -> str:
    return _ID.sub(lambda found: names[found[0]], line)


def _points(folder: Path, names: Mapping[str, str]) -> Iterable[str]:
    shard = edge.EdgeShard.load(str(folder))
    try:
        found, more = shard.scroll(edge.ScrollRequest(limit=100_000, with_payload=True, with_vector=True))
        assert more is None
        for point in found:
            payload = dict(point.payload or {})
            assert str(point.id) == point_id(json.loads(payload["place"])["id"])
            vectors = cast("Mapping[str, object]", point.vector)
            yield _named(
                json.dumps([payload, _numbers(vectors["dense"]), repr(vectors["words"])], sort_keys=True), names
            )
    finally:
        shard.close()


def _numbers(vector: object) -> str:
    return np.asarray(vector, dtype="<f4").tobytes().hex()
