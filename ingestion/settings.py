"""How much ingestion takes on: the limits of one source, and when a person has to look before it replaces another."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from retrieval.corpus import Value


class ParsingLimits(Value):
    """What one source may cost; whatever exceeds it is quarantined with the reason."""

    largest_mb: Annotated[int, Field(gt=0)] = 200
    """Megabytes of a file as received."""
    largest_text_mb: Annotated[int, Field(gt=0)] = 50
    """Megabytes of text, or of a part that is unpacked, that may come out of it."""
    deepest: Annotated[int, Field(gt=0)] = 200
    """Elements of HTML, XML or JSON that may lie inside each other."""
    seconds: Annotated[float, Field(gt=0)] = 120.0
    """Time to read one source."""
    memory_mb: Annotated[int, Field(gt=0)] = 2048
    """Address space of the process that reads it."""


class FetchLimits(Value):
    """What is fetched from elsewhere, and from where."""

    folder: Path = Path("var/fetched")
    """Where what was fetched is kept between ingests."""
    seconds: Annotated[float, Field(gt=0)] = 60.0
    """Time for one file, redirects included."""
    redirects: Annotated[int, Field(ge=0)] = 5
    private_hosts: tuple[str, ...] = ()
    """Hosts that may be fetched although their addresses are private, such as those of an intranet."""


class GateSettings(Value):
    """When a new version of a document is held for a person instead of replacing the one that is there."""

    least_remaining: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the words, or rows, that must be left."""
    least_clauses: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the clauses that must be left."""
    similar: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Estimated Jaccard similarity of two texts' five-word shingles from which on they count as copies."""


class IngestionSettings(Value):
    """All settings of ingestion."""

    parsing: ParsingLimits = ParsingLimits()
    fetching: FetchLimits = FetchLimits()
    gates: GateSettings = GateSettings()
