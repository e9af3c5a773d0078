"""Makes small towns whose prices follow a known law, so that what a model finds can be compared with the truth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import numpy as np
from pydantic import JsonValue

from decision.decision import Decision
from decision.engine import decide
from decision.facts import Case
from decision.packs.real_estate import PACK
from decision.packs.real_estate.features import SALE, vector
from retrieval.corpus import Record, Scalar, Span
from retrieval.filters import admits
from retrieval.query import ClauseQuery, Evidence, RecordQuery

FIRST_DAY = date(2018, 1, 1)
DAYS = 1100


@dataclass(frozen=True)
class Town:
    """Sales, and what the service does around the pack: find evidence by its queries, and decide."""

    sales: tuple[Record, ...]

    def with_sales(self, sales: Sequence[Record]) -> "Town":
        """Give a town with other sales."""
        return Town(tuple(sales))

    def find(self, query: ClauseQuery | RecordQuery, as_of: date) -> list[Evidence]:
        """Find records by the conditions and the vector, exactly as an index does; later ones do not yet exist."""
        assert isinstance(query, RecordQuery)
        known = (sale for sale in self.sales if sale.observed_on <= as_of)
        hits = [sale for sale in known if admits(query.conditions, payload(sale))]
        wanted = query.vector
        if wanted is not None:
            hits.sort(key=lambda sale: math.dist(sale.vector, wanted))
        return [Evidence(item=hit, score=0.0) for hit in hits[: query.limit]]

    def evidence(self, case: Case) -> dict[str, list[Evidence]]:
        """Find everything that the pack asks for."""
        parameters = PACK.rulebook.on(case.as_of).parameters
        return {name: self.find(query, case.as_of) for name, query in PACK.queries(case, parameters).items()}

    def decide(self, case: Case) -> Decision:
        """Decide a case on what its queries find."""
        return decide(PACK, case, self.evidence(case), probe=False)


def payload(sale: Record) -> dict[str, object]:
    """Give the payload of a sale, as an index holds it."""
    return {
        "id": sale.id,
        "document_id": sale.document_id,
        "observed_on": sale.observed_on.toordinal(),
        "location": {"lat": sale.latitude, "lon": sale.longitude},
        "values": dict(sale.values),
    }


def make_sale(number: int, values: dict[str, Scalar], day: date, place: tuple[float, float]) -> Record:
    """Make a sale as ingestion makes it."""
    return Record(
        id=f"town:{number}",
        revision_id="town-1",
        document_id="town",
        kind=SALE.name,
        values={"arms_length": True, **values},
        observed_on=day,
        latitude=place[0],
        longitude=place[1],
        vector=vector(values),
        span=Span(start=number * 10, end=number * 10 + 9),
    )


def make_town(count: int, seed: int = 7) -> Town:
    """Make a town of `count` sales: larger, newer, better kept and eastern houses are dearer; noise of 8 per cent."""
    random = np.random.default_rng(seed)
    sales: list[Record] = []
    for number in range(count):
        area, built = float(random.integers(800, 3000)), float(random.integers(1940, 2018))
        condition, east = float(random.integers(3, 9)), bool(random.random() > 0.5)
        log = 11.5 + 0.8 * math.log(area / 1500) + 0.003 * (built - 1980) + 0.04 * (condition - 5) + 0.15 * east
        day = FIRST_DAY + timedelta(days=int(number * DAYS / count))
        values: dict[str, Scalar] = {
            "price": round(math.exp(log + 0.08 * float(random.standard_normal())), 2),
            "living_area": area,
            "lot_area": float(random.integers(4000, 12000)),
            "year_built": built,
            "bathrooms": float(random.integers(1, 4)),
            "condition": condition,
            "neighborhood": "east" if east else "west",
        }
        place = (42.0 + float(random.uniform(-0.01, 0.01)), -93.6 + (0.02 if east else 0.0))
        sales.append(make_sale(number, values, day, place))
    return Town(tuple(sales))


class CaseOf(Protocol):
    """Reads the ordinary house as a case, with changes and without some of its facts."""

    def __call__(
        self, changes: Mapping[str, JsonValue] | None = None, as_of: date = ..., without: Sequence[str] = ()
    ) -> Case:
        """Give the case."""
        ...
