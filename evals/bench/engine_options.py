"""What the embedded engine offers beside an exact search, and how it is asked for: graphs, and vectors in fewer bits.

The product uses none of it. A closed folder of an index can be opened with another configuration, and `optimize` then
builds what that asks for; the stored points are what the product wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from retrieval.filters import AnyOf, Between, Condition, Equals

DENSE: Final = "dense"
"""How the product names the vector of a point."""

OptionQuantization = edge.ScalarQuantizationConfig | edge.BinaryQuantizationConfig


@dataclass(frozen=True, slots=True)
class Option:
    """Edges of a point in the graph (0: no graph), quantisation, and the search parameters that are tried, by name."""

    edges: int
    quantization: OptionQuantization | None
    searches: Mapping[str, edge.SearchParams]


def _rescored(oversampling: float) -> edge.SearchParams:
    return edge.SearchParams(quantization=edge.QuantizationSearchParams(rescore=True, oversampling=oversampling))


OPTIONS: Final[Mapping[str, Option]] = {
    "int8": Option(
        0,
        edge.ScalarQuantizationConfig(edge.ScalarType.Int8, quantile=0.99, memory=edge.Memory.Cached),
        {f"oversampling {times:g}": _rescored(times) for times in (1.0, 2.0)},
    ),
    "binary": Option(
        0,
        edge.BinaryQuantizationConfig(memory=edge.Memory.Cached),
        {f"oversampling {times:g}": _rescored(times) for times in (4.0, 16.0)},
    ),
    "graph": Option(16, None, {f"ef {ef}": edge.SearchParams(hnsw_ef=ef) for ef in (128, 256, 512)}),
}
"""By name: all vectors in 8 bits or in one, rescored by the whole ones, without a graph; and an HNSW graph."""


EXACT: Final = edge.SearchParams(exact=True)
"""Looking at all whole vectors, as the product does."""


def opened(folder: Path, dimensions: int, option: Option) -> edge.EdgeShard:
    """Open the closed folder of a collection of clauses with an option; `optimize` builds it."""
    return edge.EdgeShard.load(
        str(folder),
        edge.EdgeConfig(
            vectors={DENSE: edge.EdgeVectorParams(dimensions, edge.Distance.Cosine, memory=edge.Memory.Cold)},
            sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            hnsw_config=edge.HnswIndexConfig(m=option.edges, ef_construct=_EF_CONSTRUCT, full_scan_threshold=_SCAN_KB),
            quantization_config=option.quantization,
            optimizers=edge.EdgeOptimizersConfig(indexing_threshold=1, default_segment_number=1),
        ),
    )


def excluding(shard: edge.EdgeShard, conditions: Sequence[Condition]) -> edge.Filter:
    """Give the filter of those conditions that exclude anything, as the product leaves out the others."""
    total = shard.count(edge.CountRequest(exact=True))
    needed = [
        one
        for one in map(_condition, conditions)
        if shard.count(edge.CountRequest(exact=True, filter=edge.Filter(must=[one]))) < total
    ]
    return edge.Filter(must=[*needed])


def search(
    shard: edge.EdgeShard, vector: list[float], limit: int, seen: edge.Filter, params: edge.SearchParams
) -> list[str]:
    """Give the ids of the nearest points, nearest first."""
    request = edge.QueryRequest(
        limit, query=edge.Query.Nearest(vector, using=DENSE), filter=seen, params=params, with_payload=False
    )
    return [str(one.id) for one in shard.query(request)]


_EF_CONSTRUCT: Final = 100
_SCAN_KB: Final = 10_000  # the engine's own default


def _condition(condition: Condition) -> edge.FieldCondition:
    match condition:
        case Equals(field, value):
            return edge.FieldCondition(field, match=edge.MatchValue(value))
        case AnyOf(field, values):
            return edge.FieldCondition(field, match=edge.MatchAny(list(values)))
        case Between(field, at_least, below):
            return edge.FieldCondition(field, range=edge.RangeFloat(gte=at_least, lt=below))
        case _:
            raise TypeError(f"Readers have no condition like {condition!r}.")
