"""Turns who reads, and the clock, into what may be read: the scope of every read of this process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from retrieval.ports import Library
from retrieval.scope import ReadScope


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
