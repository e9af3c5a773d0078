"""Rule books as their owners write them, and what is in force on a date."""

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from decision.decision import ClauseRef
from decision.facts import DecisionError
from decision.pack import DomainPack, with_parameters
from decision.rules import PolicyRule, RuleBook
from decision.schema import FactSchema

Load = Callable[..., RuleBook]
DIGEST = "0f" * 32

RULE = """
[[rule]]
id = "R1"
title = "A rule"
kind = "check"
owner = "desk"
clause = "library-rules#1"
effective_from = 2025-01-01
condition = "renewals < 3"
code = "too_often"
level = "agent"
"""

CONCLUSION = """
[[rule]]
id = "{id}"
title = "A conclusion"
kind = "conclusion"
owner = "desk"
clause = "library-rules#1"
effective_from = 2025-01-01
condition = "{condition}"
sets = {{ {sets} }}
"""

PARAMETER = """
[[parameter]]
name = "limit"
type = "number"
value = 3
owner = "desk"
clause = "library-rules#1"
effective_from = 2025-01-01
"""


@pytest.fixture
def load(library: DomainPack, tmp_path: Path) -> Load:
    def load(rules: str = RULE, parameters: str = "", bindings: str = "") -> RuleBook:
        shutil.copy(library.folder / "facts.toml", tmp_path)
        (tmp_path / "rules.toml").write_text(rules, encoding="utf-8")
        (tmp_path / "parameters.toml").write_text(parameters, encoding="utf-8")
        (tmp_path / "bindings.toml").write_text(bindings, encoding="utf-8")
        return RuleBook.load(tmp_path, FactSchema.load(tmp_path / "facts.toml"))

    return load


def steps(book: RuleBook) -> list[str]:
    return [step.id if isinstance(step, PolicyRule) else step for step in book.steps]


def test_conclusions_come_before_what_reads_them(library: DomainPack) -> None:
    assert steps(library.rulebook) == [
        "LIB-FEE-CHILD",
        "LIB-FEE",
        "fee",
        "LIB-BLOCK",
        "blocked",
        "LIB-RENEW",
        "LIB-LONG",
    ]


def test_the_order_of_dependence_is_found_whatever_the_order_of_the_file(load: Load) -> None:
    book = load(
        CONCLUSION.format(id="BLOCK", condition="fee > $one", sets='blocked = "true"')
        + CONCLUSION.format(id="FEE", condition="true", sets='fee = "$one"'),
        PARAMETER.replace('"limit"', '"one"').replace('"number"', '"money"\ncurrency = "EUR"'),
    )
    assert steps(book) == ["FEE", "fee", "BLOCK", "blocked"]
    assert [rule.id for rule in book.rules] == ["BLOCK", "FEE"]


def test_refuses_a_circle_and_names_its_rules(load: Load) -> None:
    circle = CONCLUSION.format(id="ONE", condition="blocked", sets='overdue = "1 day"') + CONCLUSION.format(
        id="TWO", condition="overdue > 1 day", sets='blocked = "true"'
    )
    with pytest.raises(DecisionError, match="depend on each other in a circle") as refused:
        load(circle)
    assert "ONE" in str(refused.value)
    assert "TWO" in str(refused.value)


def test_gives_what_is_in_force_on_a_date(library: DomainPack) -> None:
    last, first = (library.rulebook.on(day).parameters for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert [str(parameters.money("daily_fee")) for parameters in (last, first)] == ["EUR 0.50", "EUR 1"]
    assert library.rulebook.on(date(2024, 12, 31)).rules == ()
    assert library.rulebook.first_day == date(2025, 1, 1)


def test_parameters_are_given_by_type_and_name(library: DomainPack) -> None:
    parameters = library.rulebook.on(date(2026, 6, 1)).parameters
    assert parameters.number("renewal_limit") == Decimal(3)
    assert parameters.duration("lost_after") == timedelta(days=30)
    assert parameters.value("lost_after") == timedelta(days=30)
    use = parameters.use("daily_fee")
    assert (use.value, str(use.clause)) == ("EUR 1", "library-rules#3.1")
    with pytest.raises(DecisionError, match=r"No parameter 'daily_fees' is in force on 2026-06-01.*'daily_fee'"):
        parameters.money("daily_fees")
    with pytest.raises(DecisionError, match="'daily_fee' is of type money, not Decimal"):
        parameters.number("daily_fee")


def test_parameters_note_what_code_asks_for(library: DomainPack) -> None:
    noted: set[str] = set()
    parameters = library.rulebook.on(date(2026, 6, 1)).parameters
    parameters.noting(noted).money("daily_fee")
    parameters.money("fee_limit")
    assert noted == {"daily_fee"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "renewals < 3",
            "renewal < 3",
            "rule R1: condition: column 1: unknown fact 'renewal'; did you mean 'renewals'",
        ),
        ("renewals < 3", "renewals", "rule R1: condition: column 1: expected a condition"),
        ("renewals < 3", "renewals <", "rule R1: condition: column 11: expected a value"),
        ('kind = "check"', 'kind = "test"', "rule R1: kind: Input should be"),
        ('title = "A rule"', "", "rule R1: title: Field required"),
        ('code = "too_often"', "", "rule R1: code, level: a check needs both"),
        ('level = "agent"', 'level = "boss"', "rule R1: level: Input should be"),
        ('level = "agent"', 'level = "agent"\npriority = 2', "rule R1: sets and priority belong to a conclusion"),
        ('level = "agent"', 'level = "agent"\nthreshold = "$limit"', "rule R1: threshold: column 1: unknown parameter"),
        ("library-rules#1", "library-rules", "rule R1: clause: 'library-rules' does not point to a clause"),
        ("2025-01-01", "2025-01-01\neffective_to = 2024-01-01", "R1: effective_to 2024-01-01 is not after"),
        ("[[rule]]", "[rule]", "write each rule under its own"),
        ("[[rule]]", "[[rules]]", "unknown table rules"),
        ("[[rule]]", "[otherwise]\nreader = \"'adult'\"\n[[rule]]", "otherwise: reader: only a fact with derived"),
        ("[[rule]]", "[otherwise]\nfees = '1'\n[[rule]]", "otherwise: fees: no such fact.*did you mean 'fee'"),
        ("[[rule]]", "[otherwise]\nblocked = false\n[[rule]]", "otherwise: blocked: expected an expression in quotes"),
    ],
)
def test_errors_name_line_rule_field_and_column(load: Load, old: str, new: str, message: str) -> None:
    with pytest.raises(DecisionError, match=rf"rules\.toml:\d+: .*{message}"):
        load(RULE.replace(old, new))


@pytest.mark.parametrize(
    ("condition", "sets", "message"),
    [
        ("true", 'fee = "3"', "sets: fee: column 1: fee is money in EUR, but 3 is number"),
        ("true", "reader = \"'adult'\"", "sets: reader: only a fact with derived = true"),
        ("true", "", "sets: a conclusion needs the facts that it sets"),
    ],
)
def test_a_conclusion_sets_derived_facts_of_their_type(load: Load, condition: str, sets: str, message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        load(CONCLUSION.format(id="C", condition=condition, sets=sets))


def test_a_conclusion_does_not_escalate(load: Load) -> None:
    with pytest.raises(DecisionError, match="belong to a check or review"):
        load(CONCLUSION.format(id="C", condition="true", sets='blocked = "true"') + 'code = "blocked"\n')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value = 3", 'value = "three"', "parameter limit: value: 'three' is not a number"),
        ("value = 3", "value = true", "parameter limit: value: expected a number"),
        ('"number"', '"money"', "parameter limit: value: expected an amount"),
        ("library-rules#1", "1", "parameter limit: clause: '1' does not point to a clause"),
        ('owner = "desk"', 'owners = "desk"', "parameter limit: owners: Extra inputs"),
    ],
)
def test_parameter_errors_name_parameter_and_field(load: Load, old: str, new: str, message: str) -> None:
    with pytest.raises(DecisionError, match=rf"parameters\.toml:\d+: {message}"):
        load(RULE, PARAMETER.replace(old, new))


def test_two_values_on_one_day_are_refused(load: Load) -> None:
    later = PARAMETER.replace("2025-01-01", "2026-01-01")
    with pytest.raises(DecisionError, match="limit: two entries are in force on 2026-01-01; end the earlier"):
        load(RULE, later + PARAMETER)
    ended = PARAMETER + "effective_to = 2026-01-01\n"
    assert len(load(RULE, later + ended).parameters) == 2


def test_a_parameter_keeps_its_type(load: Load) -> None:
    ended = PARAMETER + "effective_to = 2026-01-01\n"
    other = PARAMETER.replace("2025-01-01", "2026-01-01").replace('"number"', '"string"').replace("3", '"3"')
    with pytest.raises(DecisionError, match="limit: its entries have different types"):
        load(RULE, ended + other)


def test_a_rule_may_be_amended_but_not_doubled(load: Load) -> None:
    amended = RULE + "effective_to = 2026-01-01\n" + RULE.replace("2025-01-01", "2026-01-01")
    assert [rule.id for rule in load(amended).on(date(2026, 1, 1)).rules] == ["R1"]
    with pytest.raises(DecisionError, match="R1: two entries are in force"):
        load(RULE + RULE)


def test_a_clause_is_changed_when_its_words_are_not_those_confirmed(load: Load) -> None:
    clause = ClauseRef.parse("library-rules#1")
    bound = load(RULE, PARAMETER, f'"library-rules#1" = "{DIGEST}"')
    assert bound.clauses() == {clause}
    assert bound.changed({clause: DIGEST}) == frozenset()
    assert bound.changed({clause: "1f" * 32}) == {clause}
    assert bound.changed({}) == bound.missing({}) == {clause}
    assert bound.missing({clause: "1f" * 32}) == frozenset()
    assert load(RULE, PARAMETER).changed({clause: DIGEST}) == {clause}


def test_a_binding_is_a_hash(load: Load) -> None:
    with pytest.raises(DecisionError, match=r"bindings\.toml:1: library-rules#1: expected a SHA-256"):
        load(RULE, "", '"library-rules#1" = "later"')


def test_the_version_follows_rules_and_parameters(load: Load) -> None:
    versions = [load(RULE).version, load(RULE, PARAMETER).version, load(RULE).version]
    assert versions[0] == versions[2] != versions[1]
    assert re.fullmatch(r"[0-9a-f]{16}", versions[0])


OTHER_FEE = """
[[parameter]]
name = "fee_limit"
type = "{kind}"
value = {value}
owner = "desk"
clause = "library-rules#3.4"
effective_from = 2020-01-01
"""


def test_other_parameters_take_the_place_of_those_they_name(library: DomainPack, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(OTHER_FEE.format(kind="money", value='{ value = 40, currency = "EUR" }'), encoding="utf-8")
    other = with_parameters(library, path)
    day = date(2026, 6, 1)
    assert str(other.rulebook.on(day).parameters.money("fee_limit")) == "EUR 40"
    assert other.rulebook.on(day).parameters.number("renewal_limit") == 3
    assert other.rulebook.version != library.rulebook.version
    assert str(library.rulebook.on(day).parameters.money("fee_limit")) == "EUR 15"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (OTHER_FEE.format(kind="number", value=40), "fee_limit: expected type money"),
        (OTHER_FEE.format(kind="number", value=40).replace("fee_limit", "fee_limt"), "did you mean 'fee_limit'"),
        (OTHER_FEE.format(kind="money", value='{ value = 40, currency = "USD" }'), "cannot compare"),
    ],
)
def test_other_parameters_have_to_fit_the_rules(written: str, words: str, library: DomainPack, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(DecisionError, match=words):
        with_parameters(library, path)
    with pytest.raises(DecisionError, match="does not exist"):
        with_parameters(library, tmp_path / "absent.toml")
