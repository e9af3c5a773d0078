"""Turns what a case needs into evidence whose words are those of the stored texts, and references into citations."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from decision.decision import ClauseRef, Decision, PassageRef
from decision.facts import Case
from decision.pack import DomainPack
from explain.citations import Citations, cite, references_of, verify
from retrieval.corpus import Chunk, Clause, Revision
from retrieval.find import Finder
from retrieval.query import ClauseQuery, Evidence, Mode, RecordQuery
from retrieval.scope import ReadScope
from service.ports import ConfirmationStore, SourceLibrary


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence by the name of the query that asked for it, how it was searched, and what was not as it should be.

    `altered` are ids of chunks that the index gave with other words than the stored text has; they are no evidence.
    `changed` are the cited clauses whose words nobody confirmed for the rules, `missing` those that are not ingested
    (they are among `changed` too).
    """

    evidence: Mapping[str, Sequence[Evidence]]
    mode: Mode
    altered: tuple[str, ...]
    changed: frozenset[ClauseRef]
    missing: frozenset[ClauseRef]


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads the index and the library under a scope."""

    finder: Finder
    library: SourceLibrary
    confirmations: ConfirmationStore

    async def gather(self, pack: DomainPack, case: Case, scope: ReadScope) -> Gathered:
        """Find what a pack asks for; SQL is the truth, so a passage counts only as it stands there."""
        queries = pack.queries(case, pack.rulebook.on(case.as_of).parameters)
        found = await asyncio.gather(*(self._find(query, scope) for query in queries.values()))
        degraded: list[Mode] = [mode for _, mode in found if mode != "full"]
        texts = await self._texts(found, scope)
        evidence = {
            name: [one for one in items if _stands(one, texts)] for name, (items, _) in zip(queries, found, strict=True)
        }
        altered = {one.item.id for items, _ in found for one in items if not _stands(one, texts)}
        current = await self._current(pack, scope)
        return Gathered(
            evidence=evidence,
            mode=degraded[0] if degraded else "full",
            altered=tuple(sorted(altered)),
            changed=await self._changed(pack, current, scope),
            missing=pack.rulebook.missing(current),
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

    async def _find(self, query: ClauseQuery | RecordQuery, scope: ReadScope) -> tuple[Sequence[Evidence], Mode]:
        if isinstance(query, RecordQuery):
            return await self.finder.find_records(query, scope), "full"
        return await self.finder.find(query, scope)

    async def _texts(
        self, found: Iterable[tuple[Sequence[Evidence], Mode]], scope: ReadScope
    ) -> Mapping[str, Revision]:
        chunks = (one.item for items, _ in found for one in items if isinstance(one.item, Chunk))
        return await self._revisions({chunk.revision_id for chunk in chunks}, scope)

    async def _clauses(self, references: Sequence[ClauseRef], scope: ReadScope) -> dict[ClauseRef, Clause]:
        found = [(one, await self.library.clause(one.document_id, one.key, scope)) for one in references]
        return {reference: clause for reference, clause in found if clause is not None}

    async def _revisions(self, ids: Iterable[str], scope: ReadScope) -> dict[str, Revision]:
        found = [await self.library.revision(revision_id, scope) for revision_id in sorted(ids)]
        return {revision.id: revision for revision in found if revision is not None}


def _stands(evidence: Evidence, texts: Mapping[str, Revision]) -> bool:
    """Whether a chunk has the words of the stored text; records are cited by their rows, verified when cited."""
    chunk = evidence.item
    if not isinstance(chunk, Chunk):
        return True
    revision = texts.get(chunk.revision_id)
    return revision is not None and revision.canonical_text[chunk.span.start : chunk.span.end] == chunk.text
