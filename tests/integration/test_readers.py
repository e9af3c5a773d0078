"""Readers beside an ingest that never ends: each answer is of one generation, that of its scope, and never of two."""

import asyncio
import os
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from small import WordsEmbedder, asked, ingest_of

from retrieval.adapters.edge_index import EdgeIndex
from retrieval.corpus import DEFAULT_TENANT, LOCAL, PUBLIC, Chunk
from retrieval.find import Finder
from retrieval.ports import CLAUSES, Collection
from retrieval.query import ClauseQuery
from retrieval.scope import ReadScope
from service.adapters.database import Database, open_database
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.sql_library import SqlLibrary
from service.migrations import upgrade
from service.reader import Reader

READS: Final = int(os.environ.get("TOULMIN_TEST_READS", "10000"))
READERS: Final = 4
DOCUMENTS: Final = 6
SECTIONS: Final = 3

QUESTIONS: Final = ("What is the fee?", "edition of document 3", "section 2 says", "the fee of section 1, document 5")
_PAUSE_S: Final = 0.1
_EDITION: Final = re.compile(r"edition (\d+)\.")


@dataclass
class Tally:
    """Reads by kind, the generations at which they were made, and those that a commit overtook."""

    searches: int = 0
    fetches: int = 0
    overtaken: int = 0
    generations: set[int] = field(default_factory=set[int])

    @property
    def reads(self) -> int:
        return self.searches + self.fetches


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def index(tmp_path: Path) -> AsyncGenerator[EdgeIndex]:
    vectors = Collection(CLAUSES, WordsEmbedder.dimensions, "cosine", lexical=True, model=WordsEmbedder.model)
    opened = await EdgeIndex.open(tmp_path / "index", [vectors])
    yield opened
    await opened.close()


async def test_no_answer_mixes_two_revisions(database: Database, index: EdgeIndex, tmp_path: Path) -> None:
    ingest = ingest_of(SqlCatalog(database), index, WordsEmbedder(), {})
    files = tmp_path / "files"
    files.mkdir()
    tally = Tally()

    async def ingested(edition: int) -> None:
        for number in range(DOCUMENTS):
            (files / f"d{number}.md").write_text(_text(number, edition), encoding="utf-8")
        report = await ingest.run(asked(files))
        assert report.generation == edition
        assert len({*report.new, *report.changed}) == DOCUMENTS

    async def for_ever() -> None:
        edition = 1
        while tally.reads < READS:
            edition += 1
            await ingested(edition)
            await asyncio.sleep(_PAUSE_S)

    await ingested(1)
    async with asyncio.TaskGroup() as together:
        together.create_task(for_ever())
        for number in range(READERS):
            together.create_task(_reads(Reading(index, SqlLibrary(database), tally, random.Random(number))))  # noqa: S311
    print(tally)  # noqa: T201 - for whoever asks, with -s
    assert tally.reads >= READS
    assert len(tally.generations) >= 5
    assert tally.overtaken >= 3, "no commit fell between a scope and what was read under it"


class Reading:
    """What one reader does: take a scope, search under it, and fetch by id what was found."""

    def __init__(self, index: EdgeIndex, library: SqlLibrary, tally: Tally, chance: random.Random) -> None:
        self._finder = Finder(index, WordsEmbedder())
        self._library = library
        self._reader = Reader(DEFAULT_TENANT, (PUBLIC, LOCAL), library)
        self._chance = chance
        self.tally = tally

    async def converse(self) -> None:
        """Ask twice under one scope, which a commit may overtake at any moment."""
        scope = await self._reader.scope()
        self.tally.generations.add(scope.generation)
        for _ in range(2):
            chunks = await self._searched(scope)
            for chunk in self._chance.sample(chunks, 2):
                await self._fetched(chunk, scope)
        self.tally.overtaken += await self._library.generation() > scope.generation

    async def _searched(self, scope: ReadScope) -> list[Chunk]:
        query = ClauseQuery(text=self._chance.choice(QUESTIONS), limit=self._chance.choice((3, 10, 50)))
        found = await self._finder.find(query, scope)
        self.tally.searches += 1
        chunks = [one.item for one in found if isinstance(one.item, Chunk)]
        assert found.mode == "full"
        assert len(chunks) == len({chunk.id for chunk in chunks}) == min(query.limit, DOCUMENTS * SECTIONS)
        assert {_edition(chunk.text) for chunk in chunks} == {scope.generation}
        return chunks

    async def _fetched(self, chunk: Chunk, scope: ReadScope) -> None:
        revision = await self._library.revision(chunk.revision_id, scope)
        clause = await self._library.clause(chunk.document_id, chunk.clause_key, scope)
        sources = await self._library.sources(scope)
        self.tally.fetches += 3
        assert revision is not None
        assert clause is not None
        assert revision.canonical_text[chunk.span.start : chunk.span.end] == chunk.text
        assert clause.revision_id == revision.id
        assert set(_EDITION.findall(revision.canonical_text)) == {str(scope.generation)}
        assert len(sources) == DOCUMENTS
        assert {one.valid_from_generation for one in sources} == {scope.generation}


async def _reads(reading: Reading) -> None:
    while reading.tally.reads < READS:
        await reading.converse()


def _edition(text: str) -> int:
    found = _EDITION.search(text)
    assert found is not None, text
    return int(found[1])


def _text(number: int, edition: int) -> str:
    sections = (
        f"## {section} Section {section}\n\n**{section}.1 Fee.** The fee that section {section} of document {number} "
        f"asks for is {edition + number} euros, in edition {edition}.\n\n"
        for section in range(1, SECTIONS + 1)
    )
    return f"# Document {number}\n\n{''.join(sections)}"
