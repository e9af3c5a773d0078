"""Why a condition came out as it did, in words."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest

from decision.expressions.evaluate import Reading, compiled
from decision.expressions.parser import parse
from decision.expressions.words import because
from decision.facts import FactDefinition, FactType, FactValue

FACTS: Final[dict[str, FactValue | None]] = {
    "fsd": Decimal("0.17"),
    "area": Decimal(1656),
    "use": "purchase",
    "extraordinary": False,
    "delay": timedelta(hours=3),
    "notice": None,
    "eu": None,
    "tags": ("a", "b"),
}
TITLES = {
    "fsd": "Forecast standard deviation",
    "area": "Living area",
    "use": "Use of the valuation",
    "extraordinary": "Extraordinary circumstances",
    "delay": "Delay",
    "notice": "Notice given",
    "eu": "EU carrier",
    "tags": "Tags",
}
TYPES = {"fsd": "number", "area": "number", "extraordinary": "boolean", "delay": "duration", "notice": "duration"}
DEFINITIONS = {
    name: FactDefinition(
        name=name,
        title=title,
        type=FactType(TYPES.get(name, "string")),
        unit="square_feet" if name == "area" else None,
    )
    for name, title in TITLES.items()
}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("fsd <= $limit", "forecast standard deviation 0.17 is at most 0.20"),
        ("fsd > $limit", "forecast standard deviation 0.17 is at most 0.20"),
        ("area >= 2000", "living area 1656 square feet is below 2000"),
        ("use == 'first_lien'", "use of the valuation is purchase, not first_lien"),
        ("'purchase' == use", "use of the valuation is purchase"),
        ("use != 'first_lien'", "use of the valuation is purchase, not first_lien"),
        ("use in ['purchase', 'refinance']", "use of the valuation is purchase, one of purchase, refinance"),
        ("use not in ['refinance']", "use of the valuation is purchase, none of refinance"),
        ("not extraordinary", "extraordinary circumstances: no"),
        ("notice is unknown", "notice given is not known"),
        ("delay is known", "delay is known"),
        ("delay - 1 h >= 3 h", "delay minus 1 h (2 h) is below 3 h"),
        ("min(delay, 1 h) == 1 h", "the lesser of delay and 1 h is 1 h"),
        ("-fsd < 0", "minus forecast standard deviation (-0.17) is below 0"),
        ("area == fsd", "living area is 1656 square feet, not forecast standard deviation 0.17"),
        ("extraordinary and fsd < 1", "extraordinary circumstances: no"),
        ("extraordinary or fsd < 1", "forecast standard deviation 0.17 is below 1"),
        (
            "fsd > 0 and area > 1",
            "forecast standard deviation 0.17 is above 0 and living area 1656 square feet is above 1",
        ),
        ("notice < 14 days", "notice given is not known"),
        ("notice < 14 days and eu and fsd > 0", "notice given and EU carrier are not known"),
        ("fsd / 0 > 1", "there is a division by zero"),
        ("true", "true is true"),
    ],
)
def test_names_only_what_decided(source: str, words: str) -> None:
    reading = Reading(FACTS, {"limit": Decimal("0.20")})
    assert because(compiled(parse(source)), reading, DEFINITIONS) == words
    assert not reading.facts_read
