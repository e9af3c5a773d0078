"""Turns the citations of a recorded decision into proof that the stored texts still have the quoted words."""

from collections.abc import Iterable

from explain.citations import canonical_sha256
from retrieval.ports import Library
from retrieval.scope import ReadScope
from service.errors import NotFoundError, TamperedError
from service.records import Citation, ReleasedDecision


async def verify_citations(released: ReleasedDecision, library: Library, scope: ReadScope) -> None:
    """Check every citation of a decision that is about to be shown, under its own date and generation.

    `scope` says who reads. Raises TamperedError when a text is not the one that was cited or lacks the quote, and
    NotFoundError when this reader cannot read a cited text: a quote that cannot be checked is not shown.
    """
    own = scope.model_copy(update={"as_of": released.as_of, "generation": released.generation})
    for revision_id in sorted({citation.revision_id for citation in released.citations}):
        revision = await library.revision(revision_id, own)
        if revision is None:
            raise NotFoundError(
                f"Decision {released.decision_id} cites revision {revision_id}, which is not there for you; let "
                "someone read it who may, or run `toulmin audit verify` to learn whether it was removed."
            )
        there = [citation for citation in released.citations if citation.revision_id == revision_id]
        if (false := misquoted(there, revision.canonical_text)) is not None:
            raise TamperedError(
                f"Citation [{false.n}] of decision {released.decision_id} is not what revision {revision_id} says; "
                "do not rely on it, run `toulmin audit verify` and restore the text from a backup."
            )


async def may_read(released: ReleasedDecision, library: Library, scope: ReadScope) -> bool:
    """Tell whether this reader may read every text that a decision quotes, under its own date and generation."""
    own = scope.model_copy(update={"as_of": released.as_of, "generation": released.generation})
    cited = sorted({citation.revision_id for citation in released.citations})
    return all([await library.revision(revision_id, own) is not None for revision_id in cited])


def misquoted(citations: Iterable[Citation], canonical_text: str) -> Citation | None:
    """Give the first citation that names another text, or other words than the text has at its place, if any does."""
    digest = canonical_sha256(canonical_text)
    for citation in citations:
        words = canonical_text[citation.char_start : citation.char_end]
        if citation.sha256 != digest or not citation.quote or words != citation.quote:
            return citation
    return None
