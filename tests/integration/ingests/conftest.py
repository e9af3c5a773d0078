"""Ingests into real databases, with an index and an embedder that are small."""

from collections.abc import Mapping

import pytest
from small import MemoryIndex, WordsEmbedder

from ingestion.ports import Catalog
from retrieval.corpus import RecordKind, Scalar
from retrieval.ports import Embedder, Index
from service.adapters.database import Database
from service.adapters.sql_catalog import SqlCatalog


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return SqlCatalog(database)


@pytest.fixture
def index() -> Index:
    return MemoryIndex()


@pytest.fixture
def embedder() -> Embedder:
    return WordsEmbedder()


@pytest.fixture
def sale() -> RecordKind:
    def vector(values: Mapping[str, Scalar]) -> tuple[float, ...]:
        area, condition = values.get("living_area"), values.get("sale_condition")
        return (float(area) / 100 if isinstance(area, int | float) else 0.0, 1.0 if condition else 0.0)

    return RecordKind("sale", 2, vector)
