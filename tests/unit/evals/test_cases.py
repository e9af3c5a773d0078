"""What labelled cases and decisions come to as scores."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue

from evals.cases import EvalCase, Found, Score, read_cases, score, summary
from evals.datasets import EvaluationError
from evals.deciding import measure_cases

CLAUSE = "airline-disruption-policy#8.1"


def owed(
    *, eligible: bool = True, strict: bool = True, clauses: tuple[str, ...] = (), regime: str = "EU261"
) -> EvalCase:
    expected: dict[str, Any] = {"regime": regime, "eligible": eligible, "amount": 250 if eligible else 0}
    expected |= {"currency": "EUR"} if eligible else {}
    return EvalCase(case_id="c", facts={}, expected=expected, strict=strict, policy_clauses=clauses)


def found(*, eligible: bool | None, value: str | None = None, review: bool = False) -> Found:
    verdict: dict[str, Any] = {"regime": "EU261", "eligible": eligible, "amount": value, "currency": "EUR"}
    return Found(verdict, (CLAUSE,), review=review)


def label(decision: str, amounts: Sequence[JsonValue] = (), **expected: JsonValue) -> EvalCase:
    return EvalCase(case_id="c", facts={}, expected={"decision": decision, "amounts": [*amounts], **expected})


def granted(decision: str | None, amounts: Sequence[JsonValue] = (), *, review: bool = False) -> Found:
    return Found({"decision": decision, "amounts": [*amounts]}, (), review=review)


def refund(value: JsonValue, to: str | None = "card", currency: str = "USD") -> JsonValue:
    written: dict[str, JsonValue] = {"kind": "refund", "value": value, "currency": currency}
    return {**written, "to": to} if to else written


def test_the_right_amount_is_right() -> None:
    one = score(owed(), found(eligible=True, value="250.00"))
    assert (one.decision, one.right, one.amount_right, one.correct) == ("allow", True, True, True)


def test_another_amount_is_a_right_decision_with_a_wrong_amount() -> None:
    one = score(owed(), found(eligible=True, value="400"))
    assert (one.right, one.amount_right, one.correct) == (True, False, False)


def test_another_regime_is_wrong() -> None:
    assert not score(owed(regime="UK261"), found(eligible=True, value="250")).right


def test_what_is_not_known_is_neither_allowed_nor_denied() -> None:
    for eligible in (True, False):
        one = score(owed(eligible=eligible), found(eligible=None))
        assert (one.decision, one.correct) == ("undecided", False)
    assert not score(label("deny"), granted(None)).right


def test_a_label_that_allows_it_is_met_by_review_only() -> None:
    assert score(owed(strict=False), found(eligible=None, review=True)).correct
    assert not score(owed(strict=False), found(eligible=None)).correct
    assert not score(owed(strict=True), found(eligible=None, review=True)).correct


def test_granting_what_should_be_denied_is_counted_apart() -> None:
    scores = [
        score(owed(eligible=False), found(eligible=True, value="250", review=True)),
        score(owed(eligible=False), found(eligible=False)),
        score(owed(), found(eligible=True, value="250")),
        score(label("deny"), granted("allow_partial")),
        score(label("answer"), granted("answer")),
    ]
    figures = summary(scores)
    assert (figures["n"], figures["wrong_allow"]) == (5, 2)
    assert figures["decision_accuracy"] == pytest.approx(3 / 5)
    assert figures["amount_exact"] == 1.0
    assert figures["review_rate"] == pytest.approx(1 / 5)


def test_clauses_are_measured_where_they_are_labelled() -> None:
    scores = [score(owed(clauses=(CLAUSE, "another#1")), found(eligible=True, value="250"))]
    figures = summary(scores)
    assert (figures["clause_precision"], figures["clause_recall"]) == (1.0, 0.5)


def test_nothing_measured_is_not_zero() -> None:
    scores: list[Score] = [score(owed(), found(eligible=False))]
    figures = summary(scores)
    assert (figures["clause_precision"], figures["clause_recall"], figures["amount_exact"]) == (None, None, None)


@pytest.mark.parametrize(
    ("stated", "right"),
    [
        ([refund("624.0")], True),
        ([refund("624", to="other")], False),
        ([refund("624", currency="EUR")], False),
        ([refund("623")], False),
        ([refund(None)], False),
        ([], False),
        ([refund("624"), refund("1")], False),
    ],
)
def test_sums_are_compared_one_by_one(stated: Sequence[JsonValue], *, right: bool) -> None:
    assert score(label("allow", [refund(624)]), granted("allow", stated)).amount_right is right


def test_a_label_that_names_no_receiver_accepts_any() -> None:
    assert score(label("allow", [refund(624, to=None)]), granted("allow", [refund("624")])).correct


def test_a_hand_over_counts_where_the_label_allows_one() -> None:
    assert score(label("deny", human_handoff="allowed"), granted("transfer")).correct
    assert not score(label("deny", human_handoff=False), granted("transfer")).correct
    assert score(label("deny", acceptable_alternatives=["transfer"]), granted("transfer")).correct


def test_sums_are_written_as_labels_write_them() -> None:
    figures = summary([score(label("allow", [refund(624)]), granted("allow", [refund("624.00")]))])
    assert figures["results"] == [
        {
            "case_id": "c",
            "decision": "allow",
            "amounts": [{"kind": "refund", "value": 624, "currency": "USD", "to": "card"}],
            "clauses": [],
            "review": False,
            "correct": True,
        }
    ]


def lines(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


ROW: Mapping[str, Any] = {"case_id": "a", "facts": {"steps": ["add_insurance"]}, "expected": {"decision": "deny"}}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("not json", "line 3: not JSON"),
        ("[1]", "line 3: expected a JSON object"),
        ({"case_id": "b"}, r"line 3: case b: facts"),
        ({"case_id": "b", "facts": {}, "expected": {}}, r"line 3: case b: expected\.decision"),
    ],
)
def test_a_malformed_line_is_named_by_its_number(tmp_path: Path, row: object, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        read_cases(lines(tmp_path / "cases.jsonl", ROW, "", row), "reservation")


def test_cases_of_other_packs_are_left_out(tmp_path: Path) -> None:
    path = lines(tmp_path / "cases.jsonl", {**ROW, "pack": "passenger_rights"}, {**ROW, "policy_pack": "a carrier's"})
    assert len(read_cases(path, "reservation")) == 1
    path = lines(tmp_path / "cases.jsonl", {**ROW, "pack": "passenger_rights"})
    with pytest.raises(EvaluationError, match="no case of the pack reservation"):
        read_cases(path, "reservation")


def test_cases_are_decided_by_the_engine(tmp_path: Path) -> None:
    wrong = {**ROW, "case_id": "b", "facts": {"steps": ["fly"]}}
    figures = measure_cases("reservation", lines(tmp_path / "cases.jsonl", ROW, wrong))
    first, second = cast("Sequence[Mapping[str, Any]]", figures["results"])
    assert (first["decision"], first["clauses"], first["correct"]) == ("deny", ["INS-NOADD"], True)
    assert (second["decision"], second["review"], second["correct"]) == ("undecided", True, False)
    assert "steps" in str(second["problem"])


def test_a_pack_or_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = lines(tmp_path / "cases.jsonl", ROW)
    with pytest.raises(EvaluationError, match=r"--pack: .*did you mean 'reservation'"):
        measure_cases("reservations", path)
    with pytest.raises(EvaluationError, match="real_estate has no scoring"):
        measure_cases("real_estate", path)
    with pytest.raises(EvaluationError, match=r"missing\.jsonl"):
        measure_cases("reservation", tmp_path / "missing.jsonl")
    with pytest.raises(EvaluationError, match=r"--parameters: .*missing\.toml"):
        measure_cases("reservation", path, parameters=tmp_path / "missing.toml")
    strange = lines(tmp_path / "strange.toml", '[[parameter]]\nname = "bag_feee"\ntype = "number"\nvalue = 1')
    with pytest.raises(EvaluationError, match="--parameters"):
        measure_cases("reservation", path, parameters=strange)
