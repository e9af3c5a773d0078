"""Rules that prevail over others: notwithstanding, subject to, and what the trace says of it."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from decision.decision import RuleOutcome
from decision.engine import rule_case
from decision.facts import Case, DecisionError, Fact, FactValue
from decision.pack import DomainPack
from decision.ruling import Ruling

DAY = date(2026, 6, 1)

AMNESTY = """
[[rule]]
id = "LIB-AMNESTY"
title = "Returning a reserved book is rewarded"
kind = "conclusion"
owner = "desk"
clause = "library-rules#3.5"
effective_from = 2026-01-01
condition = "reserved"
sets = { fee = "$no_fee" }
notwithstanding = ["LIB-FEE", "LIB-RENEW"]
"""

Written = Callable[..., DomainPack]


@pytest.fixture
def written(library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path) -> Written:
    def written(rule: str = AMNESTY, old: str = "", new: str = "") -> DomainPack:
        shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
        text = (library.folder / "rules.toml").read_text(encoding="utf-8")
        assert old in text
        head, mark, tail = text.replace(old, new, 1).partition("[otherwise]")
        (tmp_path / "rules.toml").write_text(head + rule + mark + tail, encoding="utf-8")
        return library_in(tmp_path)

    return written


def ruled(pack: DomainPack, as_of: date = DAY, **values: FactValue) -> Ruling:
    facts = {name: Fact(name, value, "given") for name, value in values.items()}
    return rule_case(pack, Case(pack.name, as_of, facts), {})


def overdue(pack: DomainPack, as_of: date = DAY, **values: FactValue) -> Ruling:
    return ruled(pack, as_of, due=as_of - timedelta(days=10), **values)


def outcome(ruling: Ruling, rule_id: str) -> RuleOutcome:
    return next(one for one in ruling.outcomes if one.rule_id == rule_id)


def test_a_rule_that_holds_prevails_and_both_sides_say_so(written: Written) -> None:
    ruling = overdue(written(), reserved=True, renewals=Decimal(9))
    fee = outcome(ruling, "LIB-FEE")
    assert str(ruling.facts["fee"].value) == "EUR 0"
    assert (fee.state, fee.result, fee.defeated_by, fee.sets) == ("not_applicable", None, ("LIB-AMNESTY",), {})
    assert fee.because == (
        "Time overdue 10 days is above 0 min, but LIB-AMNESTY prevails over it: reserved by someone else: yes."
    )
    assert outcome(ruling, "LIB-AMNESTY").because == (
        "Reserved by someone else: yes; this prevails over LIB-FEE and LIB-RENEW."
    )


def test_a_check_that_fails_gives_way(written: Written) -> None:
    renewal = outcome(overdue(written(), reserved=True, renewals=Decimal(9)), "LIB-RENEW")
    assert (renewal.state, renewal.result) == ("not_applicable", None)
    assert renewal.because.startswith("Renewals so far 9 is at least 3, but LIB-AMNESTY prevails over it")


def test_a_rule_that_does_not_hold_prevails_over_nothing(written: Written) -> None:
    ruling = overdue(written(), reserved=False, renewals=Decimal(9))
    assert str(ruling.facts["fee"].value) == "EUR 10"
    assert outcome(ruling, "LIB-FEE").state == "held"
    assert outcome(ruling, "LIB-RENEW").result == "fail"


def test_whoever_may_prevail_leaves_the_effect_undetermined(written: Written) -> None:
    ruling = overdue(written(), renewals=Decimal(9))
    fee = outcome(ruling, "LIB-FEE")
    assert (fee.state, ruling.facts["fee"].value) == ("undetermined", None)
    assert ruling.gaps["LIB-FEE"].facts == {"reserved"}
    assert fee.because == (
        "Cannot be determined: reserved by someone else is not known, and LIB-AMNESTY may prevail over it."
    )


def test_a_rule_without_effect_is_not_touched(written: Written) -> None:
    ruling = ruled(written(), due=DAY, renewals=Decimal(1))
    assert outcome(ruling, "LIB-FEE").state == "not_held"


def test_what_is_undetermined_gives_way_all_the_same(written: Written) -> None:
    renewal = outcome(overdue(written(), reserved=True), "LIB-RENEW")
    assert renewal.because == (
        "Reserved by someone else: yes, but LIB-AMNESTY prevails over it: reserved by someone else: yes."
    )
    pack = written(old='condition = "renewals < $renewal_limit and not reserved"', new='condition = "renewals < 3"')
    renewal = outcome(overdue(pack, reserved=True), "LIB-RENEW")
    assert (renewal.state, renewal.defeated_by) == ("not_applicable", ("LIB-AMNESTY",))
    assert renewal.because == "Whatever it comes to, LIB-AMNESTY prevails over it: reserved by someone else: yes."


def test_subject_to_says_the_same_from_the_other_side(written: Written) -> None:
    amnesty = AMNESTY.replace('notwithstanding = ["LIB-FEE", "LIB-RENEW"]\n', "")
    pack = written(
        amnesty,
        old='condition = "overdue > 0 days"',
        new='condition = "overdue > 0 days"\nsubject_to = ["LIB-AMNESTY"]',
    )
    assert outcome(overdue(pack, reserved=True), "LIB-FEE").defeated_by == ("LIB-AMNESTY",)


def test_a_rule_that_is_outdone_prevails_over_nothing(written: Written) -> None:
    stricter = AMNESTY.replace("LIB-AMNESTY", "LIB-STRICT").replace("3.5", "3.6")
    stricter = stricter.replace('condition = "reserved"', 'condition = "renewals > 5"').replace(
        '["LIB-FEE", "LIB-RENEW"]', '["LIB-AMNESTY"]'
    )
    stricter = stricter.replace('"$no_fee"', '"$fee_limit"')
    pack = written(AMNESTY + stricter, old='sets = { fee = "min', new='priority = 5\nsets = { fee = "min')
    ruling = overdue(pack, reserved=True, renewals=Decimal(9))
    assert outcome(ruling, "LIB-AMNESTY").defeated_by == ("LIB-STRICT",)
    assert outcome(ruling, "LIB-FEE").state == "held"
    assert str(ruling.facts["fee"].value) == "EUR 10"


def test_a_rule_not_in_force_prevails_over_nothing(written: Written) -> None:
    ruling = overdue(written(), date(2025, 6, 1), reserved=True, renewals=Decimal(1))
    assert outcome(ruling, "LIB-FEE").state == "held"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AMNESTY.replace("LIB-RENEW", "LIB-RENW"), "rule LIB-AMNESTY: notwithstanding: there is no rule LIB-RENW; did"),
        (AMNESTY.replace('["LIB-FEE", "LIB-RENEW"]', '["LIB-AMNESTY"]'), "circle: LIB-AMNESTY -> LIB-AMNESTY"),
        (AMNESTY + 'subject_to = ["LIB-FEE"]\n', "rules depend on each other in a circle"),
        (AMNESTY + 'subject_to = ["LIB-RENEW"]\n', "LIB-RENEW: a check demands something and prevails over nothing"),
    ],
)
def test_what_cannot_be_resolved_is_refused(rule: str, words: str, written: Written) -> None:
    with pytest.raises(DecisionError) as refused:
        written(rule)
    assert words in str(refused.value)


def test_a_check_prevails_over_nothing(written: Written) -> None:
    with pytest.raises(DecisionError, match="rule LIB-RENEW: notwithstanding: a check demands"):
        written("", old='code = "not_renewable"', new='code = "not_renewable"\nnotwithstanding = ["LIB-FEE"]')
