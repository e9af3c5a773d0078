"""Turns what a person names on the command line into places to ingest from."""

from collections.abc import Sequence
from pathlib import Path

from decision.facts import InvalidCaseError, Problem
from decision.registry import choose, packs
from ingestion.ports import IngestionError
from ingestion.urls import CLOUD, WEB, scheme_of
from service.errors import InvalidFieldsError
from service.settings import SettingsError, variable

_PACK = "pack:"


def locations_of(named: Sequence[str]) -> list[str | Path]:
    """`pack:NAME` becomes the sources that the pack ships; a path becomes an absolute one, an address stays.

    Raises IngestionError when a pack ships none, DecisionError when there is no such pack.
    """
    return [_pack_sources(name) if name.startswith(_PACK) else _absolute(name) for name in named]


def permitted_locations(named: Sequence[str], roots: Sequence[str], *, owner: bool) -> tuple[str, ...]:
    """Give the places that a caller over the network may have ingested.

    Everybody may name an address on the web or `pack:NAME`, and what lies below one of the `roots` (folders, or
    beginnings of cloud addresses) with links and `..` followed; the owner of the data folder may name any of these.
    InvalidFieldsError names every other one by its number, as `locations.0`.
    """
    found = [_permitted(f"locations.{number}", name, roots, owner=owner) for number, name in enumerate(named)]
    if problems := [one for one in found if isinstance(one, Problem)]:
        raise InvalidFieldsError(problems)
    return tuple(one for one in found if isinstance(one, str))


def require_roots(roots: Sequence[str]) -> None:
    """Refuse `roots` of which one is neither a folder that is there nor the beginning of a cloud address.

    SettingsError names each; otherwise a slip in one would show only as requests that are refused.
    """
    wrong = [root for root in roots if not (scheme_of(root) in CLOUD or (scheme_of(root) is None and _is_folder(root)))]
    if wrong:
        named = ", ".join(map(repr, wrong))
        raise SettingsError(
            f"{variable('ingest_roots')}: {named}: expected folders that are there, or beginnings of cloud addresses "
            "(s3://BUCKET/PREFIX), separated by commas. Make, mount or correct each, or leave it out."
        )


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):  # as in `_followed`
        return False


def _permitted(field: str, name: str, roots: Sequence[str], *, owner: bool) -> str | Problem:
    if name.startswith(_PACK):
        return _permitted_pack(field, name)
    scheme = scheme_of(name)
    if owner and (scheme is not None or Path(name).is_absolute()):
        return name  # as the command line names it, so that it means the same with and without the service
    if scheme in WEB or (scheme in CLOUD and any(_below(name, root) for root in roots)):
        return name
    path = _followed(name) if scheme is None else None
    folders = (Path(root).resolve() for root in roots if scheme_of(root) is None)
    if path is not None and any(path.is_relative_to(folder) for folder in folders):
        return str(path)
    return Problem(
        field,
        "an http(s) address, pack:NAME, or an absolute path below one of the folders in TOULMIN_INGEST_ROOTS of the "
        "service",
        "to ingest from elsewhere, use `toulmin ingest` on its machine",
    )


def _permitted_pack(field: str, name: str) -> str | Problem:
    try:
        return str(_pack_sources(name))
    except InvalidCaseError as error:
        return Problem(field, f"{_PACK}NAME of {error.problems[0].expected}", error.problems[0].remedy)
    except IngestionError:
        return Problem(field, "a pack that ships sources", "name a folder, file or address of yours")


def _absolute(name: str) -> str | Path:
    return name if scheme_of(name) is not None else Path(name).expanduser().absolute()


def _below(address: str, root: str) -> bool:
    inside = address.startswith(f"{root.rstrip('/')}/") or address == root
    return inside and ".." not in address.split("/") and "::" not in address  # which would name a second address


def _followed(name: str) -> Path | None:
    """Give where an absolute path leads; None where that is nowhere."""
    try:
        path = Path(name)
        return path.resolve() if path.is_absolute() else None
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, or one with a NUL in it
        return None


def _pack_sources(name: str) -> Path:
    pack = choose(packs(), name.removeprefix(_PACK))
    sources = pack.folder / "sources.toml"
    if not sources.exists():
        raise IngestionError(f"The pack '{pack.name}' ships no sources; name a folder or file of yours.")
    return sources
