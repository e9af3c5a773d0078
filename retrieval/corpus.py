"""What an index is made of: documents, their revisions and clauses, domain records, the chunks that are searched."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = str | int | float | bool | None
"""A value that a payload may carry."""

OPEN: Final = 2**31 - 1
"""The generation "never": what is still valid has this as its `valid_to`, what waits for a commit as `valid_from`."""

PUBLIC: Final = "public"
"""The access group that every reader belongs to."""

LOCAL: Final = "local"
"""The access group of whoever runs this installation; a source that names no group is private to it."""

DEFAULT_TENANT: Final = "default"

TrustTier = Literal["official", "internal", "third_party", "unverified"]
"""How far the words of a source may be relied on: published law, our own, somebody's, or nobody vouches for them."""


class Value(BaseModel):
    """Base of all immutable values: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Value):
    """Exact place in a Revision's canonical text: half-open character offsets, and the page it starts on (from 1)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    page: int | None = None


class Document(Value):
    """A source as received. Its id is stable across revisions; access is private to `groups` of one tenant.

    `cited_as` are the short names by which its own words say that others cite it, such as GEN or GDPR.
    """

    id: str
    title: str
    source: str
    owner: str
    tenant: str = DEFAULT_TENANT
    groups: tuple[str, ...] = ()
    jurisdiction: str | None = None
    language: str | None = None
    licence: str | None = None
    url: str | None = None
    kind: Literal["text", "table"] = "text"
    trust_tier: TrustTier = "unverified"
    cited_as: tuple[str, ...] = ()


class StatedDate(Value):
    """A date that a text states about itself, and where; it is shown to people and puts nothing into force."""

    kind: Literal["enacted", "in_force", "expires"]
    day: date
    span: Span


class Definition(Value):
    """A term that a text defines for itself, and the place of the definition."""

    term: str
    clause_key: str
    span: Span


class Revision(Value):
    """One immutable version of a Document: its canonical text, the dates it is in force, the generations that hold it.

    `effective_to` is the first day on which it is no longer in force; `valid_to_generation` likewise. Revisions with
    one `family` have (nearly) the same words, whatever documents they are of, and support a claim only once.
    """

    id: str
    document: Document
    content_sha256: str
    canonical_text: str
    page_starts: tuple[int, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    stated_dates: tuple[StatedDate, ...] = ()
    family: str | None = None
    valid_from_generation: int = OPEN
    valid_to_generation: int = OPEN


class Clause(Value):
    """A numbered or headed, citable provision of a Revision.

    `key` is unique within the revision (its number, such as `4.2.1`, or a slug of its heading); the clause is cited
    from elsewhere as `document_id#key`. `headings` is the chain of titles above it, outermost first.
    """

    revision_id: str
    document_id: str
    key: str
    title: str | None
    headings: tuple[str, ...]
    parent: str | None
    references: tuple[str, ...]
    span: Span
    text_sha256: str


class Chunk(Value):
    """The unit that is indexed: one clause, or a part of a long one. `text` is the canonical slice at `span`.

    `links` are the clauses that its words refer to: `document_id#key` in the same document, and in others the short
    name under which they are cited and the bare number, `GEN#3.3.2(1)`, whether or not there is such a document.
    """

    id: str
    revision_id: str
    document_id: str
    clause_key: str
    headings: tuple[str, ...]
    span: Span
    text: str
    links: tuple[str, ...] = ()


KNOWN_BEFORE: Final = "known_before"
"""The value of a priced Record that names those of its values that were known before, one a line."""


def identity_of(record_id: str) -> str:
    """Give the id of a record without the number that tells rows with one id apart."""
    return _TIMES.sub("", record_id)


def numbered(identity: str, times: int) -> str:
    """Give the id of the row that has an id for the so-manieth time; `identity_of` undoes it."""
    return identity if times == 1 and not _TIMES.search(identity) else f"{identity}#{times}"


_TIMES: Final = re.compile(r"#\d+$", re.ASCII)


class Record(Value):
    """One row of a domain table (a sale, a flight), typed by its pack.

    `values` are named in the pack's words; `observed_on` is the date from which the fact existed (the sale date);
    `span` is the row in the table's canonical text, so that a record is cited like a clause. Degrees are WGS84.
    """

    id: str
    revision_id: str
    document_id: str
    kind: str
    values: Mapping[str, Scalar]
    observed_on: date
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    vector: tuple[float, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of Record that a pack reads: its name, and how its values become a vector of `dimensions` numbers.

    Records whose vectors lie near each other (Euclidean) are alike. A value that is missing becomes a neutral 0.
    `typed` gives the values of a row as the pack reads them, where the words of a table are not enough; it raises
    RecordRefusedError for a row that cannot be relied on. `synonyms` go from other names that a mapping may use to the
    pack's own; what it `knows` by name is listed where the other values of a row are further features to it.
    """

    name: str
    dimensions: int
    vector: Callable[[Mapping[str, Scalar]], tuple[float, ...]]
    typed: Callable[[Mapping[str, Scalar]], Mapping[str, Scalar]] | None = None
    synonyms: Mapping[str, str] = field(default_factory=dict[str, str])
    knows: frozenset[str] = frozenset()


class RecordRefusedError(ValueError):
    """The values of a row are no record of their kind; the message names the value and what was expected."""
