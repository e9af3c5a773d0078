"""Turns a seed into folders of made-up rulebooks, or the passages of a dataset into documents: what is ingested.

The words of a made-up passage mean nothing, but there are as many of them as in the passages of real rulebooks (60
tokens on average, few to some hundreds), under numbers and headings as there, and no two passages are alike.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from evals.datasets import EvaluationError, read_rows

PASSAGES_OF_A_DOCUMENT: Final = 350
"""Of the rulebooks of ObliQA, 40 documents with 14,000 passages."""


def write_rulebooks(folder: Path, passages: int, seed: int, documents: int | None = None) -> list[Path]:
    """Write rulebooks as Markdown, always the same ones for the same arguments; one at a time is in memory."""
    count = documents or max(1, round(passages / PASSAGES_OF_A_DOCUMENT))
    folder.mkdir(parents=True)
    written: list[Path] = []
    for number in range(count):
        own = passages // count + (number < passages % count)
        path = folder / f"rulebook-{seed}-{number + 1:04d}.md"
        path.write_text("\n\n".join(rulebook(seed, number, own)) + "\n", encoding="utf-8")
        written.append(path)
    return written


def rulebook(seed: int, number: int, passages: int) -> Iterator[str]:
    """Give the blocks of one rulebook, in order: its title, and chapters of numbered passages."""
    chance = random.Random(f"{seed}:{number}:{passages}")  # noqa: S311 - nothing is secret here
    yield f"# Rulebook {number + 1}: {_title(chance)}"
    for place in range(passages):
        chapter, rule = divmod(place, _RULES_OF_A_CHAPTER)
        if rule == 0:
            yield f"## {chapter + 1} {_title(chance)}"
        yield f"{chapter + 1}.{rule + 1} {_passage(chance, chance.lognormvariate(_LOG_WORDS, _LOG_SPREAD))}"


def write_dataset(folder: Path, dataset: Path, limit: int | None = None) -> list[Path]:
    """Write the passages of a dataset in the BEIR layout as documents, by `metadata.document_id`, under their numbers.

    Raises EvaluationError when there are none.
    """
    documents: defaultdict[str, list[str]] = defaultdict(list)
    for taken, (document, text) in enumerate(_passages_of(dataset / "corpus.jsonl")):
        if limit is not None and taken >= limit:
            break
        documents[document].append(text)
    if not documents:
        raise EvaluationError(f"{dataset}: corpus.jsonl has no passage with words.")
    folder.mkdir(parents=True)
    written: list[Path] = []
    for name, passages in documents.items():
        path = folder / f"document-{name}.md"
        path.write_text("\n\n".join((f"# Document {name}", *passages)) + "\n", encoding="utf-8")
        written.append(path)
    return written


def change(document: Path, words: str) -> None:
    """Add a sentence to the passage in the middle of a document."""
    blocks = document.read_text(encoding="utf-8").split("\n\n")
    blocks[len(blocks) // 2] = f"{blocks[len(blocks) // 2].rstrip()} {words}"
    document.write_text("\n\n".join(blocks), encoding="utf-8")


def questions(folder: Path, count: int, seed: int) -> list[str]:
    """Ask for what stands in the documents of a folder: a few words that follow each other in some passage."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here
    words = [document.read_text(encoding="utf-8").split() for document in sorted(folder.glob("*.md"))]
    asked: list[str] = []
    for _ in range(count):
        text = chance.choice(words)
        start = chance.randrange(max(1, len(text) - _ASKED_WORDS))
        asked.append(" ".join(text[start : start + _ASKED_WORDS]))
    return asked


_RULES_OF_A_CHAPTER: Final = 12
_ASKED_WORDS: Final = 10
_LOG_SPREAD: Final = 0.8
_LOG_WORDS: Final = math.log(47) - _LOG_SPREAD**2 / 2
"""47 words on average before the last sentence is complete, which makes some 60 tokens with the number."""

_SUBJECTS: Final = (
    "an authorised firm", "a fund manager", "the board of a clearing house", "a custodian", "the compliance officer",
    "an issuer of listed securities", "a branch", "the senior executive", "an external auditor", "a payments firm",
    "the operator of a trading venue", "a reinsurer", "an applicant for a licence", "a prime broker", "the trustee",
    "an insurance intermediary", "a credit rating agency", "the liquidator", "a representative office", "a sponsor",
)  # fmt: skip
_DUTIES: Final = (
    "must notify", "must keep records of", "may not dispose of", "must assess", "is required to disclose",
    "may delegate", "must segregate", "shall reconcile", "must obtain approval for", "is exempt from reporting",
    "must publish", "may rely upon", "must verify", "shall review", "must refrain from altering", "may suspend",
)  # fmt: skip
_OBJECTS: Final = (
    "client money", "the capital requirement", "material outsourcing", "suspicious transactions", "its risk register",
    "the prospectus", "conflicts of interest", "collateral received", "the liquidity buffer", "related party exposures",
    "its recovery plan", "beneficial owners", "the valuation of assets", "complaints from retail clients",
    "the wind-down reserve", "counterparty limits", "the register of members", "intraday positions", "audit findings",
    "the safeguarding account", "technology incidents", "the remuneration policy", "default funds", "sanctions alerts",
)  # fmt: skip
_CONDITIONS: Final = (
    "where the exposure exceeds {n} per cent of eligible capital", "within {n} business days of becoming aware of it",
    "unless the Regulator has granted a waiver under Rule {n}.{m}", "for a period of at least {n} years",
    "if the arrangement was entered into before the commencement date", "on a consolidated and on a solo basis",
    "in accordance with Chapter {n} and Schedule {m}", "to the extent that this is proportionate to its business",
    "by reference to the average of the preceding {n} quarters", "provided that the client has consented in writing",
    "without prejudice to any obligation under section {n}({m})", "having regard to the nature and scale of its risks",
    "at intervals of no more than {n} months", "before the aggregate amount reaches USD {n},{m}00,000",
)  # fmt: skip
_HEADS: Final = (
    "Application",
    "Systems and controls",
    "Notification",
    "Record keeping",
    "Prudential returns",
    "Governance",
)


def _title(chance: random.Random) -> str:
    return f"{chance.choice(_HEADS)} and {chance.choice(_OBJECTS)}"


def _passage(chance: random.Random, words: float) -> str:
    """Join sentences until there are so many words."""
    sentences = [_sentence(chance)]
    while sum(sentence.count(" ") + 1 for sentence in sentences) < words - _HALF_A_SENTENCE:
        sentences.append(_sentence(chance))
    return " ".join(sentences)


_HALF_A_SENTENCE: Final = 9


def _sentence(chance: random.Random) -> str:
    def condition() -> str:
        return chance.choice(_CONDITIONS).format(n=chance.randint(2, 99), m=chance.randint(1, 9))

    subject = chance.choice(_SUBJECTS)
    parts = [subject[0].upper() + subject[1:], chance.choice(_DUTIES), chance.choice(_OBJECTS), condition()]
    if chance.random() < 0.4:  # noqa: PLR2004 - as often as it reads well
        parts.append(f"and {condition()}")
    return " ".join(parts) + "."


def _passages_of(corpus: Path) -> Iterator[tuple[str, str]]:
    for row in read_rows(corpus):
        metadata, text = row.get("metadata"), str(row.get("text") or "").strip()
        if not text:
            continue
        known = cast("dict[str, object]", metadata) if isinstance(metadata, dict) else {}
        words = " ".join(text.split())  # a passage is one block, so that it is one passage for everybody
        yield str(known.get("document_id", "1")), f"{str(row.get('title') or '').strip()} {words}".strip()
