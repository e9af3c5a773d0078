"""A question that names a term which a document defines, asked of an index that holds what was ingested."""

from collections.abc import AsyncGenerator, Mapping
from datetime import date
from pathlib import Path

import pytest
from small import WordsEmbedder, asked, ingest_of

from ingestion.ports import Catalog
from retrieval.adapters.edge_index import EdgeIndex
from retrieval.corpus import LOCAL, Chunk
from retrieval.find import Finder
from retrieval.ports import CLAUSES, Collection
from retrieval.query import ClauseQuery
from retrieval.scope import ReadScope

USES = (
    "Guest deposits are counted",
    "Guest deposits are paid back",
    "Guest deposits are insured",
    "Guest deposits are kept apart from wages",
    "A clerk who takes guest deposits signs for",
    "A branch that closes hands over guest deposits and",
)
TIMES = ("each month", "on request", "within a week", "by the treasurer", "before an audit", "after a complaint")
POLICY = "\n\n".join(
    [
        "# House rules",
        "## 1 Definitions",
        '**1.1** "night rate" means what a room costs after nine.',
        '**1.2** Here "guest deposits" means whatever a visitor leaves in a safe: coins, papers, jewels or a watch.',
        "## 2 Duties",
        *(f"**2.{n}** {USES[n % 6]} {TIMES[n // 6]}." for n in range(36)),
    ]
)


@pytest.fixture
async def finder(catalog: Catalog, tmp_path: Path) -> AsyncGenerator[Finder]:
    embedder = WordsEmbedder()
    (tmp_path / "house.md").write_text(POLICY, encoding="utf-8")
    index = await EdgeIndex.open(tmp_path / "index", [Collection(CLAUSES, embedder.dimensions, "cosine", lexical=True)])
    await ingest_of(catalog, index, embedder, {}).run(asked(tmp_path / "house.md"))
    yield Finder(index, embedder)
    await index.close()


async def _found(finder: Finder, question: str) -> dict[str, Mapping[str, float]]:
    """Give the stages of the ten best clauses, best first."""
    scope = ReadScope(as_of=date(2026, 1, 1), groups=(LOCAL,), generation=1)
    found = await finder.find(ClauseQuery(text=question), scope)
    return {one.item.clause_key: one.stages for one in found if isinstance(one.item, Chunk)}


@pytest.mark.parametrize("question", ["What are guest deposits?", "guest deposits", "What do guest deposits mean?"])
async def test_who_asks_what_a_term_means_gets_its_definition_first(finder: Finder, question: str) -> None:
    assert next(iter(await _found(finder, question))) == "1.2"


async def test_who_names_a_term_gets_the_clause_that_uses_it_and_the_one_that_defines_it(finder: Finder) -> None:
    found = await _found(finder, "When are guest deposits insured?")
    best, _, number = next(iter(found)).partition(".")
    assert (best, USES[int(number) % 6]) == ("2", "Guest deposits are insured")
    assert "1.2" in found


async def test_another_question_is_answered_as_if_nothing_were_defined(finder: Finder) -> None:
    found = await _found(finder, "Which guest signs for deposits after a complaint?")
    assert not any("defined" in stages for stages in found.values())
