"""Examples for the API description: the same files that the packs ship, so that they always decide."""

import json
from collections.abc import Mapping
from typing import cast

from fastapi.openapi.models import Example

from decision.registry import packs


def _examples() -> dict[str, Example]:
    found: dict[str, Example] = {}
    for pack in packs().values():
        for path in sorted((pack.folder / "examples").glob("*.json")):
            value = cast("Mapping[str, object]", json.loads(path.read_text(encoding="utf-8")))
            found[f"{pack.name}: {path.stem}"] = Example(summary=f"{pack.title}: {path.stem}", value=value)
    return found


DECISION_EXAMPLES = _examples()

RECONSIDERATION_EXAMPLES = {
    "corrected": Example(
        summary="A fact was wrong", value={"case": {"living_area": 1900}, "because": "The plans say 1,900 square feet."}
    ),
    "compared": Example(
        summary="Better sales to compare with",
        value={
            "comparables": ["ames-sales:58"],
            "sales": [{"address": "12 Elm Street", "sold_on": "2010-04-12", "price": "187500", "source": "deed"}],
        },
    ),
}
"""Examples of what can be sent against a decision."""
