"""What another policy would decide otherwise."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from decision.changes import Change, compare
from decision.pack import DomainPack, with_parameters

DAY = date(2026, 6, 1)
LIMIT = """
[[parameter]]
name = "renewal_limit"
type = "number"
value = 5
owner = "desk"
clause = "library-rules#4.1"
effective_from = 2025-01-01
"""

Compared = Callable[..., Change | None]


@pytest.fixture
def compared(library: DomainPack, tmp_path: Path) -> Compared:
    def compared(renewals: int, due: str = "2026-06-20") -> Change | None:
        path = tmp_path / "proposed.toml"
        path.write_text(LIMIT, encoding="utf-8")
        sent = {"due": due, "renewals": renewals, "reserved": False}
        case = library.schema.read("library", sent, DAY)
        return compare("case 7", case, library, with_parameters(library, path))

    return compared


@pytest.mark.parametrize(("renewals", "changes"), [(2, False), (3, True), (4, True), (5, False)])
def test_only_cases_between_the_old_and_the_new_limit_change(
    renewals: int, compared: Compared, *, changes: bool
) -> None:
    assert (compared(renewals) is not None) is changes


def test_a_change_says_what_was_and_what_would_be(compared: Compared) -> None:
    change = compared(4)
    assert change is not None
    assert (change.case, change.as_of) == ("case 7", DAY)
    assert [(one.kind, one.name, one.before, one.after) for one in change.differences] == [
        ("outcome", "outcome", "decided: refused, fee EUR 0", "decided: renewed, fee EUR 0"),
        ("rule", "LIB-RENEW", "fail", "pass"),
    ]


def test_a_case_that_one_policy_refuses_is_a_change(library: DomainPack, tmp_path: Path) -> None:
    path = tmp_path / "late.toml"
    path.write_text(LIMIT.replace("2025-01-01", "2026-09-01"), encoding="utf-8")
    case = library.schema.read("library", {"due": "2026-06-20", "renewals": 1, "reserved": False}, DAY)
    change = compare("late", case, library, with_parameters(library, path))
    assert change is not None
    assert ("rule", "LIB-RENEW", "pass", "undetermined") in [
        (one.kind, one.name, one.before, one.after) for one in change.differences
    ]
