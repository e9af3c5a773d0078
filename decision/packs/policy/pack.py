"""The policy pack: questions answered from documents in their own words, without a language model."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from decision.decision import Conclusion, Derivation
from decision.facts import Case, Fact
from decision.pack import DomainPack, Findings, Found
from decision.packs.policy.conclusion import abstained, answered, asked_again
from decision.packs.policy.passages import Selection, select
from decision.packs.policy.question import QuestionSchema, asks_legal_advice, is_negated, words_asked
from decision.packs.policy.weighing import Weights
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

PASSAGES: Final = "passages"
"""The name of the one query that this pack asks."""

_FOLDER: Final = Path(__file__).parent
_LIMIT: Final = 12
_LONGEST_QUERY: Final = 2000


class PolicyAnswers:
    """A question answered by sentences quoted from the documents found, or not answered."""

    name: str = "policy"
    title: str = "Questions answered from documents"
    version: str = "3"
    folder: Path = _FOLDER
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None

    def __init__(self) -> None:
        self.schema: FactSchema = QuestionSchema.load(_FOLDER / "facts.toml")
        self.rulebook = RuleBook.load(_FOLDER, self.schema)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask the question itself, for the best passages; nothing when it does not say what it is about."""
        question = _question(case)
        if words_asked(question) < parameters.number("fewest_words"):
            return {}
        return {PASSAGES: ClauseQuery(text=question[:_LONGEST_QUERY], limit=_LIMIT)}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """How well the best clause answers the question, what speaks against it, and what kind of question it is."""
        del facts
        question = _question(case)
        chosen = _selection(case, evidence, parameters)
        return Derivation(
            facts=(
                Fact("words_asked", Decimal(words_asked(question)), "derived"),
                Fact("asks_legal_advice", asks_legal_advice(question), "derived"),
                Fact("asks_negated", is_negated(question), "derived"),
                Fact("passages_found", Decimal(chosen.passages), "evidence"),
                Fact("coverage", _number(chosen.coverage), "evidence"),
                Fact("similarity", _number(chosen.similarity), "evidence"),
                Fact("similarity_margin", _number(chosen.margin), "evidence"),
                *_sufficiency(chosen),
                Fact("rivals", Decimal(chosen.rivals), "evidence"),
                Fact("is_best_match", chosen.is_best, "evidence"),
                Fact("has_counter_evidence", bool(chosen.exceptions), "evidence"),
                Fact("states_opposite", bool(chosen.quotes) and chosen.quotes[0].is_opposite, "evidence"),
                Fact("order_is_best_match", chosen.order_is_best, "evidence"),
                Fact("order_beside_answer", chosen.order_beside, "evidence"),
            ),
            working={"not_covered": [*chosen.uncovered]},
        )

    def conclude(self, findings: Findings) -> Conclusion:
        """Give the quotes where the evidence supports an answer, else what is missing in documents or question."""
        asked = words_asked(_question(findings.case))
        if asked < findings.parameters.number("fewest_words"):
            return asked_again(asked)
        chosen = _selection(findings.case, findings.evidence, findings.parameters)
        supported = findings.facts["answer_supported"].value
        if supported is not True or not chosen.quotes:
            return abstained(chosen, findings.outcomes)
        return answered(chosen, findings.outcomes)


def _question(case: Case) -> str:
    return (case.question or "").strip()


def _selection(case: Case, evidence: Found, parameters: Parameters) -> Selection:
    weights = Weights(
        lexical=float(parameters.number("lexical_weight")),
        heading=float(parameters.number("heading_weight")),
        opposite=float(parameters.number("opposite_weight")),
    )
    found = evidence.get(PASSAGES, ())
    return select(_question(case), found, weights, int(parameters.number("quotes_limit")))


def _sufficiency(chosen: Selection) -> tuple[Fact, ...]:
    known = chosen.sufficiency
    return (
        Fact("sufficiency", _number(known and known.probability), "evidence"),
        Fact("sufficiency_line", _number(known and known.answer_line), "evidence"),
        Fact("sufficiency_sure_line", _number(known and known.sure_line), "evidence"),
    )


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 4)))


PACK: Final[DomainPack] = PolicyAnswers()
