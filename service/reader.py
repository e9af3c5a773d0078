"""Turns who reads, and the clock, into what may be read: the scope of every read of this process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from retrieval.ports import Library
from retrieval.scope import ReadScope


def _written(day: object) -> object:
    """Refuse what is no written date: a number would be read as seconds since 1970."""
    if isinstance(day, str):
        return date.fromisoformat(day)
    if day is None or type(day) is date:
        return day
    raise ValueError("expected a date such as 2026-11-22")


Day = Annotated[date, BeforeValidator(_written)]
"""A date that a caller writes as YYYY-MM-DD."""


def utc_now() -> datetime:
    """Read the only clock of the service."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a tenant and the groups the reader is in, what is read, and the clock."""

    tenant: str
    groups: tuple[str, ...]
    library: Library
    now: Callable[[], datetime] = utc_now

    async def scope(self, as_of: date | None = None, generation: int | None = None) -> ReadScope:
        """Say what this reader sees on a date (default: today), at a committed generation (default: the newest)."""
        committed = await self.library.generation()
        return ReadScope(
            tenant=self.tenant,
            groups=self.groups,
            as_of=as_of or self.now().date(),
            generation=committed if generation is None else min(generation, committed),
        )
