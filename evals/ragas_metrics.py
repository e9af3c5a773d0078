"""Turns what search found into the context metrics of ragas: by ids always, by a judge where one is configured.

ragas is dormant, imports langchain, reports usage unless told not to, and may patch asyncio. All of it stays in here.
"""

import importlib
import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from pydantic import JsonValue, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from evals.datasets import EvaluationError, RetrievalSet
from evals.kept_runs import best_first
from evals.retrieval import Run
from evals.runs import Tell

CUT: Final = 10
"""How many passages of a question are scored."""

RUNS: Final = 3
"""How often each question is judged: a judge does not always say the same."""

JUDGED: Final = 50
"""How many questions are judged, from the first; each takes two calls a run."""

NOT_JUDGED: Final = "not judged: no language model configured"


class JudgeSettings(BaseSettings):
    """The judge: an OpenAI-compatible address (`http://HOST/v1`), a model, and a key where the address wants one."""

    model_config = SettingsConfigDict(env_prefix="TOULMIN_JUDGE_", env_ignore_empty=True, frozen=True, extra="ignore")

    url: str | None = None
    model: str | None = None
    api_key: SecretStr = SecretStr("none")


@dataclass(frozen=True, slots=True)
class Judge:
    """A language model that rates whether passages bear on a question."""

    url: str
    model: str
    api_key: str


def configured_judge() -> Judge | None:
    """Give the judge that the environment names, if it names one."""
    read = JudgeSettings()
    if read.url is None and read.model is None:
        return None
    if read.url is None or read.model is None:
        raise EvaluationError("A judge needs both TOULMIN_JUDGE_URL and TOULMIN_JUDGE_MODEL; set the other one, too.")
    return Judge(read.url, read.model, read.api_key.get_secret_value())


async def ragas_scores(dataset: RetrievalSet, run: Run, tell: Tell) -> dict[str, JsonValue]:
    """Score the first ten passages of every question; a metric that could not be measured says why."""
    judge = configured_judge()
    by_ids = await _by_ids(dataset, run, tell)
    if judge is None:
        return {**by_ids, f"context_relevance@{CUT}": NOT_JUDGED}
    return {**by_ids, **await _by_judge(dataset, run, judge, tell)}


async def _by_ids(dataset: RetrievalSet, run: Run, tell: Tell) -> dict[str, JsonValue]:
    ragas = _ragas("ragas.metrics._context_precision", "ragas.metrics._context_recall", "ragas.dataset_schema")
    precision, recall = ragas[0].IDBasedContextPrecision(), ragas[1].IDBasedContextRecall()
    found: list[tuple[float, float]] = []
    for done, (query, grades) in enumerate(dataset.judgements.items(), start=1):
        relevant = [passage for passage, grade in grades.items() if grade > 0]
        retrieved = best_first(run.get(query, {}))[:CUT]
        if relevant and retrieved:
            sample = ragas[2].SingleTurnSample(retrieved_context_ids=retrieved, reference_context_ids=relevant)
            found.append((await precision.single_turn_ascore(sample), await recall.single_turn_ascore(sample)))
        else:
            found.append((0.0, 0.0))  # ragas has no number for these; as everywhere here, what found nothing scores 0
        tell("ragas by ids", done, len(dataset.judgements))
    return {
        f"id_context_precision@{CUT}": fmean(pair[0] for pair in found),
        f"id_context_recall@{CUT}": fmean(pair[1] for pair in found),
    }


async def _by_judge(dataset: RetrievalSet, run: Run, judge: Judge, tell: Tell) -> dict[str, JsonValue]:
    """Average `ContextRelevance` over the runs; answers of the judge that cannot be read are left out and counted."""
    asked = [
        (text, [dataset.corpus[passage].text for passage in best_first(run[query])[:CUT]])
        for query, text in list(dataset.queries.items())[:JUDGED]
        if run.get(query)
    ]
    means: list[float] = []
    unread = 0
    for turn in range(RUNS):

        def told(done: int, turn: int = turn) -> None:
            tell("ragas by judge", turn * len(asked) + done, RUNS * len(asked))

        rated = await _one_run(asked, judge, told)
        read = [value for value in rated if not math.isnan(value)]
        unread += len(rated) - len(read)
        means += [fmean(read)] if read else []
    name = f"context_relevance@{CUT}"
    if not means:
        return {name: f"not judged: {judge.model} at {judge.url} gave no answer that could be read"}
    return {
        name: fmean(means),
        f"{name} runs": [*means],
        f"{name} questions": len(asked),
        f"{name} answers not read": unread,
        f"{name} judge": judge.model,
    }


async def _one_run(asked: Sequence[tuple[str, list[str]]], judge: Judge, tell: Callable[[int], None]) -> list[float]:
    openai, llms, metrics = _ragas("openai", "ragas.llms", "ragas.metrics.collections")
    rated: list[float] = []
    async with openai.AsyncOpenAI(base_url=judge.url, api_key=judge.api_key) as client:
        metric = metrics.ContextRelevance(llm=llms.llm_factory(judge.model, client=client))
        for done, (question, passages) in enumerate(asked, start=1):
            found = await metric.ascore(user_input=question, retrieved_contexts=passages)
            rated.append(float(found.value))
            tell(done)
    return rated


def _ragas(*modules: str) -> list[Any]:
    """Import late, for it takes seconds; without its report of usage; and without its many deprecation warnings."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [importlib.import_module(name) for name in modules]
    except ImportError as missing:
        raise EvaluationError(
            f"ragas cannot be imported ({missing}); install the extra: pip install 'toulmin[evals]'."
        ) from None
