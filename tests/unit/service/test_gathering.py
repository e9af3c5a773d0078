"""Evidence for a decision: copies count once, and leave their places to other passages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from decision.pack import Learns, Table
from decision.packs.policy import PACK
from decision.packs.policy.pack import PASSAGES
from decision.rules import Confirmed, Parameters
from retrieval.corpus import Chunk, Clause, Document, Revision, Span
from retrieval.find import Finder
from retrieval.query import ClauseQuery, Evidence, Found
from retrieval.scope import ReadScope
from service.confirmations import Confirmation
from service.gathering import Gathered, Gatherer
from service.ports import KeptLesson, SourceEntry
from service.teaching import Teacher

TODAY = date(2026, 6, 1)
QUESTION = "When is a refund owed to a passenger?"
RULE = "A refund is owed to the passenger within seven days of the request, whatever was agreed with the carrier."


class Shelf:
    """A library of documents of one clause each."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.revisions = {f"rev_{number}": _revision(number, text) for number, text in enumerate(texts)}

    async def tables(self, scope: ReadScope) -> list[Table]:
        """List none."""
        assert scope
        return []

    async def generation(self) -> int:
        return 1

    async def revision(self, revision_id: str, scope: ReadScope) -> Revision | None:
        del scope
        return self.revisions.get(revision_id)

    async def clause(self, document_id: str, key: str, scope: ReadScope) -> Clause | None:
        del document_id, key, scope

    async def sources(self, scope: ReadScope) -> list[SourceEntry]:
        del scope
        return []

    async def clause_hashes(self, scope: ReadScope, references: Sequence[str]) -> Mapping[str, str]:
        del scope, references
        return {}


class Ranking:
    """Finds the clauses of a shelf in the order of their documents, as many as are asked for; some were altered."""

    def __init__(self, shelf: Shelf, altered: frozenset[int] = frozenset()) -> None:
        self.asked: list[int] = []
        self._found = [
            _evidence(number, "forged" if number in altered else revision.canonical_text)
            for number, revision in enumerate(shelf.revisions.values())
        ]

    async def find(self, query: ClauseQuery, scope: ReadScope) -> Found:
        del scope
        self.asked.append(query.limit)
        return Found(tuple(self._found[: query.limit]), "full")


class NothingConfirmed:
    """A store in which no owner confirmed anything."""

    async def confirm(self, confirmed: Sequence[Confirmation]) -> None:
        assert not confirmed

    async def confirmed(self, tenant: str, pack: str, rulebook_version: str, generation: int) -> Confirmed:
        del tenant, pack, rulebook_version, generation
        return ()

    async def confirmations(self, tenant: str, pack: str | None = None) -> list[Confirmation]:
        del tenant, pack
        return []


def _revision(number: int, text: str) -> Revision:
    document = Document(id=f"doc-{number}", title="Law", source="law", owner="legal")
    return Revision(id=f"rev_{number}", document=document, content_sha256="0" * 64, canonical_text=text)


def _evidence(number: int, text: str) -> Evidence:
    chunk = Chunk(
        id=f"chunk_{number}",
        revision_id=f"rev_{number}",
        document_id=f"doc-{number}",
        clause_key="1",
        headings=(),
        span=Span(start=0, end=len(text)),
        text=text,
    )
    return Evidence(item=chunk, score=1 - number / 1000)


class NothingKept:
    """A store in which no lesson is kept."""

    async def get(self, tenant: str, pack: str, key: str) -> KeptLesson | None:
        """Give none."""
        assert tenant
        assert pack
        assert key

    async def put(self, tenant: str, pack: str, lesson: KeptLesson) -> None:
        """Refuse."""
        raise AssertionError((tenant, pack, lesson))


async def learns_nothing(
    pack: Learns, evidence: Mapping[str, Sequence[Evidence]], parameters: Parameters
) -> bytes | None:
    raise AssertionError((pack, evidence, parameters))


async def gathered(texts: Sequence[str], altered: frozenset[int] = frozenset()) -> tuple[Gathered, list[int]]:
    shelf = Shelf(texts)
    ranking = Ranking(shelf, altered)
    teacher = Teacher(cast("Finder", ranking), NothingKept(), learns_nothing)
    gatherer = Gatherer(cast("Finder", ranking), shelf, NothingConfirmed(), teacher)
    case = PACK.schema.read(PACK.name, {}, TODAY, QUESTION)
    return await gatherer.gather(PACK, case, ReadScope(as_of=TODAY, generation=1)), ranking.asked


def documents(found: Gathered) -> list[str]:
    return [one.item.document_id for one in found.evidence[PASSAGES]]


async def test_without_copies_the_question_is_asked_once() -> None:
    found, asked = await gathered([f"{RULE} This is rule {number}." for number in range(20)])
    assert documents(found) == [f"doc-{number}" for number in range(12)]
    assert asked == [12]


async def test_copies_leave_their_places_to_other_passages() -> None:
    found, asked = await gathered([RULE] * 30 + [f"{RULE} This is rule {number}." for number in range(30, 60)])
    assert documents(found) == ["doc-0", *(f"doc-{number}" for number in range(30, 41))]
    assert len(found.evidence[PASSAGES][0].copies) == 29
    assert asked == [12, 48]


async def test_an_altered_passage_is_neither_evidence_nor_a_copy() -> None:
    found, _ = await gathered([RULE, RULE, RULE], frozenset({0}))
    assert documents(found) == ["doc-1"]
    assert found.evidence[PASSAGES][0].copies == ("doc-2#1",)
    assert found.altered == ("chunk_0",)
