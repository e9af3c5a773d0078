"""Turns the Sources that were found into those that have an id of their own, and tells of the others why they wait."""

from collections.abc import Iterable, Mapping, Sequence

from ingestion.ports import IngestionError
from ingestion.source import SOURCES_FILE, Source, Unreadable


def distinct(sources: Iterable[Source], held: Mapping[str, str]) -> tuple[tuple[Source, ...], tuple[Unreadable, ...]]:
    """Give each document id to one source, and say why the others are left out; `held` are locations by known id.

    An id belongs to the source that declares it, else to the one that is known by it, so that a file which comes does
    not replace another's document, else to the first. Raises IngestionError where two declare one id.
    """
    by_id: dict[str, list[Source]] = {}
    for source in sources:
        same = by_id.setdefault(source.document_id, [])
        if all(_place(one) != _place(source) for one in same):
            same.append(source)
    owners = {name: _owner(some, held.get(name)) for name, some in by_id.items()}
    left_out = [
        _unreadable(source, owners[name]) for name, some in by_id.items() for source in some if source != owners[name]
    ]
    return tuple(owners.values()), tuple(left_out)


def _owner(sources: Sequence[Source], held: str | None) -> Source:
    declared = [source for source in sources if source.declares_id]
    if len(declared) > 1:
        raise IngestionError(
            f"{_place(declared[1])}: id: {declared[1].document_id} is also the id of {_place(declared[0])}; "
            f"declare another id in {SOURCES_FILE} for one of them."
        )
    known = [source for source in sources if source.location == held]
    return (declared or known or list(sources))[0]


def _unreadable(source: Source, owner: Source) -> Unreadable:
    return Unreadable(
        source.location,
        source.document_id,
        f"its document id {source.document_id} is also the id of {_place(owner)}",
        f"declare another id in a {SOURCES_FILE}, or rename one of them",
    )


def _place(source: Source) -> str:
    return source.remote or str(source.path)
