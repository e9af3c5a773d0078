"""Turns what reviewers judged into the passages of the ingested corpus that they meant, under the reader's scope.

A passage is what chunks of one clause make up, `document#clause`, as search results name it. A clause that has no chunk
of its own (a heading, an item that stays with its sentence) stands for the passages that hold its words.
"""

from collections.abc import Mapping

from evals.datasets import EvaluationError
from evals.tuning.feedback import Feedback, Named, refuse
from retrieval.corpus import Chunk
from retrieval.find import Finder
from retrieval.ports import Library
from retrieval.scope import ReadScope

Judgements = Mapping[str, Mapping[str, int]]
"""The grade of each judged passage, by question: 1 relevant, 0 not."""


def passage_of(chunk: Chunk) -> str:
    """Name the passage that a chunk is, or is a part of."""
    return f"{chunk.document_id}#{chunk.clause_key}"


async def judgements_of(feedback: Feedback, library: Library, finder: Finder, scope: ReadScope) -> Judgements:
    """Find the passages of every judgement; a passage is relevant where any part of it was judged so.

    Questions for which nothing was judged relevant are left out: they tell of no order which one is better. Raises
    EvaluationError with the lines that name what this reader cannot find.
    """
    if scope.generation == 0:
        raise EvaluationError("Nothing is ingested yet that feedback could be about; run `toulmin ingest` first.")
    finding = _Finding(library, finder, scope)
    problems: list[tuple[int, str]] = []
    found: dict[str, dict[str, int]] = {}
    for question, judged in feedback.questions.items():
        grades = found.setdefault(question, {})
        for named, opinion in judged.items():
            passages = await finding.passages(named)
            if not passages:
                problems.append((opinion.line, _unknown(named)))
            for passage in passages:
                grades[passage] = max(grades.get(passage, 0), int(opinion.relevant))
    refuse(feedback.path, [f"line {line}: {told}" for line, told in sorted(problems)])
    return {question: grades for question, grades in found.items() if any(grades.values())}


def _unknown(named: Named) -> str:
    remedy = (
        "name it as `toulmin search --json` does (document_id, #, clause), or drop the line"
        if named.kind == "clause_id"
        else "a new version of a document has new ids; name its clause by clause_id, or drop the line"
    )
    return f"{named.kind}: there is no {named.id} among what is ingested and you may read today; {remedy}."


class _Finding:
    """Looks up clauses and chunks, and reads the chunks of each revision once."""

    def __init__(self, library: Library, finder: Finder, scope: ReadScope) -> None:
        self._library = library
        self._finder = finder
        self._scope = scope
        self._read: dict[str, list[Chunk]] = {}

    async def passages(self, named: Named) -> frozenset[str]:
        """Find the passages that are meant; none where the reader sees no such thing."""
        if named.kind == "chunk_id":
            chunks = await self._chunks(named.id.rpartition(":")[0])
            return frozenset(passage_of(one) for one in chunks if one.id == named.id)
        document, _, key = named.id.partition("#")
        clause = await self._library.clause(document, key, self._scope)
        if clause is None:
            return frozenset()
        chunks = await self._chunks(clause.revision_id)
        if any(one.clause_key == key for one in chunks):
            return frozenset({named.id})
        inside = (one for one in chunks if one.span.start < clause.span.end and clause.span.start < one.span.end)
        return frozenset(passage_of(one) for one in inside)

    async def _chunks(self, revision_id: str) -> list[Chunk]:
        if revision_id not in self._read:
            self._read[revision_id] = await self._finder.chunks_of(revision_id, self._scope)
        return self._read[revision_id]
