"""Turns the values of a sale, or the facts of a subject, into numbers: by name, and as a vector for the index."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from retrieval.corpus import RecordKind

SQUARE_FEET: Final = ("living_area", "lot_area", "basement_area", "basement_finished_area")
"""Areas, in square feet."""

NUMBERS: Final = (
    *SQUARE_FEET,
    "bedrooms",
    "bathrooms",
    "year_built",
    "year_remodelled",
    "quality",
    "condition",
    "view",
    "garage_cars",
    "fireplaces",
    "central_air",
    "waterfront",
)
"""The characteristics that are read as numbers; a boolean counts as 0 or 1."""

TOLD_BY_YES: Final = ("central_air", "waterfront")
"""Those of them that a house has or has not."""

NONE_IS_ZERO: Final = ("basement_area", "basement_finished_area", "garage_cars", "fireplaces")
"""Those of which a house may have none, which some tables leave empty and others write as 0."""

LABELS: Final = ("neighborhood", "building_type", "house_style")
"""The characteristics that are read as words."""

Transformation = Literal["linear", "logarithm"]

_AXES: Final[tuple[tuple[str, Transformation, float, float], ...]] = (
    ("living_area", "logarithm", 1500.0, 0.15),
    ("lot_area", "logarithm", 8000.0, 0.7),
    ("year_built", "linear", 1970.0, 15.0),
    ("year_remodelled", "linear", 1985.0, 15.0),
    ("quality", "linear", 6.0, 1.0),
    ("condition", "linear", 5.0, 1.0),
    ("bathrooms", "linear", 2.0, 0.75),
    ("bedrooms", "linear", 3.0, 1.5),
    ("basement_finished_area", "linear", 500.0, 500.0),
    ("garage_cars", "linear", 2.0, 1.0),
)
"""Name, transformation, typical value, and the step that makes a clearly different house."""


def number(value: object) -> float | None:
    """Give a finite number from a payload or fact value (booleans as 0 or 1, decimals, numeric text), or None."""
    if isinstance(value, bool | int | float | Decimal):
        found = float(value)
    elif isinstance(value, str):
        try:
            found = float(Decimal(value.strip()))
        except InvalidOperation:
            return None
    else:
        return None
    return found if math.isfinite(found) else None


def vector(values: Mapping[str, object]) -> tuple[float, ...]:
    """Give the place of a house in feature space: Euclidean distance 1 is one clear difference; a missing value is 0.

    Location and date are not in it: the query's filters and the selection of comparables measure those themselves.
    """
    return tuple(_coordinate(number(values.get(name)), how, typical, step) for name, how, typical, step in _AXES)


def _coordinate(value: float | None, how: Transformation, typical: float, step: float) -> float:
    if value is None or (how == "logarithm" and value <= 0):
        return 0.0
    return (math.log(value / typical) if how == "logarithm" else value - typical) / step


def may_tell(name: str) -> bool:
    """Whether a further column may tell of a value, by its name.

    What somebody else says that a house is worth, what is known only with its sale, and who lives where, never may.
    """
    return name not in NUMBERS and name not in LABELS and not _DENIED.search(name.lower())


_WORTH: Final = "price|value|val|worth|assessed|assessment|assessor|appraised|appraisal|tax|taxes|taxable|avm|zestimate"
_SALE: Final = "sale|sales|sold|list|listing|listed|offer|bid|dom|deed|buyer|seller|loan|mortgage|rent|closing|contract"
_PEOPLE: Final = (
    "race|racial|ethnic|ethnicity|white|black|hispanic|latino|asian|minority|religion|sex|gender|disability|familial|"
    "marital|children|nationality|immigrant|language|income|population|household|households|crime"
)
_DENIED: Final = re.compile(rf"(?:^|_)(?:{_WORTH}|{_SALE}|{_PEOPLE})\d*(?:_|$)")


SALE: Final = RecordKind(
    name="sale",
    dimensions=len(_AXES),
    vector=vector,
    synonyms={"year_renovated": "year_remodelled", "area_code": "neighborhood"},
    knows=frozenset({*NUMBERS, *LABELS}),
)
"""A sale of one house: its price, date, place and characteristics."""
