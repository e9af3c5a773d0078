"""Tables of parameters: what is written, what rules look up, and what a missing combination comes to."""

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from decision.engine import rule_case
from decision.facts import Case, DecisionError, Fact, FactValue
from decision.pack import DomainPack, with_parameters
from decision.parameters import in_table
from decision.ruling import Ruling

DAY = date(2026, 6, 1)

TABLE = """
[[parameter]]
name = "books_at_once"
type = "number"
unit = "books"
by = ["reader", "reserved"]
owner = "desk"
clause = "library-rules#6"
effective_from = 2025-01-01
[parameter.value]
adult = { true = 5, false = 10 }
child = { true = 2, false = 3 }
staff = { true = 20, false = 20 }
"""

RULE = """
[[rule]]
id = "LIB-MANY"
title = "Not too many books at once"
kind = "check"
owner = "desk"
clause = "library-rules#6"
effective_from = 2025-01-01
condition = "renewals <= $books_at_once[reader, reserved]"
code = "too_many"
level = "agent"
threshold = "$books_at_once[reader, reserved]"
"""

Written = Callable[..., DomainPack]


@pytest.fixture
def written(library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path) -> Written:
    def written(table: str = TABLE, rule: str = RULE) -> DomainPack:
        shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
        for name, more in (("parameters.toml", table), ("rules.toml", rule)):
            text = (library.folder / name).read_text(encoding="utf-8")
            head, mark, tail = text.partition("[otherwise]")
            (tmp_path / name).write_text(head + more + mark + tail, encoding="utf-8")
        return library_in(tmp_path)

    return written


def ruled(pack: DomainPack, **values: FactValue) -> Ruling:
    facts = {name: Fact(name, value, "given") for name, value in values.items()}
    return rule_case(pack, Case(pack.name, DAY, facts), {})


@pytest.mark.parametrize(
    ("keys", "renewals", "state", "threshold"),
    [
        (("adult", "true"), 5, "held", "5"),
        (("adult", "true"), 6, "not_held", "5"),
        (("adult", "false"), 6, "held", "10"),
        (("child", "false"), 4, "not_held", "3"),
        (("staff", "true"), 20, "held", "20"),
    ],
)
def test_a_rule_reads_the_entry_of_its_case(
    keys: tuple[str, str], renewals: int, state: str, threshold: str, written: Written
) -> None:
    reader, reserved = keys
    ruling = ruled(written(), due=DAY, reader=reader, reserved=reserved == "true", renewals=Decimal(renewals))
    outcome = next(one for one in ruling.outcomes if one.rule_id == "LIB-MANY")
    assert (outcome.state, outcome.threshold) == (state, threshold)
    assert [(use.name, use.value) for use in outcome.parameters] == [
        (in_table("books_at_once", *keys), f"{threshold} books")
    ]


def test_an_unknown_key_leaves_the_rule_undetermined(written: Written) -> None:
    ruling = ruled(written(), due=DAY, reader="child", renewals=Decimal(1))
    outcome = next(one for one in ruling.outcomes if one.rule_id == "LIB-MANY")
    assert (outcome.state, outcome.parameters) == ("undetermined", ())
    assert ruling.gaps["LIB-MANY"].facts == {"reserved"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("child = { true = 2, false = 3 }\n", "", "value: nothing is said for child; every combination"),
        (", false = 3", "", "value: child: nothing is said for false"),
        ("child =", "chld =", "nothing is said for child"),
        ("staff = {", "guest = { true = 1, false = 1 }\nstaff = {", "guest: no such value; there are adult"),
        ("true = 2,", "true = 'two',", "value: child: true: 'two' is not a number"),
        ('"reader"', '"readr"', "by: readr: no such fact in facts.toml; did you mean 'reader'"),
        ('"reader"', '"renewals"', "by: renewals: expected an enum or a boolean"),
        ("adult = { true = 5, false = 10 }", "adult = 5", "value: adult: expected one entry for each of true, false"),
    ],
)
def test_an_incomplete_table_is_refused(old: str, new: str, words: str, written: Written) -> None:
    assert old in TABLE
    with pytest.raises(DecisionError, match=r"parameters\.toml:\d+: parameter books_at_once: ") as refused:
        written(TABLE.replace(old, new))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("$books_at_once", "column 13: $books_at_once is a table; look a value up"),
        ("$books_at_once[reader]", "$books_at_once takes 2 keys, not 1"),
        ("$books_at_once[reserved, reader]", "$books_at_once has nothing for true, false"),
        ("$books_at_once['guest', reserved]", "column 28: $books_at_once has nothing for guest"),
        (
            "$books_at_once[shelf, reserved]",
            "a key of $books_at_once is one of adult, child, staff, not shelf (string)",
        ),
        ("$renewal_limit[reader]", "$renewal_limit is no table"),
        ("$books_at_once[reader, reserved", "expected ',' or ']', found the end"),
    ],
)
def test_a_lookup_fits_its_table(lookup: str, words: str, written: Written) -> None:
    with pytest.raises(DecisionError) as refused:
        written(rule=RULE.replace("$books_at_once[reader, reserved]", lookup, 1))
    assert words in str(refused.value)


def test_a_word_may_be_a_key(written: Written) -> None:
    pack = written(rule=RULE.replace("[reader, reserved]", "['child', reserved and reserved]"))
    ruling = ruled(pack, due=DAY, reader="staff", reserved=True, renewals=Decimal(3))
    assert next(one.state for one in ruling.outcomes if one.rule_id == "LIB-MANY") == "not_held"


def test_another_table_takes_the_place_of_the_whole_one(written: Written, tmp_path: Path) -> None:
    pack = written()
    path = tmp_path / "other.toml"
    path.write_text(TABLE.replace("10", "11"), encoding="utf-8")
    parameters = with_parameters(pack, path).rulebook.on(DAY).parameters
    assert parameters.number(in_table("books_at_once", "adult", "false")) == 11
    assert pack.rulebook.on(DAY).parameters.number("books_at_once[adult, false]") == 10
    path.write_text(TABLE.replace('"reader", "reserved"', '"reserved"').split("[parameter.value]")[0] + "value = 3\n")
    with pytest.raises(DecisionError, match="value: expected one entry for each of true, false"):
        with_parameters(pack, path)
