"""The command that measures what the service finds and says about labelled questions; one task so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from evals.calibration import auroc, calibration_figures
from evals.consoles import Figures, keep, measured, out
from evals.corpus import lay_out
from evals.datasets import EvaluationError
from evals.dialogues import LABELS, Answerability, Dialogue, DialogueSet, read_dialogues
from evals.presenting import figures_table
from evals.runs import Tell, ingest_corpus, installation, passages_of
from retrieval.corpus import Chunk
from retrieval.query import ClauseQuery, Found
from retrieval.sufficiency import Sufficiency
from service.settings import Settings, read_settings

TASKS = ("mtrag",)
"""Tasks that can be measured."""


def answers(
    task: Annotated[str, typer.Option(metavar="TASK", help=f"What is measured: {', '.join(TASKS)}.")],
    dataset: Annotated[Path, typer.Option(metavar="DIR", help="Has NAME.jsonl and passages.jsonl.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="Which dialogues.")],
    figures: Figures = None,
) -> None:
    """Score what is found for the last questions of dialogues, and whether it is known that it can answer."""

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        if task not in TASKS:
            raise EvaluationError(f"--task: {task} cannot be measured; expected one of {', '.join(TASKS)}.")
        read = read_dialogues(dataset, split)
        return await measure_dialogues(dataset.resolve().name, read, read_settings(), tell)

    result = measured(measure)
    keep(result, figures)
    out.print(figures_table(result))


@dataclass(frozen=True, slots=True)
class Answered:
    """A dialogue, the passages found for its last question, best first, and how likely they can answer it."""

    dialogue: Dialogue
    ranking: tuple[str, ...]
    sufficiency: Sufficiency


async def measure_dialogues(name: str, dataset: DialogueSet, settings: Settings, tell: Tell) -> dict[str, JsonValue]:
    """Ingest the pool of passages, ask every last question as the service does, and score rankings and sufficiency."""
    documents = lay_out(dataset.corpus)
    passages = passages_of(documents)
    answered: list[Answered] = []
    async with installation(settings, settings.data / "evals" / name) as running:
        await ingest_corpus(running, documents, tell)
        scope = await running.reader.scope()
        for done, dialogue in enumerate(dataset.dialogues, start=1):
            query = ClauseQuery(text=dialogue.question, earlier=dialogue.earlier, limit=_DEPTH)
            found = await running.finder.find(query, scope)
            if found.sufficiency is None:
                raise EvaluationError(
                    f"Nothing is known of sufficiency with the model {running.embedder.model}; fit a calibration for "
                    "it with `python -m evals sufficiency`."
                )
            answered.append(Answered(dialogue, _ranking(found, passages), found.sufficiency))
            tell("ask", done, len(dataset.dialogues))
    return dialogue_figures(answered)


def dialogue_figures(answered: Sequence[Answered]) -> dict[str, JsonValue]:
    """Score: answerable and partial against unanswerable; what is underspecified counts apart, for it is no answer yet.

    Recall is the mean share of the passages that answer among the first five, over the dialogues that have any.
    """
    apart = [one for one in answered if one.dialogue.answerability != "UNDERSPECIFIED"]
    recalls = [_recall(one) for one in answered if one.dialogue.relevant]
    if not recalls or not apart:
        raise EvaluationError("No dialogue has passages that answer it, or all are underspecified; nothing to measure.")
    positive = [one.dialogue.answerability in _POSITIVE for one in apart]
    calibration = calibration_figures([one.sufficiency.probability for one in apart], positive)
    return {
        "metrics": {"answerability_auroc": calibration["auroc"], "recall@5": sum(recalls) / len(recalls)},
        "calibration": dict(calibration),
        "n": len(answered),
        "with_passages": len(recalls),
        "auroc_variants": {name: _auroc(answered, *kinds) for name, kinds in _VARIANTS.items()},
        "verdicts": {label.lower(): _verdicts(answered, label) for label in LABELS},
        "method": answered[0].sufficiency.method,
        "calibrated_on": answered[0].sufficiency.calibrated_on,
    }


_DEPTH = 30
_FIRST = 5
_POSITIVE: tuple[Answerability, ...] = ("ANSWERABLE", "PARTIAL")
_VARIANTS: Mapping[str, tuple[tuple[Answerability, ...], tuple[Answerability, ...]]] = {
    "answerable|unanswerable": (("ANSWERABLE",), ("UNANSWERABLE",)),
    "answerable,partial,underspecified|unanswerable": ((*_POSITIVE, "UNDERSPECIFIED"), ("UNANSWERABLE",)),
    "answerable,partial|unanswerable,underspecified": (_POSITIVE, ("UNANSWERABLE", "UNDERSPECIFIED")),
    "answerable|partial,unanswerable,underspecified": (("ANSWERABLE",), ("PARTIAL", "UNANSWERABLE", "UNDERSPECIFIED")),
}


def _ranking(found: Found, passages: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Rank passages by their best chunk."""
    chunks = (one.item for one in found if isinstance(one.item, Chunk))
    return tuple(dict.fromkeys(passages[chunk.document_id, chunk.clause_key] for chunk in chunks))


def _recall(one: Answered) -> float:
    return len(one.dialogue.relevant.intersection(one.ranking[:_FIRST])) / len(one.dialogue.relevant)


def _auroc(
    answered: Sequence[Answered], positive: Sequence[Answerability], negative: Sequence[Answerability]
) -> float | None:
    counted = [one for one in answered if one.dialogue.answerability in {*positive, *negative}]
    truth = [one.dialogue.answerability in positive for one in counted]
    return auroc([one.sufficiency.probability for one in counted], truth) if len(set(truth)) > 1 else None


def _verdicts(answered: Sequence[Answered], label: Answerability) -> dict[str, JsonValue]:
    of_label = [one.sufficiency for one in answered if one.dialogue.answerability == label]
    counts = {
        verdict: sum(one.verdict == verdict for one in of_label)
        for verdict in ("sufficient", "doubtful", "insufficient")
    }
    mean = sum(one.probability for one in of_label) / len(of_label) if of_label else None
    return {"n": len(of_label), "mean_probability": mean, **counts}
