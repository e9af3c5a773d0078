"""The Index on a Qdrant server or cluster, for whoever outgrows one machine or one process."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar, cast

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

from retrieval.adapters.qdrant_layout import (
    DENSE,
    PAGE,
    WORDS,
    ReadyPoint,
    check_lexical,
    check_name,
    checked,
    checked_vector,
    first,
    indexed,
    json_path,
    without_index,
)
from retrieval.corpus import Scalar
from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within
from retrieval.ports import Asked, Candidate, Collection, Hit, IndexUnavailableError, Point, RetrievalError
from retrieval.settings import DEFAULTS, RetrievalSettings
from retrieval.words import Words

_Answer = TypeVar("_Answer")


class ServerIndex:
    """An Index over HTTP. Words are weighed on our side, so that both adapters score alike."""

    def __init__(self, client: AsyncQdrantClient, collections: Iterable[Collection], exact_up_to: int) -> None:
        self._client = client
        self._collections = {collection.name: collection for collection in collections}
        self._exact_up_to = exact_up_to
        self._indexed = {name: set[str]() for name in self._collections}

    @classmethod
    async def open(
        cls,
        url: str,
        api_key: str | None,
        collections: Iterable[Collection],
        *,
        settings: RetrievalSettings = DEFAULTS,
    ) -> "ServerIndex":
        """Connect, and make the collections that are not there.

        Raises IndexUnavailableError when the server does not answer or a collection was made for other vectors.
        """
        client = AsyncQdrantClient(
            url=url, api_key=api_key, timeout=settings.server_timeout_s, check_compatibility=False
        )
        index = cls(client, collections, settings.exact_up_to)
        try:
            await index.prepare_collections()
        except BaseException:
            await index.close()
            raise
        return index

    async def prepare_collections(self) -> None:
        """Make collections and indexes that are missing, and check the vectors of those that exist."""
        for collection in self._collections.values():
            check_name(collection.name)
            if await _answer(self._client.collection_exists(collection.name)):
                await self._check_stored(collection)
            else:
                await self._create(collection)
            for field, kind in indexed(collection).items():
                if field not in self._indexed[collection.name]:
                    await self._add_index(collection.name, field, kind)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points, replacing those with the same id; checked before the first is written."""
        target = self._collection(collection)
        ready = [_struct(checked(target, point)) for point in points]
        for start in range(0, len(ready), PAGE):
            await _answer(self._client.upsert(collection, ready[start : start + PAGE], wait=True))

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of some points; unknown ids are passed over."""
        self._collection(collection)
        for start in range(0, len(ids), PAGE):
            those = models.Filter(must=[models.HasIdCondition(has_id=list(ids[start : start + PAGE]))])
            await _answer(self._client.set_payload(collection, dict(values), those, wait=True))

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of every point that meets all conditions; refuses an empty sequence."""
        self._collection(collection)
        if not conditions:
            raise RetrievalError(f"Setting fields in {collection} needs at least one condition.")
        await self._index_asked(collection, conditions)
        await _answer(self._client.set_payload(collection, dict(values), _filter(conditions), wait=True))

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        """Remove every point that meets all conditions; refuses an empty sequence."""
        self._collection(collection)
        if not conditions:
            raise RetrievalError(f"Deleting from {collection} needs at least one condition.")
        those = models.FilterSelector(filter=_filter(conditions))
        await _answer(self._client.delete(collection, those, wait=True))

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        """Find the points nearest to a vector: exactly in a collection of the size where that is fast."""
        target = self._collection(collection)
        numbers = checked_vector(target, vector).tolist()
        await self._index_asked(collection, conditions)
        found = await _answer(self._client.count(collection, exact=False))
        params = models.SearchParams(exact=found.count <= self._exact_up_to)
        return await self._best(target, numbers, conditions, limit, params)

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Find the points whose words match best, by BM25 over what meets the conditions."""
        target = self._collection(collection)
        check_lexical(target)
        if not words:
            return []
        await self._index_asked(collection, conditions)
        return await self._best(target, _sparse(words), conditions, limit, _rare_among(conditions))

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        """Find the points that match best by words or by vector, each with both scores, by id."""
        by_words, by_vector = await asyncio.gather(
            self.lexical(collection, asked.words, conditions, limit)
            if asked.by_words is None
            else _at_hand(asked.by_words),
            _at_hand(()) if asked.vector is None else self.nearest(collection, asked.vector, conditions, limit),
        )
        payloads = {hit.id: hit.payload for hit in (*by_words, *by_vector)}
        words, dense = ({hit.id: hit.score for hit in hits} for hits in (by_words, by_vector))
        more_words, more_dense = await asyncio.gather(
            self._scores_of(collection, _sparse(asked.words), payloads.keys() - words.keys(), _rare_among(conditions)),
            self._scores_of(collection, asked.vector, payloads.keys() - dense.keys(), models.SearchParams(exact=True)),
        )
        words |= more_words
        dense |= more_dense
        return [Candidate(one, words.get(one, 0.0), dense.get(one), payloads[one]) for one in sorted(payloads)]

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        """List points that meet the conditions, by id, with score 0; all of them without a limit."""
        self._collection(collection)
        await self._index_asked(collection, conditions)
        found: list[Hit] = []
        offset: models.ExtendedPointId | None = None
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            page, after = await _answer(
                self._client.scroll(collection, _filter(conditions), size, offset=offset, with_payload=True)
            )
            found += [Hit(str(record.id), 0.0, record.payload or {}) for record in page]
            if after is None:
                break
            offset = cast("models.ExtendedPointId", after)
        return found

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        """Count exactly the points that meet the conditions."""
        self._collection(collection)
        await self._index_asked(collection, conditions)
        return (await _answer(self._client.count(collection, _filter(conditions), exact=True))).count

    async def drop(self) -> None:
        """Remove the collections of this index from the server, with everything in them."""
        for name in self._collections:
            await _answer(self._client.delete_collection(name))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    def _collection(self, name: str) -> Collection:
        if name not in self._collections:
            known = ", ".join(sorted(self._collections))
            raise RetrievalError(f"The index has no collection {name!r}; it has: {known}.")
        return self._collections[name]

    async def _create(self, collection: Collection) -> None:
        dense = models.VectorParams(size=collection.dimensions, distance=_DISTANCES[collection.metric])
        words = models.SparseVectorParams(modifier=models.Modifier.IDF)
        await _answer(
            self._client.create_collection(
                collection.name,
                vectors_config={DENSE: dense},
                sparse_vectors_config={WORDS: words} if collection.lexical else None,
                metadata=None if collection.model is None else {_MODEL: collection.model},
            )
        )

    async def _check_stored(self, collection: Collection) -> None:
        stored = await _answer(self._client.get_collection(collection.name))
        self._indexed[collection.name] = set(stored.payload_schema)
        vectors = stored.config.params.vectors
        dense = vectors.get(DENSE) if isinstance(vectors, dict) else None
        lexical = WORDS in (stored.config.params.sparse_vectors or {})
        found = (dense.size, dense.distance, lexical) if dense else None
        if found != (collection.dimensions, _DISTANCES[collection.metric], collection.lexical):
            raise IndexUnavailableError(
                f"Collection {collection.name} on the server was made for other vectors: it holds (size, distance, "
                f"words) {found}, but {collection.metric} vectors of {collection.dimensions} numbers are asked. Choose "
                "the model it was made with, or delete the collection and ingest again."
            )

        await self._check_model(collection, stored.config.metadata or {})

    async def _check_model(self, collection: Collection, stored: Mapping[str, object]) -> None:
        if collection.model is None:
            return
        if _MODEL not in stored:  # made before models were named, or by a server that keeps no such notes
            await _answer(self._client.update_collection(collection.name, metadata={_MODEL: collection.model}))
        elif stored[_MODEL] != collection.model:
            raise IndexUnavailableError(
                f"Collection {collection.name} on the server holds vectors by the model {stored[_MODEL]}, but those by "
                f"{collection.model} are asked. Choose the model it was made with, or delete the collection and ingest "
                "again: nothing is lost, the catalog keeps texts and vectors."
            )

    async def _index_asked(self, collection: str, conditions: Sequence[Condition]) -> None:
        for field, kind in without_index(conditions, self._indexed[collection]).items():
            await self._add_index(collection, field, kind)

    async def _add_index(self, collection: str, field: str, kind: str) -> None:
        schema = models.PayloadSchemaType(kind)
        await _answer(self._client.create_payload_index(collection, json_path(field), schema, wait=True))
        self._indexed[collection].add(field)

    async def _scores_of(
        self,
        collection: str,
        query: Sequence[float] | models.SparseVector | None,
        ids: AbstractSet[str],
        params: models.SearchParams,
    ) -> dict[str, float]:
        """Score points that the other search found."""
        words = isinstance(query, models.SparseVector)
        if query is None or not ids or (words and not query.indices):
            return {}
        answer = await _answer(
            self._client.query_points(
                collection,
                query if words else list(query),
                using=WORDS if words else DENSE,
                query_filter=models.Filter(must=[models.HasIdCondition(has_id=sorted(ids))]),
                search_params=params,
                limit=len(ids),
                with_payload=False,
            )
        )
        return {str(one.id): one.score for one in answer.points}

    async def _best(
        self,
        collection: Collection,
        query: list[float] | models.SparseVector,
        conditions: Sequence[Condition],
        limit: int,
        params: models.SearchParams,
    ) -> list[Hit]:
        dense = isinstance(query, list)
        sign = -1.0 if dense and collection.metric == "euclid" else 1.0
        asked = limit + 1
        while True:
            answer = await _answer(
                self._client.query_points(
                    collection.name,
                    query,
                    using=DENSE if dense else WORDS,
                    query_filter=_filter(conditions),
                    search_params=params,
                    limit=asked,
                    with_payload=True,
                )
            )
            hits = [Hit(str(one.id), sign * one.score, one.payload or {}) for one in answer.points]
            if (settled := first(hits, limit, asked)) is not None:
                return settled
            asked *= 2


_MODEL: Final = "embedding_model"
_DISTANCES: Final = {"cosine": models.Distance.COSINE, "euclid": models.Distance.EUCLID}


async def _answer(call: Awaitable[_Answer]) -> _Answer:
    try:
        return await call
    except (ApiException, ResponseHandlingException, OSError) as error:
        raise IndexUnavailableError(
            f"The Qdrant server did not do what was asked: {error}. Check TOULMIN_QDRANT_URL, the API key, and that "
            "the server is up."
        ) from error


def _struct(point: ReadyPoint) -> models.PointStruct:
    vectors: dict[str, models.Vector] = {DENSE: point.vector.tolist()}
    if point.words is not None:
        vectors[WORDS] = _sparse(point.words)
    return models.PointStruct(id=point.id, vector=vectors, payload=point.payload)


async def _at_hand(hits: Sequence[Hit]) -> Sequence[Hit]:
    return hits


def _sparse(words: Words) -> models.SparseVector:
    return models.SparseVector(indices=list(words), values=list(words.values()))


def _rare_among(conditions: Sequence[Condition]) -> models.SearchParams:
    """Let how rare a word is count among what the reader may see, so that nothing else shines through."""
    return models.SearchParams(idf=models.IdfCorpusParams(corpus=_filter(conditions)))


def _filter(conditions: Sequence[Condition]) -> models.Filter:
    return models.Filter(must=[_condition(condition) for condition in conditions])


def _condition(condition: Condition) -> models.FieldCondition | models.Filter:
    match condition:
        case Equals(field, value):
            return models.FieldCondition(key=json_path(field), match=models.MatchValue(value=value))
        case AnyOf(field, values):
            return models.FieldCondition(key=json_path(field), match=models.MatchAny(any=list(values)))
        case Between(field, at_least, below):
            return models.FieldCondition(key=json_path(field), range=models.Range(gte=at_least, lt=below))
        case Within(latitude, longitude, radius_m, field):
            place = models.GeoRadius(center=models.GeoPoint(lat=latitude, lon=longitude), radius=radius_m)
            return models.FieldCondition(key=json_path(field), geo_radius=place)
        case Not(inner):
            return models.Filter(must_not=[_condition(inner)])
