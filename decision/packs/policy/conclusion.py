"""Turns the selected quotes and what the rules made of them into an answer, an abstention, or a question back."""

from collections.abc import Sequence
from typing import Literal

from decision.decision import Claim, Conclusion, PassageRef, Qualifier, RuleOutcome
from decision.packs.policy.passages import Selection
from decision.packs.policy.weighing import Quote
from retrieval.corpus import Span


def answered(chosen: Selection, outcomes: Sequence[RuleOutcome]) -> Conclusion:
    """Answer with the quotes, the exceptions beside them as counter-evidence."""
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
            "coverage": round(chosen.coverage, 4),
            "similarity": _rounded(chosen.similarity),
            "not_covered": [*chosen.uncovered],
            **({"copies": [*chosen.copies]} if chosen.copies else {}),
        },
        claims=tuple(_claim(quote) for quote in chosen.quotes),
        counter_evidence=tuple(_claim(quote) for quote in chosen.exceptions),
        qualifier=_qualifier(chosen, "low" if _is_reviewed(outcomes) else "medium"),
        summary=first,
    )


def abstained(chosen: Selection, outcomes: Sequence[RuleOutcome]) -> Conclusion:
    """Say in one sentence why the documents do not answer."""
    return Conclusion(
        status="abstained",
        answer={
            "outcome": "no answer",
            "quotes": [],
            "coverage": round(chosen.coverage, 4),
            "similarity": _rounded(chosen.similarity),
        },
        claims=(),
        qualifier=_qualifier(chosen, "low"),
        summary="The documents do not answer this question.",
        reasons=(_missing(chosen, outcomes),),
    )


def asked_again(words: int) -> Conclusion:
    """Ask for a question in words, of which there were too few that say what it is about."""
    had = "none of its words says" if words == 0 else "only one of its words says"
    return Conclusion(
        status="needs_facts",
        answer={"outcome": "no question"},
        claims=(),
        qualifier=Qualifier(method="evidence_support", band="low", notes=("No question was understood.",)),
        summary="Ask a question in words.",
        reasons=(f"question: {had} what it is about; ask in words, such as: When is a refund due?",),
    )


def _missing(chosen: Selection, outcomes: Sequence[RuleOutcome]) -> str:
    held = {outcome.rule_id for outcome in outcomes if outcome.state == "held"}
    if "ANSWER-ORDER" in held:
        return "The passage that fits best orders its reader about instead of stating a rule; it is not quoted."
    if "ANSWER-NO-PASSAGE" in held:
        return "No passage that may be read and is in force shares words with the question."
    if "ANSWER-TOO-GENERAL" in held:
        return f"{chosen.rivals + 1} clauses fit the question alike; say more closely what you want to know."
    named = ", ".join(f"'{word}'" for word in chosen.uncovered)
    if "ANSWER-INSUFFICIENT" in held and chosen.sufficiency is not None:
        about = f" They say nothing, or too little, about {named}." if named else " Name the document or the topic."
        return (
            f"The documents found can hardly answer this: the probability is {chosen.sufficiency.probability:.0%}, "
            f"and less than {chosen.sufficiency.answer_line:.0%} is no answer.{about}"
        )
    if named:
        return f"The documents found say nothing, or too little, about {named}."
    return "The passages found have the question's words, but are not about what it asks."


def _is_reviewed(outcomes: Sequence[RuleOutcome]) -> bool:
    """Tell whether a review rule holds or is undetermined: what a person must look at is of low certainty."""
    return any(outcome.kind == "review" and outcome.result in {"fail", "undetermined"} for outcome in outcomes)


def _qualifier(chosen: Selection, band: Literal["low", "medium"]) -> Qualifier:
    """Band an answer, never as high: too few answers have been judged to measure how many are right (clause 3.4)."""
    notes = [f"The quotes and their headings cover {chosen.coverage:.0%} of the question's words."]
    if chosen.similarity is not None:
        notes.append(f"The similarity of clause and question is {chosen.similarity:.2f}.")
    if chosen.copies:
        notes.append(f"The same words stand in {', '.join(chosen.copies)}; copies are no further support.")
    known = chosen.sufficiency
    if known is None:
        notes.append("No probability is given: none was measured for how these documents were searched.")
        return Qualifier(method="evidence_support", band=band, notes=tuple(notes))
    notes.append(
        f"The probability, by {known.method}, is that the documents found can answer the question ({known.verdict}); "
        "too few answers have been judged by people to measure how many are right."
    )
    return Qualifier(
        method="evidence_support",
        value=round(known.probability, 4),
        band=band,
        calibrated_on=known.calibrated_on,
        n=known.n,
        reliability=known.reliability,
        notes=tuple(notes),
    )


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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
