"""Turns labelled passenger-rights cases and the decisions made of them into scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from evals.datasets import EvaluationError, read_rows
from service.records import ReleasedDecision

PACKS = ("passenger_rights",)
"""Packs whose labelled cases can be scored."""


class Expected(BaseModel):
    """What a labelled case should come to: the regime, whether compensation is due, and how much for one passenger."""

    model_config = ConfigDict(frozen=True)

    regime: str
    eligible: bool
    amount: Decimal = Decimal(0)
    currency: str | None = None


class EvalCase(BaseModel):
    """One labelled case. A case that is not `strict` counts as right, too, when it goes to a person."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    pack: str
    facts: Mapping[str, JsonValue]
    expected: Expected
    question: str | None = None
    as_of: date | None = None
    strict: bool = True
    policy_clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """How one decision compares with what was expected; clauses are those of the conclusions that were drawn."""

    case: EvalCase
    decision: str
    amounts: tuple[Mapping[str, JsonValue], ...]
    clauses: tuple[str, ...]
    review: bool
    right: bool
    amount_right: bool

    @property
    def correct(self) -> bool:
        """Decision and amount are as expected, or a person looks where the label allows that."""
        return (self.right and self.amount_right) or (self.review and not self.case.strict)


def read_cases(path: Path, pack: str) -> list[EvalCase]:
    """Read labelled cases (JSON Lines) of one pack."""
    if pack not in PACKS:
        raise EvaluationError(f"--pack: {pack} has no scoring yet; expected one of {', '.join(PACKS)}.")
    cases = [_case(row, path) for row in read_rows(path)]
    chosen = [case for case in cases if case.pack == pack]
    if not chosen:
        raise EvaluationError(f"{path} holds no case of the pack {pack}.")
    return chosen


def facts_of(case: EvalCase) -> dict[str, JsonValue]:
    """Name a labelled case's facts in the pack's words: its WGS84 distance is our `distance_km`."""
    facts = dict(case.facts)
    distance = facts.pop("distance", None)
    if isinstance(distance, Mapping) and "wgs84_km" in distance:
        facts["distance_km"] = distance["wgs84_km"]
    return facts


def score(case: EvalCase, released: ReleasedDecision) -> Score:
    """Compare a decision with its label. What is neither granted nor denied is `undecided`, hence wrong."""
    eligible = released.answer.get("eligible")
    decision = "allow" if eligible is True else "deny" if eligible is False else "undecided"
    compensation = released.answer.get("compensation")
    amounts = (compensation,) if decision == "allow" and isinstance(compensation, Mapping) else ()
    wanted = "allow" if case.expected.eligible else "deny"
    return Score(
        case=case,
        decision=decision,
        amounts=amounts,
        clauses=tuple(
            sorted({check.clause for check in released.policy_checks if (check.kind, check.result) == _DRAWN})
        ),
        review=released.review.required,
        right=decision == wanted and released.answer.get("regime") == case.expected.regime,
        amount_right=[_money(found) for found in amounts] == _wanted(case.expected),
    )


def summary(scores: Sequence[Score]) -> dict[str, JsonValue]:
    """Sum up: shares of all cases, `amount_exact` among the right decisions; null where nothing could be measured.

    `wrong_allow` counts decisions that grant what should be denied, whether or not a person would have looked.
    """
    right = [found for found in scores if found.right]
    labelled = [found for found in scores if found.case.policy_clauses]
    hits = sum(len(set(found.clauses) & set(found.case.policy_clauses)) for found in labelled)
    return {
        "n": len(scores),
        "decision_accuracy": _share(sum(_decided_well(found) for found in scores), len(scores)),
        "amount_exact": _share(sum(found.amount_right for found in right), len(right)),
        "wrong_allow": sum(found.decision == "allow" and not found.case.expected.eligible for found in scores),
        "clause_precision": _share(hits, sum(len(set(found.clauses)) for found in labelled)),
        "clause_recall": _share(hits, sum(len(set(found.case.policy_clauses)) for found in labelled)),
        "review_rate": _share(sum(found.review for found in scores), len(scores)),
        "results": [_result(found) for found in scores],
    }


_DRAWN = ("conclusion", "pass")


def _case(row: Mapping[str, object], path: Path) -> EvalCase:
    try:
        return EvalCase.model_validate(row)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(f"{path}: case {row.get('case_id')}: {place}: {first['msg']}.") from None


def _money(amount: Mapping[str, JsonValue]) -> tuple[Decimal, str]:
    return Decimal(str(amount["per_passenger"])), str(amount["currency"])


def _wanted(expected: Expected) -> list[tuple[Decimal, str]]:
    return [(expected.amount, str(expected.currency))] if expected.eligible else []


def _decided_well(found: Score) -> bool:
    return found.right or (found.review and not found.case.strict)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _result(found: Score) -> dict[str, JsonValue]:
    return {
        "case_id": found.case.case_id,
        "decision": found.decision,
        "amounts": [dict(amount) for amount in found.amounts],
        "clauses": list(found.clauses),
        "review": found.review,
        "correct": found.correct,
    }
