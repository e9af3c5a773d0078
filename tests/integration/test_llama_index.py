"""LlamaIndex's own query engine on our retriever and reranker: what it cites, and what its reader may not see."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer  # pyright: ignore[reportUnknownVariableType]
from llama_index.core.schema import NodeWithScore
from small import asked

from service.application import Application
from service.errors import ServiceError
from service.llama_index import ToulminReranker, ToulminRetriever, opened
from service.settings import Settings

SOURCES = """
[[source]]
id = "refunds"
title = "Refund rules"
path = "refunds.md"
owner = "sales"
groups = ["public"]

[[source]]
id = "secret"
title = "Secret refund rules"
path = "secret.md"
owner = "sales"
groups = ["board"]
"""
REFUNDS = """# Refund rules

## 1 Time

A refund is paid within seven days of the request, counted from the day on which the request was received by us.

## 2 Form

A request is made in writing, by letter or by electronic mail, and names the ticket and the account to be paid to.

## 3 Fees

No fee is taken for a journey that we cancelled; otherwise the fee of the fare that was bought is kept back.
"""
HIDDEN = """# Secret refund rules

## 1 Friends

A refund to a friend of the house is paid within one day of the request, whatever the fare that was bought says.
"""
QUESTION = "How soon is a refund paid?"

Running = tuple[Application, asyncio.AbstractEventLoop]


class LengthReranker:
    """Prefers the longer text, and has time for the first few."""

    model = "length@1"

    def __init__(self, most: int = 100) -> None:
        self._most = most

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:
        assert question == QUESTION
        assert budget_s > 0
        return [float(len(text)) for text in texts[: self._most]]


@pytest.fixture(name="running", scope="module")
def _running(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("llama")
    for name, text in (("sources.toml", SOURCES), ("refunds.md", REFUNDS), ("secret.md", HIDDEN)):
        (folder / name).write_text(text, encoding="utf-8")
    with opened(Settings(data=folder / "var", models=prepared_model.parent)) as (running, loop):
        ingesting = running.ingest.run(asked(folder / "sources.toml"))
        report = asyncio.run_coroutine_threadsafe(ingesting, loop).result()
        assert not report.quarantined
        yield running, loop


def engine(retriever: ToulminRetriever, *rerankers: ToulminReranker) -> RetrieverQueryEngine:
    return RetrieverQueryEngine(
        retriever=retriever,
        response_synthesizer=get_response_synthesizer(llm=MockLLM()),
        node_postprocessors=[*rerankers],
    )


def cited(nodes: Sequence[NodeWithScore]) -> list[str]:
    return [f"{one.metadata['document_id']}#{one.metadata['clause']}" for one in nodes]


def test_a_stock_query_engine_answers_from_what_can_be_cited(running: Running) -> None:
    application, loop = running
    retriever = ToulminRetriever(application, k=5, loop=loop)
    response = engine(retriever, ToulminReranker(LengthReranker(), top_n=2, loop=loop)).query(QUESTION)
    assert isinstance(response, Response)
    assert "seven days" in str(response)
    assert "refunds#1" in cited(response.source_nodes)
    assert len(response.source_nodes) <= 2
    for one in response.source_nodes:
        told = one.metadata
        stored = REFUNDS.encode()
        assert told["document"] == "Refund rules"
        assert told["sha256"] == hashlib.sha256(stored).hexdigest()
        assert REFUNDS[told["char_start"] : told["char_end"]] == one.text
        assert told["revision_id"] in told["url"]
        assert 0 < told["sufficiency"] < 1


def test_what_a_reader_may_not_see_is_no_node(running: Running) -> None:
    application, loop = running
    nodes = ToulminRetriever(application, loop=loop).retrieve(QUESTION)
    assert {one.metadata["document_id"] for one in nodes} == {"refunds"}
    board = replace(application, reader=replace(application.reader, groups=("public", "board")))
    assert "secret" in {one.metadata["document_id"] for one in ToulminRetriever(board, loop=loop).retrieve(QUESTION)}


async def test_inside_a_loop_the_asynchronous_methods_do_the_same(running: Running) -> None:
    application, loop = running
    retriever = ToulminRetriever(application, loop=loop)
    response = await engine(retriever, ToulminReranker(LengthReranker(), loop=loop)).aquery(QUESTION)
    assert "refunds#1" in cited(response.source_nodes)
    here = ToulminRetriever(application)
    with pytest.raises(ServiceError, match="aretrieve"):
        here.retrieve(QUESTION)


def test_nodes_that_the_reranker_did_not_come_to_stay_behind(running: Running) -> None:
    application, loop = running
    nodes = ToulminRetriever(application, loop=loop).retrieve(QUESTION)
    ordered = ToulminReranker(LengthReranker(most=1), loop=loop).postprocess_nodes(nodes, query_str=QUESTION)
    assert cited(ordered) == cited(nodes)
    assert ToulminReranker(LengthReranker(), top_n=1, loop=loop).postprocess_nodes(nodes) == nodes[:1]
