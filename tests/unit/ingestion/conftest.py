"""A kind of record that tables are read as."""

from collections.abc import Mapping

import pytest

from retrieval.corpus import RecordKind, Scalar


@pytest.fixture
def sale() -> RecordKind:
    def vector(values: Mapping[str, Scalar]) -> tuple[float, ...]:
        area, condition = values.get("living_area"), values.get("sale_condition")
        return (float(area) / 100 if isinstance(area, int | float) else 0.0, 1.0 if condition else 0.0)

    return RecordKind("sale", 2, vector)
