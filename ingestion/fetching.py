"""Chooses who fetches an address, by its scheme."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ingestion.ports import Fetching, UnreadableSourceError
from ingestion.urls import scheme_of


class FetchingByScheme:
    """Fetches by whoever is set up for the scheme of an address (`https`, `s3`), and is made when first needed."""

    def __init__(self, by_scheme: Mapping[str, Callable[[], Fetching]]) -> None:
        self._makers = by_scheme
        self._made: dict[Callable[[], Fetching], Fetching] = {}

    async def listed(self, url: str) -> tuple[str, ...]:
        """List the files of a remote folder; raises UnreadableSourceError."""
        return await self._of(url).listed(url)

    async def fetched(self, url: str, language: str | None = None) -> Path:
        """Bring a remote file here; raises UnreadableSourceError."""
        return await self._of(url).fetched(url, language)

    def _of(self, url: str) -> Fetching:
        scheme = scheme_of(url) or "none"
        if scheme not in self._makers:
            known = ", ".join(f"{one}://" for one in sorted(self._makers))
            raise UnreadableSourceError(f"nothing is set up to fetch {scheme}://", f"use one of {known}, or a path")
        make = self._makers[scheme]
        if make not in self._made:
            self._made[make] = make()
        return self._made[make]
