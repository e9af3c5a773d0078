"""Turns what is known of each source into those that were not looked at for longer than their owners want."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ingestion.ingests import SourceCheck
from ingestion.report import Overdue

_DAY_S = 86_400


def overdue(checks: Sequence[SourceCheck], now: datetime) -> tuple[Overdue, ...]:
    """List the sources whose time has passed, the longest overdue first; those without an interval never are.

    `now` and the instants of the checks have a time zone.
    """
    return tuple(sorted(_late(checks, now), key=lambda one: (-one.days_overdue, one.document_id)))


def _late(checks: Sequence[SourceCheck], now: datetime) -> Iterator[Overdue]:
    for check in checks:
        if check.refresh_days is None:
            continue
        late = (now - check.checked_at).total_seconds() / _DAY_S - check.refresh_days
        if late > 0:
            yield Overdue(
                document_id=check.document_id,
                source=check.source,
                owner=check.owner,
                checked_at=check.checked_at,
                refresh_days=check.refresh_days,
                days_overdue=round(late, 2),
            )
