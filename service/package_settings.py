"""Gives ingestion and retrieval their part of the settings of the service."""

import os

from ingestion.settings import FetchLimits, GateSettings, IngestionSettings, ParsingLimits
from retrieval.settings import RetrievalSettings
from service.settings import Settings


def ingestion_settings(settings: Settings) -> IngestionSettings:
    """Give the limits of reading, fetching and the gates."""
    return IngestionSettings(
        parsing=ParsingLimits(
            largest_mb=settings.parse_largest_mb,
            largest_text_mb=settings.parse_largest_text_mb,
            deepest=settings.parse_deepest,
            seconds=settings.parse_seconds,
            memory_mb=settings.parse_memory_mb,
        ),
        fetching=FetchLimits(
            folder=settings.data / "fetched",
            seconds=settings.fetch_seconds,
            redirects=settings.fetch_redirects,
            private_hosts=settings.fetch_private_hosts,
        ),
        gates=GateSettings(
            least_remaining=settings.gate_least_remaining,
            least_clauses=settings.gate_least_clauses,
            similar=settings.gate_similar,
        ),
    )


def retrieval_settings(settings: Settings) -> RetrievalSettings:
    """Give the deadlines and threads of search."""
    return RetrievalSettings(
        embed_deadline_s=settings.embed_deadline_s,
        embed_threads=settings.embed_threads or os.cpu_count() or 1,
        disk_headroom_mb=settings.disk_headroom_mb,
        server_timeout_s=max(1, round(settings.index_deadline_s)),
        rerank_budget_s=settings.rerank_budget_ms / 1000,
    )
