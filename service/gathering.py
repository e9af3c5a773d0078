"""Turns what a case needs into evidence whose words are those of the stored texts, and references into citations."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from decision.decision import AtHand, ClauseRef, Decision, PassageRef
from decision.facts import Case
from decision.pack import DomainPack, Learns
from explain.citations import Citations, cite, references_of, verify
from retrieval.corpus import Chunk, Clause, Revision
from retrieval.find import Finder
from retrieval.independence import independent
from retrieval.query import ClauseQuery, Evidence, Found, Mode, RecordQuery, cut
from retrieval.scope import ReadScope
from service.ports import ConfirmationStore, SourceLibrary
from service.teaching import Teacher


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence by the name of the query that asked for it, how it was searched, and what was not as it should be.

    `pack` decides by it, taught by the `lesson` of this SHA-256 where it learns.

    `altered` are ids of chunks that the index gave with other words than the stored text has; they are no evidence.
    `changed` are the cited clauses whose words nobody confirmed for the rules, `missing` those that are not ingested
    (they are among `changed` too), `laws` those of the law itself that are ingested.
    """

    pack: DomainPack
    lesson: str | None
    evidence: Mapping[str, Sequence[Evidence]]
    mode: Mode
    altered: tuple[str, ...]
    changed: frozenset[ClauseRef]
    missing: frozenset[ClauseRef]
    laws: frozenset[ClauseRef]

    @property
    def at_hand(self) -> AtHand:
        """What the engine has to know of the sources."""
        return AtHand(self.missing, self.laws)


@dataclass(frozen=True, slots=True)
class _Support:
    """What one query found, copies apart; how it was searched, and the chunks whose words are not those stored."""

    evidence: Sequence[Evidence]
    mode: Mode
    altered: frozenset[str]


_WIDER = 4
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads the index and the library under a scope."""

    finder: Finder
    library: SourceLibrary
    confirmations: ConfirmationStore
    teacher: Teacher

    async def gather(self, pack: DomainPack, case: Case, scope: ReadScope) -> Gathered:
        """Find what a pack asks for; SQL is the truth, so a passage counts only as it stands there."""
        queries = pack.queries(case, pack.rulebook.on(case.as_of).parameters)
        later = pack.learns_from if isinstance(pack, Learns) else frozenset[str]()
        found = await self._all({name: query for name, query in queries.items() if name not in later}, scope)
        taught = await self.teacher.taught(pack, case, _evidence(found), scope)
        if taught is None:
            found |= await self._all({name: query for name, query in queries.items() if name in later}, scope)
        degraded: list[Mode] = [one.mode for one in found.values() if one.mode != "full"]
        current = await self._current(pack, scope)
        return Gathered(
            pack=pack if taught is None else taught.pack,
            lesson=None if taught is None else taught.sha256,
            evidence=_evidence(found),
            mode=degraded[0] if degraded else "full",
            altered=tuple(sorted(frozenset[str]().union(*(one.altered for one in found.values())))),
            changed=await self._changed(pack, current, scope),
            missing=pack.rulebook.missing(current),
            laws=frozenset(pack.rulebook.laws() & current.keys()),
        )

    async def cite(self, decision: Decision, scope: ReadScope) -> Citations:
        """Quote everything that a decision rests on, each quote verified; CitationError when one is not the text."""
        references = references_of(decision)
        clauses = await self._clauses([one for one in references if isinstance(one, ClauseRef)], scope)
        cited = {clause.revision_id for clause in clauses.values()}
        cited |= {one.revision_id for one in references if isinstance(one, PassageRef)}
        revisions = await self._revisions(cited, scope)
        placed = {ref: (clause, revisions[clause.revision_id]) for ref, clause in clauses.items()}
        citations = cite(references, revisions, placed)
        for citation in citations.citations:
            verify(citation, revisions[citation.revision_id].canonical_text)
        return citations

    async def _current(self, pack: DomainPack, scope: ReadScope) -> Mapping[ClauseRef, str]:
        """Give the SHA-256 of the words that each clause a pack cites has now; what is not ingested is left out."""
        hashes = await self.library.clause_hashes(scope, [str(clause) for clause in pack.rulebook.clauses()])
        return {ClauseRef.parse(clause): digest for clause, digest in hashes.items()}

    async def _changed(
        self, pack: DomainPack, current: Mapping[ClauseRef, str], scope: ReadScope
    ) -> frozenset[ClauseRef]:
        """Collect the clauses whose words nobody confirmed; the store is asked only about words the pack lacks."""
        changed = pack.rulebook.changed(current)
        if changed <= pack.rulebook.missing(current):
            return changed
        confirmed = await self.confirmations.confirmed(scope.tenant, pack.name, pack.rulebook.version, scope.generation)
        return pack.rulebook.changed(current, confirmed)

    async def _all(self, queries: Mapping[str, ClauseQuery | RecordQuery], scope: ReadScope) -> dict[str, "_Support"]:
        found = await asyncio.gather(*(self._support(query, scope) for query in queries.values()))
        return dict(zip(queries, found, strict=True))

    async def _support(self, query: ClauseQuery | RecordQuery, scope: ReadScope) -> _Support:
        """Find what supports independently; where copies took the places of other passages, look once more, wider."""
        if isinstance(query, RecordQuery):
            return _Support(await self.finder.find_records(query, scope), "full", frozenset())
        first = await self._passages(query, scope)
        if not any(one.copies for one in first.evidence):
            return first
        wider = query.model_copy(update={"limit": min(_WIDER * query.limit, _MOST)})
        second = await self._passages(wider, scope)
        return replace(second, evidence=cut(second.evidence, query.limit))

    async def _passages(self, query: ClauseQuery, scope: ReadScope) -> _Support:
        found = await self.finder.find(query, scope)
        texts = await self._texts(found, scope)
        standing = [one for one in found if _stands(one, texts)]
        altered = frozenset(one.item.id for one in found if not _stands(one, texts))
        apart = Found(tuple(independent(standing, texts)), found.mode, None if altered else found.sufficiency)
        return _Support(apart, found.mode, altered)

    async def _texts(self, found: Iterable[Evidence], scope: ReadScope) -> Mapping[str, Revision]:
        return await self._revisions({one.item.revision_id for one in found if isinstance(one.item, Chunk)}, scope)

    async def _clauses(self, references: Sequence[ClauseRef], scope: ReadScope) -> dict[ClauseRef, Clause]:
        found = [(one, await self.library.clause(one.document_id, one.key, scope)) for one in references]
        return {reference: clause for reference, clause in found if clause is not None}

    async def _revisions(self, ids: Iterable[str], scope: ReadScope) -> dict[str, Revision]:
        found = [await self.library.revision(revision_id, scope) for revision_id in sorted(ids)]
        return {revision.id: revision for revision in found if revision is not None}


def _evidence(found: Mapping[str, _Support]) -> dict[str, Sequence[Evidence]]:
    return {name: one.evidence for name, one in found.items()}


def _stands(evidence: Evidence, texts: Mapping[str, Revision]) -> bool:
    """Whether a chunk has the words of the stored text; records are cited by their rows, verified when cited."""
    chunk = evidence.item
    if not isinstance(chunk, Chunk):
        return True
    revision = texts.get(chunk.revision_id)
    return revision is not None and revision.canonical_text[chunk.span.start : chunk.span.end] == chunk.text
