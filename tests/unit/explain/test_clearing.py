"""What would move a decision out of review: said by rule, and verified by deciding again."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from decision.decision import Conclusion, Derivation, Qualifier
from decision.engine import decide
from decision.facts import Case, DecisionError, Fact, Money
from decision.pack import Findings, Found
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from explain.clearing import WayOut, ways_out
from explain.steps import stepped
from explain.trials import Trial
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

FACTS = """
[amount]
type = "money"
title = "Amount of the loan"
currency = "USD"
ask = "What is the amount?"
example = 1000

[use]
type = "enum"
title = "Use"
values = ["loan", "other"]
ask = "What is it for?"

[seen_by]
type = "enum"
title = "Seen by"
values = ["nobody", "inspector"]
ask = "Has anybody seen it?"

[area]
type = "number"
title = "Area"
unit = "square_feet"
minimum = 100
step = 100
ask = "How large is it?"

[rooms]
type = "number"
title = "Rooms"
step = 1
minimum = 1
ask = "How many rooms?"

[condition]
type = "number"
title = "Condition"
default = 5
default_reason = "Most are average."
ask = "In which condition is it?"

[lot]
type = "number"
title = "Lot"
example = 5000
ask = "How large is the lot?"

[name]
type = "string"
title = "Name"
example = "Elm Street"
ask = "What is it called?"

[open_fields]
type = "number"
title = "Open fields"
derived = true

[sales]
type = "number"
title = "Sales near"
derived = true

[worth]
type = "money"
title = "Worth"
currency = "USD"
derived = true
"""

RULE = """
[[rule]]
id = "{0}"
title = "{1}"
kind = "{2}"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
{3}condition = "{4}"
code = "{5}"
level = "desk_review"
message = "{1}."
"""

FOR_LOANS = "applies_when = \"use == 'loan'\"\n"

PARAMETERS = """
[[parameter]]
name = "limit"
type = "money"
value = "500"
currency = "USD"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
"""

RULES = "".join(
    RULE.format(*row)
    for row in (
        ("LIMIT", "The limit is reached", "review", FOR_LOANS, "amount >= $limit", "limit_reached"),
        ("SEEN", "Somebody has seen it", "check", FOR_LOANS, "seen_by == 'inspector'", "unseen"),
        ("USE", "It is for a loan", "check", "", "use == 'loan'", "other_use"),
        ("OPEN", "All fields are known", "check", "", "open_fields == 0", "fields_open"),
        ("SALES", "There are sales near", "check", "", "sales >= 3", "few_sales"),
    )
)


class HousePack:
    """A domain whose value is a hundred times the area and that counts what is open."""

    name = "house"
    title = "House"
    version = "1"
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None
    runs = 0
    sales = 5

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schema = FactSchema.load(folder / "facts.toml")
        self.rulebook = RuleBook.load(folder, self.schema)

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask for sales like it in area, and for those in a place of its name."""
        del parameters
        area, name = case.facts.get("area"), case.facts.get("name")
        return {
            "alike": RecordQuery("sale", 5, (float(str(area.value if area else 0)),)),
            "named": ClauseQuery(text=str(name.value if name else "anywhere")),
        }

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Count and value."""
        del case, evidence, parameters
        self.runs += 1
        unsure = [one for one in ("condition", "lot") if facts[one].value is None or facts[one].provenance == "assumed"]
        area = facts["area"].value
        worth = Money(value=100 * area, currency="USD") if isinstance(area, Decimal) else None
        return Derivation(
            facts=(
                Fact("open_fields", Decimal(len(unsure)), "derived"),
                Fact("sales", Decimal(self.sales), "derived"),
                Fact("worth", worth, "derived"),
            )
        )

    def conclude(self, findings: Findings) -> Conclusion:
        """State the worth."""
        worth = findings.facts["worth"].value
        return Conclusion(
            status="decided",
            answer={"outcome": str(worth.value) if isinstance(worth, Money) else "none"},
            claims=(),
            qualifier=Qualifier(method="fact_certainty", band="high"),
            summary="It is worth something.",
        )


@pytest.fixture
def pack(tmp_path: Path) -> HousePack:
    (tmp_path / "facts.toml").write_text(FACTS)
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "parameters.toml").write_text(PARAMETERS)
    return HousePack(tmp_path)


GOOD: dict[str, JsonValue] = {
    "amount": 400,
    "use": "loan",
    "seen_by": "inspector",
    "area": 1500,
    "rooms": 4,
    "condition": 5,
    "lot": 4000,
}


@pytest.fixture
def trial_of(pack: HousePack) -> Callable[..., Trial]:
    def make(**changed: JsonValue) -> Trial:
        case = pack.schema.read("house", {**GOOD, **changed}, date(2025, 1, 1))
        return Trial.of(pack, case, {}, decide(pack, case, {}))

    return make


def only(ways: tuple[WayOut, ...]) -> WayOut:
    (way,) = ways
    return way


def test_without_a_review_there_is_no_way_out(trial_of: Callable[..., Trial]) -> None:
    assert ways_out(trial_of()) == ()


def test_a_limit_names_its_numbers_and_the_nearest_value_that_clears_it(trial_of: Callable[..., Trial]) -> None:
    way = only(ways_out(trial_of(amount=600)))
    assert way.needed.startswith("It must not be so that the limit is reached. Now: ")
    assert way.facts == ("amount",)
    assert way.asks == ("What is the amount?",)
    (found,) = way.verified
    assert found.change == "If “Amount of the loan” were USD 499 instead of USD 600"
    assert found.outcome == "this reason would fall away; no other reason is left"


def test_where_a_rule_applies_is_no_way_around_it(trial_of: Callable[..., Trial]) -> None:
    way = only(ways_out(trial_of(seen_by="nobody")))
    assert way.facts == ("seen_by",)
    assert [one.change for one in way.verified] == ["If “Seen by” were inspector instead of nobody"]


def test_a_change_that_brings_another_reason_is_none(trial_of: Callable[..., Trial]) -> None:
    trial = trial_of(use="other", seen_by="nobody")
    way = only(ways_out(trial))
    assert way.code == "other_use"
    assert way.verified == ()
    assert way.facts == ("use",)


def test_what_is_not_known_is_supplied_together_and_no_more_than_needed(
    trial_of: Callable[..., Trial],
) -> None:
    way = only(ways_out(trial_of(condition=None, lot=None, name=None)))
    assert way.facts == ("condition", "lot")
    (found,) = way.verified
    stated = "If “Condition” were stated to be 5, as assumed, and “Lot” were known, for example 5000"
    assert found.change == stated
    alone = only(ways_out(trial_of(condition=None)))
    assert alone.facts == ("condition",)


def test_a_fact_that_is_missing_is_asked_for_and_tried_with_an_example(trial_of: Callable[..., Trial]) -> None:
    ways = {way.code: way for way in ways_out(trial_of(amount=None))}
    assert set(ways) == {"limit_reached_undetermined", "missing_fact"}
    for way in ways.values():
        assert way.facts == ("amount",)
    assert "not known" in ways["limit_reached_undetermined"].needed
    assert ways["limit_reached_undetermined"].verified == ()  # the example is beyond the limit
    (found,) = ways["missing_fact"].verified
    assert found.change == "If “Amount of the loan” were known, for example USD 1,000"
    assert found.outcome == "this reason would fall away; 1 other reason would stay"


def test_what_no_fact_changes_says_so(pack: HousePack, trial_of: Callable[..., Trial]) -> None:
    pack.sales = 1
    way = only(ways_out(trial_of()))
    assert way.code == "few_sales"
    assert way.facts == way.verified == ()
    assert way.needed.endswith("No fact that was tried changes it: other evidence may, or a person.")


def test_every_change_told_was_confirmed_and_the_work_is_bounded(
    pack: HousePack, trial_of: Callable[..., Trial]
) -> None:
    trial = trial_of(amount=600, seen_by="nobody", condition=None, lot=None)
    before = pack.runs
    assert len(ways_out(trial, runs=0)) == 3
    assert pack.runs == before
    ways = ways_out(trial, runs=4)
    assert pack.runs - before <= 4
    assert any(way.verified for way in ways)


def test_a_step_of_a_stated_number_is_told_in_the_amount_of_the_outcome(trial_of: Callable[..., Trial]) -> None:
    told = stepped(trial_of(), runs=9)
    change = "If “Area” were 1400 square feet instead of 1500 square feet"
    assert [(one.change, one.outcome) for one in told] == [
        (change, "USD 140,000 instead of USD 150,000, from the same sales and records")
    ]


def test_where_less_cannot_be_a_step_goes_up(trial_of: Callable[..., Trial]) -> None:
    (told,) = stepped(trial_of(area=150), runs=9)
    assert told.change == "If “Area” were 250 square feet instead of 150 square feet"


def test_steps_are_bounded_and_only_of_stated_facts(pack: HousePack, trial_of: Callable[..., Trial]) -> None:
    trial = trial_of()
    before = pack.runs
    assert stepped(trial, runs=0) == ()
    assert pack.runs == before
    assert stepped(trial_of(area=None), runs=9) == ()


def test_other_records_may_be_nearest_but_no_other_question_is_asked(trial_of: Callable[..., Trial]) -> None:
    trial = trial_of(name="Elm")
    smaller = (("area", Decimal(1400)),)
    assert trial.outline(smaller) is None
    assert trial.outline(smaller, same_records=True) is not None
    assert trial.outline(smaller) is None
    assert trial.outline((("name", "Oak"),), same_records=True) is None


@pytest.mark.parametrize("step", ["0", "-5"])
def test_a_step_must_be_one(tmp_path: Path, step: str) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(f'[area]\ntype = "number"\ntitle = "Area"\nstep = {step}\n')
    with pytest.raises(DecisionError, match="step belongs to a number"):
        FactSchema.load(path)
    path.write_text('[area]\ntype = "string"\ntitle = "Area"\nstep = 5\n')
    with pytest.raises(DecisionError, match="step belongs to a number"):
        FactSchema.load(path)
