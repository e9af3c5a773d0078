"""Turns the shapes of two versions of a document into the reasons why a person must look before one replaces the other.

The traps: a sign-in or error page served in place of a law, a PDF cut off half way, a table of which only the header
came, an export in another language, another document under the same name. A gate only ever holds; what passes may
still be wrong. Small losses of small documents are everyday edits, so a share counts only where enough was there, or
enough is gone.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.families import Signature, similarity
from ingestion.ingests import ParsedRevision, Shape
from ingestion.settings import GateSettings

ENOUGH_CHARACTERS: Final = 2_000
"""A text as long as a page is held for its share alone; of a shorter one, half of this must be gone."""

ENOUGH_CLAUSES: Final = 10
"""As many clauses are held for their share alone; of fewer, half of this must be gone."""

ENOUGH_ROWS: Final = 20
"""As many rows are held for their share alone; of fewer, half of this must be gone."""

LEAST_KINSHIP: Final = 0.01
"""Similarity of two versions below which they are different documents.

Of 190 pairs of public laws and guides, 180 lie below it; the others quote each other or are one law. Of 200 versions of
these in which every third word was replaced none does, of those with every second word 59.
"""

ENOUGH_FOR_KINSHIP: Final = 1_000
"""Characters that both versions must have to be compared so: the words of a note may well be new.

Of 400 pieces of this length none fell below with every fifth word replaced, and 14 with every third.
"""


def hold_reasons(
    before: Shape | None, after: ParsedRevision, settings: GateSettings, earlier: Signature = ()
) -> tuple[str, ...]:
    """Say why a new version must wait for a person, with the figures; nothing to say lets it pass.

    A document that was not there before is held only for the problems that its reading found, such as those of a table
    with its schema. `earlier` is the signature of the version before, where there is one.
    """
    if before is None:
        return after.problems
    return (*after.problems, *_losses(before, after, settings), *_differences(before, after, earlier))


def _losses(before: Shape, after: ParsedRevision, settings: GateSettings) -> Iterator[str]:
    """Compare what is counted; a table is judged by its rows, for its text says nothing more."""
    now = after.shape
    if before.records:
        yield from _lost("rows", (before.records, now.records), settings.least_remaining, ENOUGH_ROWS)
        return
    yield from _lost("characters", (before.characters, now.characters), settings.least_remaining, ENOUGH_CHARACTERS)
    if now.characters:
        yield from _lost("clauses", (before.clauses, now.clauses), settings.least_clauses, ENOUGH_CLAUSES)


def _lost(what: str, counts: tuple[int, int], least: float, enough: int) -> Iterator[str]:
    before, after = counts
    if before and not after:
        yield f"it has none of its {before:,} {what} left"
    elif after < least * before and (before >= enough or before - after >= enough / 2):
        wanted = f"at least {100 * least:g} % are expected"
        yield f"it has {after:,} of {before:,} {what} left ({_share(after, before)}; {wanted})"


def _share(after: int, before: int) -> str:
    return "less than 1 %" if 100 * after < before else f"{int(100 * after / before)} %"


def _differences(before: Shape, after: ParsedRevision, earlier: Signature) -> Iterator[str]:
    old, new = _language(before.language), _language(after.language)
    if old and new and old != new:
        yield f"its language was {old} and is {new} now"
    elif not before.records and min(before.characters, after.shape.characters) >= ENOUGH_FOR_KINSHIP:
        alike = similarity(earlier, after.signature) if earlier and after.signature else 1.0
        if alike < LEAST_KINSHIP:
            yield f"it shares {100 * alike:.1f} % of its phrases with the version before, as another document would"


def _language(named: str | None) -> str | None:
    """Give the language of `en-GB` or `EN_gb` as `en`."""
    return named.replace("_", "-").split("-")[0].strip().lower() or None if named else None
