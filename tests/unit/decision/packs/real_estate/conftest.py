"""The ordinary town, and the ordinary house in it."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from pydantic import JsonValue
from towns import CaseOf, Town, make_town

from decision.facts import Case
from decision.packs.real_estate import PACK


@pytest.fixture(scope="session")
def town() -> Town:
    return make_town(900)


@pytest.fixture(scope="session")
def house() -> dict[str, JsonValue]:
    return {
        "living_area": 1600,
        "lot_area": 8000,
        "year_built": 1985,
        "bathrooms": 2,
        "condition": 6,
        "neighborhood": "east",
        "latitude": 42.0,
        "longitude": -93.58,
        "intended_use": "portfolio_monitoring",
    }


@pytest.fixture(scope="session")
def case_of(house: dict[str, JsonValue]) -> CaseOf:
    def read(
        changes: Mapping[str, JsonValue] | None = None, as_of: date = date(2020, 11, 15), without: Sequence[str] = ()
    ) -> Case:
        changed = {**house, **(changes or {})}
        raw = {name: value for name, value in changed.items() if name not in without}
        return PACK.schema.read("real_estate", raw, as_of)

    return read
