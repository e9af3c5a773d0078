"""Turns labelled cases and what the rules make of them into scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from evals.datasets import EvaluationError, read_numbered_rows

Amounts = Sequence[Mapping[str, JsonValue]]

GRANTED = frozenset({"allow", "allow_partial"})
"""Decisions that grant something."""


class ClauseLabel(BaseModel):
    """A clause that a label names."""

    model_config = ConfigDict(frozen=True)

    id: str


class EvalCase(BaseModel):
    """One labelled case. A case that is not `strict` counts as right, too, when it goes to a person.

    `expected` is either a decision with its amounts, or a right (regime, eligible, amount, currency).
    """

    model_config = ConfigDict(frozen=True)

    case_id: str
    pack: str | None = None
    policy_pack: str | None = None
    facts: Mapping[str, JsonValue]
    expected: Mapping[str, JsonValue]
    question: str | None = None
    as_of: date | None = None
    strict: bool = True
    policy_clauses: tuple[ClauseLabel | str, ...] = ()

    @property
    def clauses(self) -> frozenset[str]:
        """The ids of the clauses that justify the label."""
        return frozenset(one if isinstance(one, str) else one.id for one in self.policy_clauses)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one case: verdict, clauses it rests on, whether a person must look, or why it was refused."""

    verdict: Mapping[str, JsonValue]
    clauses: tuple[str, ...]
    review: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How what was found compares with the label."""

    case: EvalCase
    found: Found
    decision: str
    amounts: Amounts
    right: bool
    amount_right: bool

    @property
    def wrong_allow(self) -> bool:
        """Whether something was granted that the label denies."""
        return self.decision in GRANTED and expected_decision(self.case.expected) not in GRANTED

    @property
    def correct(self) -> bool:
        """Decision and amounts are as expected, or a person looks where the label allows that."""
        return (self.right and self.amount_right) or self.left_to_a_person

    @property
    def left_to_a_person(self) -> bool:
        """Whether a person looks, and the label allows that."""
        return self.found.review and not self.case.strict


def read_cases(path: Path, pack: str) -> list[EvalCase]:
    """Read labelled cases (JSON Lines) of one pack; a case that names no pack of ours is taken to be of this one."""
    if not path.is_file():
        raise EvaluationError(f"--cases: there is no file {path}; name labelled cases, one JSON object a line.")
    cases = [_case(row, f"{path}, line {number}") for number, row in read_numbered_rows(path)]
    chosen = [case for case in cases if case.pack in {None, pack}]
    if not chosen:
        raise EvaluationError(f"{path} holds no case of the pack {pack}.")
    return chosen


def expected_decision(expected: Mapping[str, JsonValue]) -> str:
    """Give the decision that a label states, or that a right comes to."""
    return str(expected["decision"]) if "decision" in expected else "allow" if expected["eligible"] else "deny"


def score(case: EvalCase, found: Found) -> Score:
    """Compare what was found with the label. What is neither granted nor denied is `undecided`, hence wrong."""
    if "decision" in case.expected:
        decision, amounts = str(found.verdict.get("decision") or "undecided"), _listed(found.verdict.get("amounts"))
        right, amount_right = _decided(case.expected, decision, amounts)
    else:
        eligible = found.verdict.get("eligible")
        decision = "allow" if eligible is True else "deny" if eligible is False else "undecided"
        amounts = _compensation(found.verdict) if eligible is True else []
        right = decision == expected_decision(case.expected) and _same_regime(case.expected, found.verdict)
        amount_right = _same_amounts(_compensation(case.expected) if case.expected["eligible"] else [], amounts)
    return Score(case, found, decision, amounts, right, amount_right)


def summary(scores: Sequence[Score]) -> dict[str, JsonValue]:
    """Sum up: shares of all cases, `amount_exact` among the right decisions; null where nothing could be measured.

    `wrong_allow` counts decisions that grant what should be denied, whether or not a person would have looked.
    """
    right = [one for one in scores if one.right]
    labelled = [one for one in scores if one.case.clauses]
    hits = sum(len({*one.found.clauses} & one.case.clauses) for one in labelled)
    return {
        "n": len(scores),
        "decision_accuracy": _share(sum(one.right or one.left_to_a_person for one in scores), len(scores)),
        "amount_exact": _share(sum(one.amount_right for one in right), len(right)),
        "wrong_allow": sum(one.wrong_allow for one in scores),
        "clause_precision": _share(hits, sum(len({*one.found.clauses}) for one in labelled)),
        "clause_recall": _share(hits, sum(len(one.case.clauses) for one in labelled)),
        "review_rate": _share(sum(one.found.review for one in scores), len(scores)),
        "results": [_result(one) for one in scores],
    }


def _case(row: Mapping[str, object], place: str) -> EvalCase:
    try:
        case = EvalCase.model_validate(row)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(f"{place}: case {row.get('case_id')}: {field}: {first['msg']}.") from None
    if not {"decision", "eligible"} & set(case.expected):
        expected = "expected either a decision, or whether something is owed (eligible)"
        raise EvaluationError(f"{place}: case {case.case_id}: expected.decision, expected.eligible: {expected}.")
    return case


def _decided(expected: Mapping[str, JsonValue], decision: str, amounts: Amounts) -> tuple[bool, bool]:
    """Compare with the label, and with what it accepts besides: a hand-over to a person where it allows one."""
    others = expected.get("acceptable_alternatives")
    accepted = [expected] + [
        {**expected, **other} if isinstance(other, Mapping) else {**expected, "decision": other}
        for other in (others if isinstance(others, list) else [])
    ]
    if expected.get("human_handoff") in {True, "allowed", "required"}:
        accepted.append({"decision": "transfer", "amounts": []})
    fitting = [one for one in accepted if one.get("decision") == decision]
    return bool(fitting), any(_same_amounts(_listed(one.get("amounts")), amounts) for one in fitting or [expected])


def _listed(amounts: JsonValue) -> list[Mapping[str, JsonValue]]:
    return [one for one in amounts if isinstance(one, Mapping)] if isinstance(amounts, list) else []


def _compensation(right: Mapping[str, JsonValue]) -> list[Mapping[str, JsonValue]]:
    return [{"kind": "compensation", "value": right.get("amount"), "currency": right.get("currency")}]


def _same_regime(expected: Mapping[str, JsonValue], found: Mapping[str, JsonValue]) -> bool:
    return "regime" not in expected or expected["regime"] == found.get("regime")


def _same_amounts(expected: Amounts, found: Amounts) -> bool:
    """Tell whether the same sums are stated, each to whom the label says (where it says so)."""
    left = list(found)
    for wanted in expected:
        fitting = next((one for one in left if _is(one, wanted)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not left


def _is(found: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue]) -> bool:
    named = [name for name in ("kind", "currency", "unit", "to") if wanted.get(name) is not None]
    return all(found.get(name) == wanted[name] for name in named) and _number(found) == _number(wanted) is not None


def _number(amount: Mapping[str, JsonValue]) -> Decimal | None:
    try:
        return Decimal(str(amount.get("value")))
    except InvalidOperation:
        return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _result(one: Score) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {} if one.found.problem is None else {"problem": one.found.problem}
    return {
        "case_id": one.case.case_id,
        "decision": one.decision,
        "amounts": [_written(amount) for amount in one.amounts],
        "clauses": [*one.found.clauses],
        "review": one.found.review,
        "correct": one.correct,
        **told,
    }


def _written(amount: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Write a sum as labels do: its value a number."""
    value = _number(amount)
    if value is None:
        return {**amount, "value": None}
    return {**amount, "value": int(value) if value == value.to_integral_value() else float(value)}
