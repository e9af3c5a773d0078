"""Turns a table and its mapping into Records, each citable as the raw row it was read from."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.cells import SET_APART, Cells, Columns, UnusableRowError
from ingestion.mappings import TableMapping, Validity
from ingestion.ports import IngestionError, UnreadableSourceError
from ingestion.rows import Row, read_rows
from ingestion.table_text import delimiter_of
from retrieval.corpus import KNOWN_BEFORE, Record, RecordKind, RecordRefusedError, Revision, Scalar, Span, numbered

STRUCTURE: Final = "2"
"""Changes with what is made of a row, so that tables that have not changed are read again."""

_PLACE: Final = ("latitude", "longitude")

LISTED: Final = 20
"""How many unusable rows a report lists."""


@dataclass(frozen=True, slots=True)
class TableRead:
    """The records of a table, what a person should know about the rows, and what its schema is checked by.

    `names` are the values that rows can have; `problems` tell of columns that are gone. `misfits` has the words that
    are not of their column's type, by our name and the place of the record; of `rows`, `unusable` ones were left out
    and `misplaced` ones have coordinates outside the earth.
    """

    records: tuple[Record, ...]
    notes: tuple[str, ...]
    names: frozenset[str]
    problems: tuple[str, ...]
    misfits: Mapping[str, Mapping[int, str]]
    rows: int
    unusable: tuple[str, ...]
    misplaced: int


def read_table(revision: Revision, mapping: TableMapping, kind: RecordKind, delimiter: str | None = None) -> TableRead:
    """Read the records of a table; what parts its cells follows from where it came from, unless it is given.

    Raises UnreadableSourceError for a table of which nothing can be read, IngestionError for an unusable record kind.
    """
    names, rows = read_rows(revision.canonical_text, delimiter or delimiter_of(revision.document.source, mapping))
    columns = Columns(mapping, names)
    known_before = tuple(sorted(columns.names - _told_by_sales(mapping.validity)))
    reading = _Reading(revision, mapping.validity, kind, Cells(mapping, columns), known_before)
    complete: list[Row] = []
    for row in rows:
        if len(row.cells) == len(names):
            reading.cells.observe(row.cells)
            complete.append(row)
        else:
            reading.unusable.append(f"row {row.number}: expected {len(names)} cells, found {len(row.cells)}")
    for row in complete:
        reading.take(row, priced="price" in mapping.columns)
    return TableRead(
        records=tuple(reading.records),
        notes=tuple(reading.notes(len(complete), priced="price" in mapping.columns)),
        names=columns.names,
        problems=columns.problems,
        misfits=reading.misfits,
        rows=len(reading.records) + len(reading.unusable),
        unusable=tuple(reading.unusable),
        misplaced=reading.misplaced,
    )


@dataclass(slots=True)
class _Reading:
    revision: Revision
    validity: Validity
    kind: RecordKind
    cells: Cells
    known_before: tuple[str, ...]
    records: list[Record] = field(default_factory=list[Record])
    unusable: list[str] = field(default_factory=list[str])
    seen: dict[str, int] = field(default_factory=dict[str, int])
    misfits: dict[str, dict[int, str]] = field(default_factory=dict[str, dict[int, str]])
    misplaced: int = 0

    def take(self, row: Row, *, priced: bool) -> None:
        """Make a record of a row, or note why it is unusable."""
        try:
            identity = self.cells.identity(row.cells)
            observed_on = self.cells.observed_on(row.cells)
            values = self.cells.values(row.cells)
            if self.kind.typed is not None:
                values = dict(self.kind.typed(values))
        except (UnusableRowError, RecordRefusedError) as error:
            self.unusable.append(f"row {row.number}: {error}")
            return
        for ours, words in self.cells.misfits.items():
            self.misfits.setdefault(ours, {})[len(self.records)] = words
        latitude, longitude = self._place(values)
        vector = self._vector(values)
        if priced:
            values |= {**self._arms_length(values), KNOWN_BEFORE: "\n".join(self.known_before)}
        self.records.append(
            Record(
                id=self._record_id(identity),
                revision_id=self.revision.id,
                document_id=self.revision.document.id,
                kind=self.kind.name,
                values=values,
                observed_on=observed_on,
                latitude=latitude,
                longitude=longitude,
                vector=vector,
                span=Span(start=row.start, end=row.end),
            )
        )

    def notes(self, complete: int, *, priced: bool) -> list[str]:
        """Sum up what was unusual; raises UnreadableSourceError when nothing was usable."""
        name = self.revision.document.id
        rows = len(self.records) + len(self.unusable)
        listed = "; ".join(self.unusable[:LISTED])
        if not self.records:
            found = f"{len(self.unusable)} of {rows} rows are unusable ({listed})" if rows else "it has no rows"
            raise UnreadableSourceError(found, "correct the mapping or the table")
        notes = [f"{name}: {len(self.unusable)} of {rows} rows were left out: {listed}."] if self.unusable else []
        for ours, words in sorted(self.misfits.items()):
            first = next(iter(words.values()))
            notes.append(f"{name}: {ours}: {len(words)} of {rows} rows are of another type ({first!r}), left unknown.")
        if self.misplaced:
            notes.append(f"{name}: {self.misplaced} of {complete} rows have coordinates outside the earth, left out.")
        return [*notes, *self._of_sales(name)] if priced else notes

    def _of_sales(self, name: str) -> Iterator[str]:
        """Say what a table of sales lacks, and what of it may move values without being named."""
        if not any(record.latitude is not None for record in self.records):
            yield f"{name}: no row has coordinates, so nothing can be found by distance."
        if not any(self.validity.not_arms_length.values()):
            yield f"{name}: no row is marked as not arm's length, so every sale is taken as a market sale."
        further = [one for one in self.known_before if one not in self.kind.knows] if self.kind.knows else []
        if further:
            more = f" and {len(further) - LISTED} more" if len(further) > LISTED else ""
            yield (
                f"{name}: offered as further features: {', '.join(further[:LISTED])}{more}. Name under never_features "
                "what is known only with a sale, and exclude what anybody says of its price."
            )

    def _record_id(self, identity: str) -> str:
        times = self.seen[identity] = self.seen.get(identity, 0) + 1
        return f"{self.revision.document.id}:{numbered(identity, times)}"

    def _place(self, values: dict[str, Scalar]) -> tuple[float | None, float | None]:
        """Take the coordinates out of the values; both or none, and only a place on the earth."""
        latitude, longitude = values.pop("latitude", None), values.pop("longitude", None)
        if latitude is None or longitude is None:
            return None, None
        if _degrees(latitude, 90) is None or _degrees(longitude, 180) is None:
            self.misplaced += 1
            return None, None
        return _degrees(latitude, 90), _degrees(longitude, 180)

    def _vector(self, values: dict[str, Scalar]) -> tuple[float, ...]:
        hidden = self.validity.never_features
        vector = self.kind.vector({name: value for name, value in values.items() if name not in hidden})
        if len(vector) != self.kind.dimensions or not all(map(math.isfinite, vector)):
            raise IngestionError(
                f"The record kind {self.kind.name!r} made a vector that is not {self.kind.dimensions} finite numbers; "
                "correct its pack."
            )
        return vector

    def _arms_length(self, values: dict[str, Scalar]) -> dict[str, Scalar]:
        against = _against(self.validity, values)
        return {"arms_length": not against, "arms_length_reason": against or "nothing in the row speaks against it"}


def _told_by_sales(validity: Validity) -> frozenset[str]:
    """Name what a row has of its sale and not of the house; nobody knows it before."""
    return frozenset({*SET_APART, *_PLACE, "price", *validity.never_features, *validity.not_arms_length})


def _against(validity: Validity, values: dict[str, Scalar]) -> str:
    found: Sequence[str] = [
        f"{name} is {values[name]}"
        for name, codes in validity.not_arms_length.items()
        if name in values and str(values[name]) in codes
    ]
    return ", ".join(found)


def _degrees(value: Scalar, limit: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        return None
    return float(value)
