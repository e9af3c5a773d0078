"""Turns what was found and what is known into a Plan: which documents are new, changed, unchanged, removed."""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ingestion.ingests import KnownRevision


@dataclass(frozen=True, slots=True)
class Seen:
    """A document that was read in this ingest: where, and the fingerprint of its text and declared properties."""

    document_id: str
    location: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Documents by what is to become of them, and those whose id belongs to another file that is still there."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    taken: tuple[str, ...]


def make_plan(
    seen: Sequence[Seen],
    unreadable: Collection[str],
    known: Sequence[KnownRevision],
    roots: AbstractSet[str],
    still_there: Callable[[str], bool],
) -> Plan:
    """Compare; only documents that came from one of `roots` can be removed, and an `unreadable` one stays as it is.

    `still_there` tells whether the file at a known location exists.
    """
    before = {revision.document_id: revision for revision in known}
    taken = {one.document_id for one in seen if _is_taken(one, before.get(one.document_id), roots, still_there)}
    free = [one for one in seen if one.document_id not in taken]
    same = {one.document_id for one in free if _known_fingerprint(before, one) == one.fingerprint}
    present = {one.document_id for one in seen} | set(unreadable)
    return Plan(
        new=tuple(one.document_id for one in free if one.document_id not in before),
        changed=tuple(one.document_id for one in free if one.document_id in before and one.document_id not in same),
        unchanged=tuple(one.document_id for one in free if one.document_id in same),
        removed=tuple(key for key, one in before.items() if key not in present and _root(one.source) in roots),
        taken=tuple(sorted(taken)),
    )


def _known_fingerprint(before: dict[str, KnownRevision], one: Seen) -> str | None:
    revision = before.get(one.document_id)
    return revision.fingerprint if revision else None


def _is_taken(
    one: Seen, known: KnownRevision | None, roots: AbstractSet[str], still_there: Callable[[str], bool]
) -> bool:
    if known is None or known.source == one.location or _root(known.source) in roots:
        return False
    return still_there(known.source)


def _root(location: str) -> str:
    return location.rpartition("//")[0]
