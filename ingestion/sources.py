"""Turns what a user names (a folder, a file, an address, a list of them, a `sources.toml`) into Sources.

What lies elsewhere is fetched; what cannot be fetched is told as unreadable, so that what is known of it stays.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.distinct import distinct
from ingestion.ports import Fetching, IngestionError
from ingestion.remote_sources import Bringing, Brought
from ingestion.scanning import Scan, scan
from ingestion.source import SOURCES_FILE, UNASSIGNED, Source, Unreadable, slug
from ingestion.urls import CLOUD, WEB, plain_url

__all__ = [
    "SOURCES_FILE",
    "UNASSIGNED",
    "Found",
    "Source",
    "Unreadable",
    "find_local_sources",
    "find_sources",
    "slug",
    "still_there",
]


@dataclass(frozen=True, slots=True)
class Found:
    """The sources that were found, what was read whole, what a person should know, and what cannot be read now.

    A document whose `location` lies in one of `roots` (see `Source.location`: the text before its last `//`), and that
    is neither among the sources nor unreadable, is gone.
    """

    sources: tuple[Source, ...]
    roots: frozenset[str]
    notes: tuple[str, ...]
    unreadable: tuple[Unreadable, ...] = ()


async def find_sources(
    locations: Sequence[str | Path],
    fetching: Fetching | None,
    *,
    online: bool = False,
    held: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Every Source that the named places hold, each once; `progress` is told how many of how many are fetched.

    With `online`, sources that are listed to be fetched only when asked are fetched too. `held` are the locations of
    known documents by their ids; a source whose id is another's is among the unreadable ones. Raises IngestionError
    for what is missing, misdeclared, empty or not a file, and for two sources that declare one id.
    """
    found = await asyncio.to_thread(scan, locations, online=online)
    brought = Brought()
    if found.wanted:
        if fetching is None:
            address = plain_url(found.wanted[0].address)
            raise IngestionError(f"{address}: nothing is set up to fetch it; name files and folders only.")
        brought = await Bringing(fetching, progress).everything(found.wanted)
    sources, left_out = distinct([*found.sources, *brought.sources], held or {})
    return Found(
        sources,
        frozenset(found.roots | _remote_roots(found) | brought.roots) - brought.unlisted,
        tuple(found.notes),
        (*found.unreadable, *brought.unreadable, *left_out),
    )


def find_local_sources(locations: Sequence[str | Path]) -> Found:
    """Every Source that lies here, as `find_sources` gives them; what would be fetched is left out, with a note."""
    found = scan(locations, online=False)
    if found.wanted:
        addresses = "1 address is" if len(found.wanted) == 1 else f"{len(found.wanted)} addresses are"
        found.notes.append(f"{addresses} not fetched here, and left out.")
    sources, left_out = distinct(found.sources, {})
    return Found(sources, frozenset(found.roots), tuple(found.notes), (*found.unreadable, *left_out))


def still_there(location: str) -> bool:
    """Whether a known location is a file that is there; of an address nobody can tell without fetching it."""
    try:
        return "://" not in location and Path(location).is_file()
    except OSError:
        return False


def _remote_roots(found: Scan) -> set[str]:
    """Give the roots of the addresses that folders and lists name, where nothing that they name was left out."""
    left_out = [Path(toml).parent.as_posix() for toml in found.left_out]
    whole = (root for root in found.roots if not any(f"{folder}/".startswith(f"{root}/") for folder in left_out))
    return {f"{root}//{scheme}:" for root in whole for scheme in WEB | CLOUD}
