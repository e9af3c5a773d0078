"""Turns conditions into filters of Qdrant's engine in this process."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import qdrant_edge as edge

from retrieval.adapters.qdrant_layout import json_path
from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within


def filter_of(conditions: Sequence[Condition]) -> edge.Filter:
    """Translate conditions, all of which must hold."""
    return edge.Filter(must=[_condition(condition) for condition in conditions])


def one_of(ids: Sequence[str]) -> edge.Filter:
    """Ask for the points with these ids."""
    return edge.Filter(must=[edge.HasIdCondition(set(ids))])


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
