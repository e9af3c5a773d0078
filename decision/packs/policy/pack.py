"""The policy pack: questions answered from documents in their own words, without a language model."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from decision.decision import Claim, Conclusion, Derivation, PassageRef, Qualifier, Status
from decision.facts import Case, Fact
from decision.pack import DomainPack, Findings, Found
from decision.packs.policy.passages import Limits, Quote, Selection, select
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind, Span
from retrieval.query import ClauseQuery, RecordQuery

PASSAGES: Final = "passages"
"""The name of the one query that this pack asks."""

_FOLDER: Final = Path(__file__).parent
_LIMIT: Final = 8
_LONGEST_QUERY: Final = 2000
_LEGAL_ADVICE: Final = re.compile(
    r"\b(?:legal advice|lawyers?|attorneys?|solicitors?|sue|suing|lawsuits?|take .{1,40} to court|in court"
    r"|(?:my|our) chances|am i liable|are we liable)\b",
    re.IGNORECASE,
)
_NO_QUESTION: Final = "question: nothing was asked; expected a question in words; state it"


class PolicyAnswers:
    """A question answered by sentences quoted from the documents found, or not answered."""

    name: str = "policy"
    title: str = "Questions answered from documents"
    version: str = "1"
    folder: Path = _FOLDER
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None

    def __init__(self) -> None:
        self.schema = FactSchema.load(_FOLDER / "facts.toml")
        self.rulebook = RuleBook.load(_FOLDER, self.schema)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask the question itself, for the best passages; nothing when nothing was asked."""
        del parameters
        question = _question(case)
        return {PASSAGES: ClauseQuery(text=question[:_LONGEST_QUERY], limit=_LIMIT)} if question else {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """How well the passages cover the question, and whether it asks for legal advice."""
        del facts
        question = _question(case)
        if not question:
            return Derivation(impossible=(_NO_QUESTION,))
        chosen = _selection(case, evidence, parameters)
        share = _rounded(chosen)
        coverage = None if share is None else Decimal(str(share))
        return Derivation(
            facts=(
                Fact("passages_found", Decimal(chosen.passages), "evidence"),
                Fact("coverage", coverage, "evidence"),
                Fact("has_counter_evidence", bool(chosen.exceptions), "evidence"),
                Fact("asks_legal_advice", _LEGAL_ADVICE.search(question) is not None, "derived"),
            ),
            working={"not_covered": [*chosen.uncovered]},
        )

    def conclude(self, findings: Findings) -> Conclusion:
        """Give the quotes where the evidence supports an answer, else an abstention that says what was missing."""
        if findings.derivation.impossible:
            return _abstained(findings.derivation.impossible, None, findings.parameters)
        chosen = _selection(findings.case, findings.evidence, findings.parameters)
        supported = findings.facts.get("answer_supported")
        if supported is None or supported.value is not True or not chosen.quotes:
            return _abstained(_missing(chosen), chosen, findings.parameters)
        first = _plain(chosen.quotes[0].sentence.text)
        return Conclusion(
            status="decided",
            answer={
                "outcome": first,
                "quotes": [
                    {
                        "text": quote.sentence.text,
                        "document": quote.chunk.document_id,
                        "clause": quote.chunk.clause_key,
                        "score": round(quote.score, 4),
                    }
                    for quote in chosen.quotes
                ],
                "coverage": _rounded(chosen),
                "not_covered": [*chosen.uncovered],
            },
            claims=tuple(_claim(quote) for quote in chosen.quotes),
            counter_evidence=tuple(_claim(quote) for quote in chosen.exceptions),
            qualifier=_qualifier(chosen, "decided", findings.parameters),
            summary=first,
        )


def _question(case: Case) -> str:
    return (case.question or "").strip()


def _selection(case: Case, evidence: Found, parameters: Parameters) -> Selection:
    limits = Limits(
        quotes=int(parameters.number("quotes_limit")), lexical_weight=float(parameters.number("lexical_weight"))
    )
    return select(_question(case), evidence.get(PASSAGES, ()), limits)


def _claim(quote: Quote) -> Claim:
    chunk, sentence = quote.chunk, quote.sentence
    start = chunk.span.start
    place = PassageRef(
        revision_id=chunk.revision_id,
        document_id=chunk.document_id,
        key=chunk.clause_key,
        span=Span(start=start + sentence.start, end=start + sentence.end, page=chunk.span.page),
    )
    return Claim(text=sentence.text, cites=(place,))


def _plain(text: str) -> str:
    return " ".join(text.replace("**", "").split())


def _rounded(chosen: Selection | None) -> float | None:
    return None if chosen is None or chosen.coverage is None else round(chosen.coverage, 4)


def _missing(chosen: Selection) -> tuple[str, ...]:
    if chosen.coverage is None:
        return ("The question has no word that could be looked for; say what it is about.",)
    if not chosen.passages:
        return ("No passage that may be read and is in force shares words with the question.",)
    covered = f"The passages found cover {chosen.coverage:.0%} of the question's words"
    return (f"{covered}; not found: {', '.join(chosen.uncovered)}.",)


def _abstained(reasons: tuple[str, ...], chosen: Selection | None, parameters: Parameters) -> Conclusion:
    return Conclusion(
        status="abstained",
        answer={"outcome": "no answer", "quotes": [], "coverage": _rounded(chosen)},
        claims=(),
        qualifier=_qualifier(chosen, "abstained", parameters),
        summary="The documents do not answer this question.",
        reasons=reasons,
    )


def _qualifier(chosen: Selection | None, status: Status, parameters: Parameters) -> Qualifier:
    """Band by coverage alone: too few answers have been judged to state a probability (clause 3.4).

    It is low exactly where clause 4.3 has a person look.
    """
    coverage = Decimal(str(_rounded(chosen) or 0))
    thin = parameters.number("coverage_limit") + parameters.number("coverage_grey")
    band = "low"
    if status == "decided" and coverage > thin:
        band = "high" if coverage >= 1 and not (chosen and chosen.exceptions) else "medium"
    return Qualifier(
        method="evidence_support",
        band=band,
        notes=(
            f"The quotes cover {coverage:.0%} of the question's words.",
            "No probability is given: too few answers have been judged by people to measure one.",
        ),
    )


PACK: Final[DomainPack] = PolicyAnswers()
