"""What assumptions and missing facts are worth, in words and in values worth trying."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import JsonValue

from decision.decision import Decision, EscalationReason, Status
from decision.engine import decide
from decision.expressions.evaluate import Reading
from decision.facts import FactType, FactValue, Money
from decision.pack import DomainPack
from decision.probing import Tried, ask_for, effect, possible_values

TODAY = date(2026, 6, 1)
Answering = Callable[..., Decision]


@pytest.fixture
def answering(library: DomainPack) -> Answering:
    sent: Mapping[str, JsonValue] = {"due": "2026-06-10", "renewals": 1, "reserved": False}
    decision = decide(library, library.schema.read("library", sent, TODAY), {}, probe=False)

    def answering(outcome: JsonValue, status: Status = "decided") -> Decision:
        return replace(decision, status=status, answer={"outcome": outcome})

    return answering


def test_an_effect_on_a_number_is_a_range(answering: Answering) -> None:
    tried = [Tried("fair", answering("182000")), Tried("good", answering(201500)), Tried("poor", answering(190000))]
    assert effect("average", answering("190000"), tried) == (
        "The outcome would lie between 182,000 (fair) and 201,500 (good), instead of 190,000 with average."
    )
    assert effect("average", answering(12), tried[:1]) == (
        "The outcome would be 182,000 with fair, instead of 12 with average."
    )


def test_an_effect_on_words_names_each_outcome(answering: Answering) -> None:
    tried = [Tried("fair", answering(outcome=True)), Tried("good", answering("1", "abstained"))]
    assert effect("average", answering(outcome=False), tried) == (
        "With fair: true; with good: abstained; with average, as assumed: false."
    )


def test_no_effect_says_so_and_no_trial_reassures_nobody(answering: Answering) -> None:
    tried = [Tried(value, answering("1")) for value in ("fair", "good", "poor")]
    same = "The outcome stays the same with fair, good or poor instead of average."
    assert effect("average", answering("1"), tried) == same
    assert effect("average", answering("1"), []).endswith("the outcome may change.")


def test_without_probe_nothing_is_claimed_to_be_without_influence(library: DomainPack) -> None:
    case = library.schema.read("library", {"due": "2026-06-10", "renewals": 1}, TODAY)
    decision = decide(library, case, {}, probe=False)
    assert [(one.fact, one.changes_outcome) for one in decision.assumptions] == [("reader", True)]
    assert [(one.fact, one.changes_outcome) for one in decision.missing] == [("reserved", True)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reserved", (True, False)),
        ("reader", ("adult", "child", "staff")),
        ("renewals", (Decimal(3), Decimal(2), Decimal(4), Decimal(0), Decimal(50), Decimal(1))),
        (
            "overdue",
            (
                timedelta(0),
                timedelta(minutes=-1),
                timedelta(minutes=1),
                timedelta(days=30),
                timedelta(days=30, minutes=-1),
                timedelta(days=30, minutes=1),
            ),
        ),
        ("due", (date(2026, 11, 20),)),
        ("shelf", ()),
    ],
)
def test_tries_values_around_the_limits_of_the_rules(
    library: DomainPack, name: str, expected: tuple[FactValue, ...]
) -> None:
    rules = library.rulebook.on(TODAY)
    definition = library.schema.definitions[name]
    assert possible_values(definition, rules, Reading({}, rules.parameters.values)) == expected


def test_tries_amounts_within_their_bounds(library: DomainPack) -> None:
    rules = library.rulebook.on(TODAY)
    fee = library.schema.definitions["fee"].model_copy(update={"minimum": Decimal(15), "type": FactType.MONEY})
    values = possible_values(fee, rules, Reading({}, rules.parameters.values))
    assert values == (Money(value=Decimal(15), currency="EUR"), Money(value=Decimal(16), currency="EUR"))


@pytest.mark.parametrize(("limits", "changes"), [((10, 20), False), ((10, 20, 30, 40, 45), True)])
def test_a_fact_with_more_values_than_are_tried_may_change_the_outcome(
    library_in: Callable[[Path], DomainPack], tmp_path: Path, limits: tuple[int, ...], *, changes: bool
) -> None:
    folder = copytree(Path(__file__).parent / "toy", tmp_path / "toy")
    rules = (folder / "rules.toml").read_text()
    further = "".join(f" or renewals == {limit}" for limit in limits)
    (folder / "rules.toml").write_text(rules.replace("overdue >= $lost_after or", f"blocked{further} or"))
    pack = library_in(folder)
    case = pack.schema.read("library", {"due": "2026-06-10", "renewals": 1, "reserved": False}, TODAY)
    base = decide(pack, case, {}, probe=False)
    asked = ask_for(["renewals"], pack.rulebook.on(TODAY), pack.schema.definitions, base, lambda _name, _value: base)
    assert [(one.missing.fact, one.missing.changes_outcome, one.decides) for one in asked] == [
        ("renewals", changes, changes)
    ]


def test_an_effect_on_review_alone_is_an_effect(answering: Answering) -> None:
    reason = EscalationReason(code="too_high", level="legal", message="Too high.", rule_id="R1")
    reviewed = replace(answering("12"), escalations=(reason,))
    assert effect("average", answering("12"), [Tried("fair", reviewed)]) == (
        "With fair: 12 (review by legal (too_high)); with average, as assumed: 12."
    )
    assert "(no review by legal (too_high))" in effect("average", reviewed, [Tried("fair", answering("12"))])


def test_the_most_decisive_fact_is_asked_for_first(library: DomainPack, answering: Answering) -> None:
    base = answering("12")

    def probe(name: str, value: FactValue) -> Decision:
        turns = {"reserved": True, "renewals": value == Decimal(3), "reader": False}[name]
        return answering("13") if turns else base

    rules = library.rulebook.on(TODAY)
    asked = ask_for(["reader", "renewals", "reserved"], rules, library.schema.definitions, base, probe)
    assert [(one.missing.fact, one.missing.changes_outcome) for one in asked] == [
        ("reserved", True),
        ("renewals", True),
        ("reader", False),
    ]
    assert [round(one.weight, 2) for one in asked] == [1.0, 0.17, 0.0]
