"""Who sees what, when, at which generation: each bound from both sides."""

from datetime import date, timedelta

import pytest

from retrieval.corpus import OPEN
from retrieval.filters import admits
from retrieval.scope import ReadScope, Visibility, ordinal, visible_to

START, END = date(2025, 1, 1), date(2026, 1, 1)
STORED = Visibility(
    tenant="bank",
    groups=("risk", "legal"),
    effective_from=START.toordinal(),
    effective_to=END.toordinal(),
    valid_from_generation=3,
    valid_to_generation=5,
)
READER = ReadScope(tenant="bank", groups=("legal",), as_of=date(2025, 6, 1), generation=4)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, True),
        ({"tenant": "other"}, False),
        ({"groups": ("public", "risk")}, True),
        ({"groups": ("public",)}, False),
        ({"groups": ()}, False),
        ({"as_of": START}, True),
        ({"as_of": START - timedelta(days=1)}, False),
        ({"as_of": END - timedelta(days=1)}, True),
        ({"as_of": END}, False),
        ({"generation": 3}, True),
        ({"generation": 2}, False),
        ({"generation": 5}, False),
    ],
)
def test_a_reader_sees_what_the_scope_covers(changes: dict[str, object], *, seen: bool) -> None:
    scope = READER.model_copy(update=changes)
    assert admits(visible_to(scope), STORED.model_dump()) is seen


def test_open_bounds_hold_for_ever() -> None:
    stored = STORED.model_copy(
        update={
            "effective_from": ordinal(None, unknown=0),
            "effective_to": ordinal(None, unknown=OPEN),
            "valid_to_generation": OPEN,
        }
    )
    for day in (date.min, date.max - timedelta(days=1)):
        scope = READER.model_copy(update={"as_of": day, "generation": 10**6})
        assert admits(visible_to(scope), stored.model_dump())
