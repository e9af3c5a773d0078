"""One collection in a folder of this machine, through Qdrant's engine in this process; blocking calls."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import numpy as np
import qdrant_edge as edge

from retrieval.adapters.qdrant_layout import (
    DENSE,
    INDEXED,
    LAYOUT,
    PAGE,
    WORDS,
    ReadyPoint,
    check_lexical,
    checked,
    checked_vector,
    document_words,
    first,
    json_path,
    query_words,
    without_index,
)
from retrieval.corpus import Scalar, Value
from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within
from retrieval.ports import Collection, Hit, IndexUnavailableError, Point, RetrievalError


class EdgeCollection:
    """One Edge shard. Reads run beside each other and beside a write; writes wait for each other."""

    def __init__(self, collection: Collection, shard: edge.EdgeShard, exact_up_to: int) -> None:
        self._collection = collection
        self._shard = shard
        self._exact_up_to = exact_up_to
        self._writing = threading.Lock()
        self.indexed = set(shard.info().payload_schema)
        self._changed = 0

    @classmethod
    def open(cls, folder: Path, collection: Collection, exact_up_to: int) -> "EdgeCollection":
        """Open a shard, or make it; raises IndexUnavailableError when it was made for other vectors or is damaged."""
        card = folder.with_suffix(".json")
        expected = _card(collection)
        try:
            made = (folder / "edge_config.json").is_file()
            if not made:
                card.unlink(missing_ok=True)  # it spoke of a folder that was removed
            stored = _Card.model_validate_json(card.read_bytes()) if card.is_file() else None
            if stored is not None:
                _check(folder, expected, stored)
            folder.mkdir(parents=True, exist_ok=True)
            open_shard = edge.EdgeShard.load if made else edge.EdgeShard.create
            opened = cls(collection, open_shard(str(folder), _config(collection, exact_up_to)), exact_up_to)
            if stored is None:
                opened.add_indexes(INDEXED)
            if stored is None or (stored.model is None and expected.model is not None):
                card.write_text(expected.model_dump_json())
        except RetrievalError:
            raise
        except Exception as error:  # Edge raises bare Exceptions
            raise IndexUnavailableError(f"The index in {folder} cannot be opened: {error}. {_REBUILD}") from error
        return opened

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points in small pages, all of them checked first; the more there are, the less each one costs."""
        ready = [checked(self._collection, point) for point in points]
        for start in range(0, len(ready), _WRITTEN_AT_ONCE):
            page = [_edge_point(point) for point in ready[start : start + _WRITTEN_AT_ONCE]]
            self._write(edge.UpdateOperation.upsert_points(page))
        self._settle(len(ready))

    def set_payload(self, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        """Overwrite payload fields where the ids exist."""
        for start in range(0, len(ids), PAGE):
            those = edge.Filter(must=[edge.HasIdCondition(set(ids[start : start + PAGE]))])
            self._write(edge.UpdateOperation.set_payload_by_filter(those, dict(values)))
        self._settle(len(ids))

    def set_where(self, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite payload fields of what meets all conditions."""
        before = self.count(conditions)
        self._write(edge.UpdateOperation.set_payload_by_filter(_filter(conditions), dict(values)))
        self._settle(before)

    def delete(self, conditions: Sequence[Condition]) -> None:
        """Remove what meets all conditions."""
        before = self.count(conditions)
        self._write(edge.UpdateOperation.delete_points_by_filter(_filter(conditions)))
        self._settle(before)

    def nearest(self, vector: Sequence[float], conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Search by vector: exactly in a collection of the size where that is fast, else through the graph."""
        numbers = checked_vector(self._collection, vector)
        exact = edge.SearchParams(exact=self._shard.info().points_count <= self._exact_up_to)
        return self._best(edge.Query.Nearest(numbers, using=DENSE), conditions, limit, exact)

    def lexical(self, words: str, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Search by words; how rare a word is counts among what the reader may see, so nothing else shines through."""
        check_lexical(self._collection)
        sparse = query_words(words)
        if not sparse.indices:
            return []
        seen = edge.SearchParams(idf=edge.IdfParams(corpus=_filter(conditions)))
        return self._best(edge.Query.Nearest(sparse, using=WORDS), conditions, limit, seen)

    def scroll(self, conditions: Sequence[Condition], limit: int | None) -> list[Hit]:
        """List points by id, page by page."""
        found: list[Hit] = []
        offset: edge.PointId | None = None
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            request = edge.ScrollRequest(offset, size, _filter(conditions), with_payload=True)
            page, offset = self._shard.scroll(request)
            found += [Hit(str(point.id), 0.0, point.payload or {}) for point in page]
            if offset is None:
                break
        return found

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count exactly."""
        return self._shard.count(edge.CountRequest(exact=True, filter=_filter(conditions)))

    def close(self) -> None:
        """Flush and let go of the files; further calls fail."""
        with self._writing:
            self._shard.flush()
            self._shard.close()

    def missing_indexes(self, conditions: Sequence[Condition]) -> Mapping[str, str]:
        """Give the fields that the conditions need an index for and that have none yet, with its type."""
        return without_index(conditions, self.indexed)

    def add_indexes(self, fields: Mapping[str, str]) -> None:
        """Index payload fields, by name and type."""
        for field, kind in fields.items():
            self._write(edge.UpdateOperation.create_field_index(json_path(field), _FIELD_TYPES[kind]))
            self.indexed.add(field)

    def _write(self, operation: edge.UpdateOperation) -> None:
        with self._writing:
            self._shard.update(operation)

    def _settle(self, changed: int) -> None:
        """Put what was written on the disk; tidy segments after every so many changes."""
        with self._writing:
            self._shard.flush()
            self._changed += changed
            if self._changed >= _TIDY_AFTER:
                self._shard.optimize()
                self._changed = 0

    def _best(
        self, query: edge.Query, conditions: Sequence[Condition], limit: int, params: edge.SearchParams
    ) -> list[Hit]:
        asked = limit + 1
        while True:
            request = edge.QueryRequest(
                asked, query=query, filter=_filter(conditions), params=params, with_payload=True
            )
            sign = -1.0 if self._collection.metric == "euclid" and params.idf is None else 1.0
            hits = [Hit(str(one.id), sign * one.score, one.payload or {}) for one in self._shard.query(request)]
            if (settled := first(hits, limit, asked)) is not None:
                return settled
            asked *= 2


_REBUILD: Final = "Remove that folder and ingest again: nothing is lost, the catalog keeps texts and vectors."
_TIDY_AFTER: Final = 20_000
_WRITTEN_AT_ONCE: Final = 100  # the engine lets no other thread run Python meanwhile: some 5 ms
_BYTES_PER_NUMBER: Final = 4
_FIELD_TYPES: Final = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "geo": edge.PayloadSchemaType.Geo,
    "bool": edge.PayloadSchemaType.Bool,
}


class _Card(Value):
    """Stored beside a shard: what its vectors are. Cards of the first layout did not name a model."""

    layout: int = LAYOUT
    dimensions: int
    metric: str
    lexical: bool
    model: str | None = None


def _card(collection: Collection) -> _Card:
    return _Card(
        dimensions=collection.dimensions, metric=collection.metric, lexical=collection.lexical, model=collection.model
    )


def _check(folder: Path, expected: _Card, stored: _Card) -> None:
    either = None in {stored.model, expected.model}
    if stored.model_copy(update={"model": expected.model} if either else {}) != expected:
        raise IndexUnavailableError(
            f"The index in {folder} was made for other vectors: it holds {_words(stored)}, but {_words(expected)} are "
            f"asked. Choose the model it was made with, or start anew. {_REBUILD}"
        )


def _words(card: _Card) -> str:
    words = "with words" if card.lexical else "without words"
    by = "" if card.model is None else f" by the model {card.model}"
    return f"{card.metric} vectors of {card.dimensions} numbers{by} {words} (layout {card.layout})"


def _config(collection: Collection, exact_up_to: int) -> edge.EdgeConfig:
    distance = edge.Distance.Cosine if collection.metric == "cosine" else edge.Distance.Euclid
    kilobytes = max(1, exact_up_to * collection.dimensions * _BYTES_PER_NUMBER // 1024)
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(collection.dimensions, distance)},
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)} if collection.lexical else None,
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=kilobytes),
    )


def _edge_point(point: ReadyPoint) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {DENSE: point.vector}
    if point.words is not None:
        vectors[WORDS] = document_words(point.words)
    return edge.Point(point.id, vectors, point.payload)


def _filter(conditions: Sequence[Condition]) -> edge.Filter:
    return edge.Filter(must=[_condition(condition) for condition in conditions])


def _condition(condition: Condition) -> edge.FieldCondition | edge.Filter:
    match condition:
        case Equals(field, value):
            return edge.FieldCondition(json_path(field), match=edge.MatchValue(_edge_value(value)))
        case AnyOf(field, values):
            return edge.FieldCondition(json_path(field), match=edge.MatchAny(list(values)))
        case Between(field, at_least, below):
            return edge.FieldCondition(json_path(field), range=edge.RangeFloat(gte=at_least, lt=below))
        case Within(latitude, longitude, radius_m, field):
            place = edge.GeoRadius(edge.GeoPoint(lon=longitude, lat=latitude), radius_m)
            return edge.FieldCondition(json_path(field), geo_radius=place)
        case Not(inner):
            return edge.Filter(must_not=[_condition(inner)])


def _edge_value(value: str | int) -> str | int:
    # Edge 0.9 reads Python's True as the number 1, but numpy's as a truth value.
    return cast("int", np.bool_(value)) if isinstance(value, bool) else value
