"""Turns the references of a Decision into Citations: exact quotes of stored texts, each with what proves it."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pydantic import Field

from decision.decision import ClauseRef, Decision, PassageRef, Reference, RuleOutcome
from retrieval.corpus import Clause, Revision, Span, Value

QUOTE_LIMIT: Final = 600
"""Characters that a quote may have; a longer passage is quoted by its leading sentences."""


class ExplanationError(Exception):
    """A decision could not be explained; the message says what happened and what to do."""


class CitationError(ExplanationError):
    """A citation does not match the text that it points into, so it proves nothing and must not be shown."""


class Citation(Value):
    """A numbered quote of one immutable text: `canonical[char_start:char_end] == quote`, always.

    `sha256` is that of the whole canonical text (UTF-8, hex); `document` is its title; `page` counts from 1; `url`
    opens the stored words at this service.
    """

    n: int = Field(ge=1)
    revision_id: str
    document: str
    document_id: str
    clause: str
    page: int | None
    char_start: int = Field(ge=0)
    char_end: int = Field(ge=0)
    quote: str
    sha256: str
    url: str


class Unresolved(Value):
    """A reference for which no quote can be shown, and why; whatever rests on it is unproven."""

    reference: ClauseRef | PassageRef
    reason: str


@dataclass(frozen=True, slots=True)
class Citations:
    """What a decision cites: the quotes by number, the number of each reference, and what could not be resolved."""

    citations: tuple[Citation, ...]
    numbers: Mapping[Reference, int]
    unresolved: tuple[Unresolved, ...] = ()

    def of(self, references: Iterable[Reference]) -> tuple[int, ...]:
        """Give the numbers of these references, ascending, each once; a reference without a quote has none."""
        return tuple(sorted({self.numbers[one] for one in references if one in self.numbers}))


def references_of(decision: Decision) -> tuple[Reference, ...]:
    """Everything that a decision rests on, in the order of first use, each once: claims, counter-evidence, rules.

    Rules that did not apply and conclusions that were not drawn carry nothing, so they are not cited.
    """
    said = (one for claim in (*decision.claims, *decision.counter_evidence) for one in claim.cites)
    ruled = (
        clause
        for outcome in decision.outcomes
        if carries(outcome)
        for clause in (outcome.clause, *(used.clause for used in outcome.parameters))
    )
    return tuple(dict.fromkeys((*said, *ruled)))


def carries(outcome: RuleOutcome) -> bool:
    """Whether a rule had a say: it applied and, if it is a conclusion, was drawn or left open; or it was outdone."""
    if outcome.state == "not_applicable":
        return bool(outcome.defeated_by)
    return outcome.kind != "conclusion" or outcome.state != "not_held"


def cite(
    references: Iterable[Reference],
    revisions: Mapping[str, Revision],
    clauses: Mapping[ClauseRef, tuple[Clause, Revision]],
) -> Citations:
    """Give each reference a number, in the order of first use, and a quote of its text; nothing is dropped silently.

    `revisions` are the texts by revision id, `clauses` what each clause reference stands for in the generation read.
    Two references to the same words share a number.
    """
    found: dict[tuple[str, int, int], Citation] = {}
    numbers: dict[Reference, int] = {}
    unresolved: list[Unresolved] = []
    hashes: dict[str, str] = {}
    for reference in dict.fromkeys(references):
        try:
            place = _place(reference, revisions, clauses)
            span = _quoted(place)
        except CitationError as error:
            unresolved.append(Unresolved(reference=reference, reason=str(error)))
            continue
        text_hash = hashes.setdefault(place.revision.id, canonical_sha256(place.revision.canonical_text))
        key = (place.revision.id, span.start, span.end)
        citation = found.setdefault(key, _citation(len(found) + 1, place, span, text_hash))
        numbers[reference] = citation.n
    return Citations(tuple(found.values()), numbers, tuple(unresolved))


def verify(citation: Citation, canonical_text: str) -> None:
    """Raise CitationError unless the text is the one that was cited and has the quote at the cited place."""
    where = f"citation [{citation.n}] of {citation.document_id}#{citation.clause} (revision {citation.revision_id})"
    if canonical_sha256(canonical_text) != citation.sha256:
        raise CitationError(f"{where}: the stored text is not the one that was cited; decide the case anew")
    if not citation.quote or canonical_text[citation.char_start : citation.char_end] != citation.quote:
        raise CitationError(f"{where}: the cited place does not have the quoted words; decide the case anew")


def canonical_sha256(canonical_text: str) -> str:
    """SHA-256 of a canonical text, UTF-8, as hex."""
    return sha256(canonical_text.encode()).hexdigest()


def source_url(revision_id: str, start: int, end: int) -> str:
    """Where this service shows the stored words, relative to its root."""
    return f"/v1/sources/{revision_id}?start={start}&end={end}"


@dataclass(frozen=True, slots=True)
class _Place:
    revision: Revision
    clause: str
    span: Span


def _place(
    reference: Reference,
    revisions: Mapping[str, Revision],
    clauses: Mapping[ClauseRef, tuple[Clause, Revision]],
) -> _Place:
    if isinstance(reference, ClauseRef):
        if reference not in clauses:
            raise CitationError(f"no clause {reference} can be read on this date; ingest the document or check its key")
        clause, revision = clauses[reference]
        if (clause.document_id, clause.key, clause.revision_id) != (reference.document_id, reference.key, revision.id):
            raise CitationError(f"{clause.document_id}#{clause.key} was loaded for {reference}; load the clause itself")
        return _Place(revision, clause.key, clause.span)
    revision = revisions.get(reference.revision_id)
    if revision is None:
        raise CitationError(f"revision {reference.revision_id} cannot be read; ingest the document again")
    if revision.document.id != reference.document_id:
        raise CitationError(f"revision {revision.id} belongs to {revision.document.id}, not to {reference.document_id}")
    return _Place(revision, reference.key, reference.span)


def _quoted(place: _Place) -> Span:
    text, span = place.revision.canonical_text, place.span
    passage = text[span.start : span.end]
    if len(passage) != span.end - span.start or not passage.strip():
        raise CitationError(f"revision {place.revision.id} has no words at {span.start} to {span.end}")
    start = span.start + len(passage) - len(passage.lstrip())
    words = passage.strip()
    end = start + _leading_sentences(words)
    starts = place.revision.page_starts
    page = bisect_right(starts, start) if starts else span.page
    return Span(start=start, end=end, page=page or None)


def _leading_sentences(words: str) -> int:
    if len(words) <= QUOTE_LIMIT:
        return len(words)
    borders = [one.end() for one in _SENTENCE_END.finditer(words, 0, QUOTE_LIMIT + 1) if one.end() <= QUOTE_LIMIT]
    if borders:
        return borders[-1]
    gap = max(words.rfind(white, 0, QUOTE_LIMIT + 1) for white in (" ", "\n"))
    return len(words[:gap].rstrip()) if gap > 0 else QUOTE_LIMIT


_SENTENCE_END = re.compile(r"(?<![\s(.][A-Za-z])(?<!\bArt)(?<!\bNo)(?<!\bpara)(?<!\n\d)(?<!\n\d\d)[.!?][\"')\]]*(?=\s)")


def _citation(n: int, place: _Place, span: Span, text_hash: str) -> Citation:
    revision = place.revision
    return Citation(
        n=n,
        revision_id=revision.id,
        document=revision.document.title,
        document_id=revision.document.id,
        clause=place.clause,
        page=span.page,
        char_start=span.start,
        char_end=span.end,
        quote=revision.canonical_text[span.start : span.end],
        sha256=text_hash,
        url=source_url(revision.id, span.start, span.end),
    )
