"""Chunks and Records to points of an index and back: the one place that knows how a payload is laid out.

The fields of `Visibility` stand at the top level. A chunk adds what it belongs to, its text, and the keys by which a
question may name it (its clause's, and those of the numbered clauses around it); what no condition asks for is one
string of JSON, `place`, because the engine takes longer over each field of a payload than over its length. A record
adds `observed_on` (a day's ordinal), `location` (`lat`, `lon`) and `values.NAME`; these are the paths that conditions
name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, cast
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from retrieval.citing import enclosing, names_of
from retrieval.corpus import Chunk, Record
from retrieval.ports import Hit, Point, RetrievalError
from retrieval.query import Evidence
from retrieval.scope import Visibility
from retrieval.words import tokens, weigh_passage


def point_id(item_id: str) -> str:
    """Name a point: a UUID that depends on this id alone."""
    return str(uuid5(_NAMESPACE, item_id))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk stands: the how-manieth of its revision, how it is cited, what it cites (`NAME#key`).

    `terms` are what it defines, as stems with a space between them.
    """

    revision_id: str
    order: int
    names: tuple[str, ...]
    links: tuple[str, ...]
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """How the document of a chunk uses words: how others cite it, and what the chunk says by its usage.

    `meant` are words that the chunk does not have and its document uses for the same, `terms` are those that it
    defines; both weigh as the words of headings do.
    """

    cited_as: Sequence[str] = ()
    meant: str = ""
    terms: Sequence[str] = ()


def clause_point(
    chunk: Chunk,
    visibility: Visibility,
    vector: Sequence[float] | NDArray[np.float32],
    order: int = 0,
    usage: Usage | None = None,
) -> Point:
    """Lay out a Chunk, the `order`-th of its revision; a term that it defines is kept as its stems."""
    usage = usage or Usage()
    place: dict[str, object] = {
        "id": chunk.id,
        "clause_key": chunk.clause_key,
        "headings": chunk.headings,
        "span": dict(chunk.span),
        "links": chunk.links,
        "order": order,
        "names": names_of(chunk.document_id, chunk.clause_key, usage.cited_as),
    }
    if terms := [" ".join(stems) for stems in map(tokens, usage.terms) if stems]:
        place["terms"] = list(dict.fromkeys(terms))
    payload = visibility.model_dump() | {
        "groups": visibility.groups[0]
        if len(visibility.groups) == 1
        else list(visibility.groups),  # half as long to store
        "revision_id": chunk.revision_id,
        "document_id": chunk.document_id,
        "clause_keys": list(enclosing(chunk.clause_key)),
        "text": chunk.text,
        "place": json.dumps(place),
    }
    words = weigh_passage(chunk.text, (*chunk.headings, usage.meant, *usage.terms))
    return Point(point_id(chunk.id), vector, payload, words=words)


def place_of(payload: Mapping[str, object]) -> Place:
    """Read where a chunk stands from its payload."""
    place = _PLACE.validate_json(str(payload["place"]))
    return Place(
        revision_id=str(payload["revision_id"]),
        order=_whole(place.get("order", 0)),
        names=tuple(cast("list[str]", place.get("names", []))),
        links=tuple(cast("list[str]", place.get("links", []))),
        terms=tuple(cast("list[str]", place.get("terms", []))),
    )


def searched_text(chunk: Chunk) -> str:
    """Give the words that are embedded: the titles above a Chunk, outermost first, and its text."""
    return "\n".join((*chunk.headings, chunk.text))


def record_point(record: Record, visibility: Visibility) -> Point:
    """Lay out a Record. It is visible from the day it was observed, however long its table has been in force.

    A record keeps its id when its table changes, and readers of the generation before still need the point it had, so
    a point is named by the revision too.
    """
    payload = visibility.model_dump() | record.model_dump(exclude={"latitude", "longitude", "observed_on"})
    observed_on = record.observed_on.toordinal()
    payload |= {"item": "record", "observed_on": observed_on, "values": dict(record.values)}
    payload["effective_from"] = max(visibility.effective_from, observed_on)
    if record.latitude is not None and record.longitude is not None:
        payload["location"] = {"lat": record.latitude, "lon": record.longitude}
    return Point(point_id(f"{record.revision_id}:{record.id}"), record.vector, payload)


def evidence_of(hit: Hit, score: float, stages: Mapping[str, float]) -> Evidence:
    """Rebuild what was found from its payload; raises RetrievalError for a payload that was not laid out here."""
    item = _record if hit.payload.get("item") == "record" else _chunk
    try:
        return Evidence(item=item(hit.payload), score=score, stages=stages)
    except (ValidationError, KeyError, TypeError) as error:
        raise RetrievalError(
            f"Point {hit.id} of the index cannot be read: {error}. Rebuild the index from the catalog."
        ) from error


_NAMESPACE: Final = UUID("6f1c3a52-6f5c-5d2e-9a51-1f0a3c6f2b70")
_PLACE: Final = TypeAdapter(dict[str, object])


def _chunk(payload: Mapping[str, object]) -> Chunk:
    place = payload.get("place")
    if isinstance(place, str):  # otherwise laid out by the first release, which had a field for each
        payload = {**payload, **_PLACE.validate_json(place)}
    return Chunk.model_validate({name: payload[name] for name in Chunk.model_fields if name in payload})


def _record(payload: Mapping[str, object]) -> Record:
    fields = {name: payload[name] for name in Record.model_fields if name in payload}
    location = payload.get("location")
    if isinstance(location, Mapping):
        fields |= {"latitude": location["lat"], "longitude": location["lon"]}
    fields["observed_on"] = date.fromordinal(_whole(payload["observed_on"]))
    return Record.model_validate(fields)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number of days, found {value!r}")
    return value
