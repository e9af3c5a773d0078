"""One collection in a folder of this machine, through Qdrant's engine in this process; blocking calls.

The engine lets no other thread run Python while it works. So points are written in small pages, segments are tidied
only without building anything, and there is no graph: building one would stop the process for minutes, and looking at
every vector takes a third of a millisecond for each thousand of them.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from retrieval.adapters.conditions_needed import ConditionsNeeded
from retrieval.adapters.disk_room import free_mb, reading_mb, used_mb
from retrieval.adapters.edge_card import REBUILD, Card, card_of, check_card
from retrieval.adapters.edge_conditions import filter_of, one_of
from retrieval.adapters.qdrant_layout import (
    DENSE,
    PAGE,
    WORDS,
    ReadyPoint,
    check_lexical,
    checked,
    checked_vector,
    first,
    indexed,
    json_path,
    without_index,
)
from retrieval.corpus import Scalar
from retrieval.filters import Condition
from retrieval.ports import Asked, Candidate, Collection, Hit, IndexUnavailableError, Point, RetrievalError
from retrieval.words import Words

Room = Callable[[int], None]
"""Told how many megabytes a write takes besides a page; raises IndexUnavailableError when the disk lacks them."""


class EdgeCollection:
    """One Edge shard. Writes wait for each other; `room` is asked before each of them."""

    def __init__(self, folder: Path, collection: Collection, shard: edge.EdgeShard, room: Room) -> None:
        self._folder = folder
        self._collection = collection
        self._shard = shard
        self._room = room
        self._writing = threading.Lock()
        self.indexed = set(shard.info().payload_schema)
        self._changed = 0
        self._needed = ConditionsNeeded(self.count)

    @classmethod
    def open(cls, folder: Path, collection: Collection, room: Room) -> "EdgeCollection":
        """Open a shard, or make it; raises IndexUnavailableError when it was made for other vectors or is damaged."""
        card = folder.with_suffix(".json")
        expected = card_of(collection)
        try:
            made = (folder / "edge_config.json").is_file()
            if not made:
                card.unlink(missing_ok=True)  # it spoke of a folder that was removed
            stored = Card.model_validate_json(card.read_bytes()) if card.is_file() else None
            if stored is not None:
                check_card(folder, expected, stored)
            if made:
                _check_room_to_read(folder)
            else:
                room(0)
            folder.mkdir(parents=True, exist_ok=True)
            open_shard = edge.EdgeShard.load if made else edge.EdgeShard.create
            opened = cls(folder, collection, open_shard(str(folder), _config(collection)), room)
            if stored is None:
                opened.add_indexes(indexed(collection))
            if stored is None or (stored.model is None and expected.model is not None):
                card.write_text(expected.model_dump_json())
        except RetrievalError:
            raise
        except Exception as error:  # Edge raises bare Exceptions
            raise IndexUnavailableError(f"The index in {folder} cannot be opened: {error}. {REBUILD}") from error
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
            those = one_of(ids[start : start + PAGE])
            self._write(edge.UpdateOperation.set_payload_by_filter(those, dict(values)))
        self._settle(len(ids))

    def set_where(self, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite payload fields of what meets all conditions."""
        before = self.count(conditions)
        self._write(edge.UpdateOperation.set_payload_by_filter(filter_of(conditions), dict(values)))
        self._settle(before)

    def delete(self, conditions: Sequence[Condition]) -> None:
        """Remove what meets all conditions."""
        before = self.count(conditions)
        self._write(edge.UpdateOperation.delete_points_by_filter(filter_of(conditions)))
        self._settle(before)

    def nearest(self, vector: Sequence[float], conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Search by vector, exactly."""
        numbers = checked_vector(self._collection, vector).tolist()
        return self._best(*_by_vector(numbers), conditions, limit)

    def lexical(self, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Search by words; how rare a word is counts among what the reader may see, so nothing else shines through."""
        check_lexical(self._collection)
        return self._needed.ask(conditions, lambda needed: self._lexical(words, needed, conditions, limit))

    def pool(self, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        """Search by words and by vector, and score what only one of them found by the other."""
        check_lexical(self._collection)
        return self._needed.ask(conditions, lambda needed: self._pool(asked, needed, conditions, limit))

    def scroll(self, conditions: Sequence[Condition], limit: int | None) -> list[Hit]:
        """List points by id, page by page."""
        found: list[Hit] = []
        offset: edge.PointId | None = None
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            request = edge.ScrollRequest(offset, size, filter_of(conditions), with_payload=True)
            page, offset = self._shard.scroll(request)
            found += [Hit(str(point.id), 0.0, point.payload or {}) for point in page]
            if offset is None:
                break
        return found

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count exactly."""
        return self._shard.count(edge.CountRequest(exact=True, filter=filter_of(conditions)))

    def close(self) -> None:
        """Flush and let go of the files; further calls fail."""
        with self._writing:
            try:
                self._shard.flush()
            except Exception:  # such as a full disk; what was written before was flushed then
                _logger.exception("The index in %s could not be flushed when it was closed", self._folder)
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
        with self._writing, self._needed.writing():
            self._room(0)
            self._shard.update(operation)

    def _settle(self, changed: int) -> None:
        """Put what was written on the disk; tidy segments after every so many changes."""
        with self._writing:
            self._shard.flush()
            self._changed += changed
            if self._changed >= _TIDY_AFTER and self._has_room_to_tidy():
                self._shard.optimize()
                self._changed = 0

    def _has_room_to_tidy(self) -> bool:
        try:
            self._room(used_mb(self._folder))
        except IndexUnavailableError:  # nothing depends on it, and the disk may have room another time
            return False
        return True

    def _lexical(
        self, words: Words, needed: Sequence[Condition], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        search = _by_words(words, needed, conditions)
        return [] if search is None else self._best(*search, needed, limit)

    def _pool(
        self, asked: Asked, needed: Sequence[Condition], conditions: Sequence[Condition], limit: int
    ) -> list[Candidate]:
        by_words = asked.by_words
        if by_words is None:
            by_words = self._lexical(asked.words, needed, conditions, limit)
        words, dense = {hit.id: hit.score for hit in by_words}, dict[str, float]()
        payloads = {hit.id: hit.payload for hit in by_words}
        if asked.vector is not None:
            search = _by_vector(checked_vector(self._collection, asked.vector).tolist())
            near = self._best(*search, needed, limit, with_payload=False)
            dense = {hit.id: hit.score for hit in near}
            dense |= self._scores_of(search, [one for one in words if one not in dense])
            payloads |= self._payloads([one for one in dense if one not in payloads])
            if (search := _by_words(asked.words, needed, conditions)) is not None:
                words |= self._scores_of(search, [one for one in payloads if one not in words])
        return [Candidate(one, words.get(one, 0.0), dense.get(one), payloads[one]) for one in sorted(payloads)]

    def _payloads(self, ids: Sequence[str]) -> dict[str, Mapping[str, object]]:
        # Asking a search for payloads takes longer than asking for those that are missing by their ids.
        records = self._shard.retrieve([*ids], with_payload=True, with_vector=False) if ids else []
        return {str(one.id): one.payload or {} for one in records}

    def _scores_of(self, search: "_Search", ids: Sequence[str]) -> dict[str, float]:
        if not ids:
            return {}
        request = edge.QueryRequest(len(ids), query=search[0], filter=one_of(ids), params=search[1])
        return {str(one.id): one.score for one in self._shard.query(request)}

    def _best(
        self,
        query: edge.Query,
        params: edge.SearchParams,
        conditions: Sequence[Condition],
        limit: int,
        *,
        with_payload: bool = True,
    ) -> list[Hit]:
        asked = limit + 1
        while True:
            request = edge.QueryRequest(
                asked, query=query, filter=filter_of(conditions), params=params, with_payload=with_payload
            )
            sign = -1.0 if self._collection.metric == "euclid" else 1.0
            hits = [Hit(str(one.id), sign * one.score, one.payload or {}) for one in self._shard.query(request)]
            if (settled := first(hits, limit, asked)) is not None:
                return settled
            asked *= 2


_logger = logging.getLogger(__name__)
_READ_WHEN_OPENED: Final = "segments/*/payload_index/**/*"
_TIDY_AFTER: Final = 20_000
_WRITTEN_AT_ONCE: Final = 100  # the engine lets no other thread run Python meanwhile: some 5 ms
_NEVER_KB: Final = 2**40
_FIELD_TYPES: Final = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.IntegerIndexParams(lookup=False, range=True),  # whole numbers are asked for by range
    "float": edge.PayloadSchemaType.Float,
    "geo": edge.PayloadSchemaType.Geo,
    "bool": edge.PayloadSchemaType.Bool,
}


def _check_room_to_read(folder: Path) -> None:
    free, needed = free_mb(folder), reading_mb(folder, _READ_WHEN_OPENED)
    if needed and free <= needed:
        raise IndexUnavailableError(
            f"Opening the index in {folder} takes {needed} MB of its disk, which is in memory, and {free} MB are free. "
            "Free some space, or move the data folder to a real disk."
        )


def _config(collection: Collection) -> edge.EdgeConfig:
    distance = edge.Distance.Cosine if collection.metric == "cosine" else edge.Distance.Euclid
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(collection.dimensions, distance, memory=edge.Memory.Cold)},
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)} if collection.lexical else None,
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=_NEVER_KB),
    )


def _edge_point(point: ReadyPoint) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {DENSE: point.vector.tolist()}
    if point.words is not None:
        vectors[WORDS] = _sparse(point.words)
    return edge.Point(point.id, vectors, point.payload)


def _sparse(words: Words) -> edge.SparseVector:
    return edge.SparseVector(list(words), list(words.values()))


_Search = tuple[edge.Query, edge.SearchParams]


def _by_vector(numbers: list[float]) -> _Search:
    return edge.Query.Nearest(numbers, using=DENSE), edge.SearchParams(exact=True)


def _by_words(words: Words, needed: Sequence[Condition], conditions: Sequence[Condition]) -> _Search | None:
    """Words are rare among what meets the conditions; where none is needed one is kept, else removed points count."""
    if not words:
        return None
    corpus = needed or conditions[:1]
    rare = edge.SearchParams(idf=edge.IdfParams(corpus=filter_of(corpus)) if corpus else None)
    return edge.Query.Nearest(_sparse(words), using=WORDS), rare
