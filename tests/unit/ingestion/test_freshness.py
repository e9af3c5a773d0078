"""Sources are overdue from the moment their interval has passed, and those that wait longest come first."""

from datetime import UTC, datetime, timedelta

from ingestion.freshness import overdue
from ingestion.ingests import SourceCheck

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def check(document_id: str, days_ago: float, refresh_days: float | None) -> SourceCheck:
    looked = NOW - timedelta(days=days_ago)
    return SourceCheck(document_id, f"https://law.example/{document_id}", "legal", looked, refresh_days)


def test_what_was_looked_at_in_time_is_not_overdue() -> None:
    assert overdue([check("fresh", 6.9, 7), check("due now", 7, 7), check("undemanding", 4000, None)], NOW) == ()


def test_the_longest_overdue_comes_first_with_its_owner() -> None:
    found = overdue([check("a", 8, 7), check("b", 40, 30), check("c", 2, 0.5)], NOW)
    assert [(one.document_id, one.days_overdue) for one in found] == [("b", 10.0), ("c", 1.5), ("a", 1.0)]
    assert found[0].owner == "legal"
    assert found[0].source == "https://law.example/b"
    assert found[0].refresh_days == 30


def test_sources_that_are_equally_late_stand_in_order_of_their_ids() -> None:
    found = overdue([check("z", 8, 7), check("a", 8, 7)], NOW)
    assert [one.document_id for one in found] == ["a", "z"]


def test_a_clock_that_was_ahead_makes_nothing_overdue() -> None:
    assert overdue([check("a", -3, 0.5)], NOW) == ()
