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
