"""Turns what was found into what supports a claim independently: the same words from two places are one support.

A passage with the words of another document's is its copy, whether or not the whole documents are copies. Two near
copies of one document (one family) may differ in a word that matters, so that a passage of these yields only to one
that is more to be trusted; of equal trust both stay, under the name of their family.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.corpus import Chunk, Revision, TrustTier
from retrieval.query import Evidence

TELLING: Final = 12
"""Words from which on a passage says enough to be known by them alone; a shorter one needs its heading too."""

NEARLY: Final = 0.8
"""Share of the shorter passage's words that two versions of one passage have in common."""


def independent(found: Sequence[Evidence], revisions: Mapping[str, Revision]) -> list[Evidence]:
    """Keep one passage of those that are copies, in the order given, naming the others in `copies`.

    The one of the most trusted document is kept; of those, the first with the highest score. Records, and passages
    whose revision is not given, stay as they are.
    """
    passages = [
        _Passage(place, one, chunk, revisions[chunk.revision_id], tuple(_WORD.findall(chunk.text.casefold())))
        for place, one in enumerate(found)
        if isinstance(chunk := one.item, Chunk) and chunk.revision_id in revisions
    ]
    kept: list[_Passage] = []
    copied: defaultdict[int, list[str]] = defaultdict(list)
    for passage in sorted(passages, key=lambda one: (_TRUSTED.index(one.trust), -one.found.score, one.place)):
        original = next((one for one in kept if _is_copy(passage, one)), None)
        if original is None:
            kept.append(passage)
        else:
            copied[original.place].append(f"{passage.chunk.document_id}#{passage.chunk.clause_key}")
    staying = {one.place: one.family for one in kept}
    dropped = {one.place for one in passages} - set(staying)
    return [
        _named(one, staying.get(place), sorted({*one.copies, *copied[place]}))
        for place, one in enumerate(found)
        if place not in dropped
    ]


_TRUSTED: Final[tuple[TrustTier, ...]] = ("official", "internal", "third_party", "unverified")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Passage:
    """A chunk that was found, its place among what was found, where it comes from, and its words."""

    place: int
    found: Evidence
    chunk: Chunk
    revision: Revision
    words: tuple[str, ...]

    @property
    def family(self) -> str | None:
        return self.revision.family

    @property
    def trust(self) -> TrustTier:
        return self.revision.document.trust_tier


def _is_copy(passage: _Passage, original: _Passage) -> bool:
    """Whether a passage says what another document's says that is at least as much to be trusted."""
    if passage.chunk.document_id == original.chunk.document_id:
        return False
    is_family = passage.family is not None and passage.family == original.family
    if passage.words == original.words:
        return is_family or len(passage.words) >= TELLING or _titles(passage) == _titles(original)
    return is_family and passage.trust != original.trust and _is_version(passage, original)


def _is_version(one: _Passage, other: _Passage) -> bool:
    common = sum((Counter(one.words) & Counter(other.words)).values())
    return common >= NEARLY * min(len(one.words), len(other.words))


def _titles(passage: _Passage) -> list[str]:
    """Give the words of the nearest heading, without which a short passage may mean something else."""
    return _WORD.findall("".join(passage.chunk.headings[-1:]).casefold())


def _named(evidence: Evidence, family: str | None, copies: Sequence[str]) -> Evidence:
    if family is None and not copies:
        return evidence
    return evidence.model_copy(update={"family": family, "copies": tuple(copies)})
