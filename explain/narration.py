"""Turns reasons into prose in plain words with [n] markers; it adds no claim and no marker that they lack."""

from collections.abc import Sequence
from typing import Final

from explain.reasons import Reason, ReasonKind

MOST_OF_A_KIND: Final = 4
"""How many reasons of one kind are told; the others are counted."""


def narrate(reasons: Sequence[Reason]) -> str:
    """Write reasons out as paragraphs (outcome and rules; assumptions and gaps; review, counter-evidence, changes)."""
    paragraphs = (_paragraph(reasons, kinds) for kinds in _PARAGRAPHS)
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


_PARAGRAPHS: Final[tuple[tuple[ReasonKind, ...], ...]] = (
    ("outcome", "rule"),
    ("assumption", "missing"),
    ("review", "counter_evidence", "change"),
)

_OPENINGS: Final[dict[ReasonKind, str]] = {
    "assumption": "This rests on assumptions.",
    "missing": "Some facts are missing.",
    "review": "A person must look at it.",
    "counter_evidence": "There is evidence to the contrary.",
    "change": "Another fact would change the outcome.",
}


def _paragraph(reasons: Sequence[Reason], kinds: Sequence[ReasonKind]) -> str:
    parts: list[str] = []
    for kind in kinds:
        said = [_marked(one) for one in reasons if one.kind == kind]
        if said and kind in _OPENINGS:
            parts.append(_OPENINGS[kind])
        parts += said[:MOST_OF_A_KIND]
        if len(said) > MOST_OF_A_KIND:
            parts.append(f"Among the reasons, {len(said) - MOST_OF_A_KIND} more of this kind are listed.")
    return " ".join(parts)


def _marked(reason: Reason) -> str:
    if not reason.citations:
        return reason.text
    markers = "".join(f"[{n}]" for n in reason.citations)
    return f"{reason.text.rstrip('.')} {markers}." if reason.text.endswith(".") else f"{reason.text} {markers}"
