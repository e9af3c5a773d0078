"""Rules that can never hold, and bands that leave holes or overlap, found before any case is decided."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from decision.checks import Finding, check
from decision.pack import DomainPack

RULE = """
[[rule]]
id = "{id}"
title = "A rule of the test"
kind = "conclusion"
owner = "desk"
clause = "library-rules#9"
effective_from = 2025-01-01
condition = "{condition}"
{more}
"""
GRADE = """
[grade]
type = "money"
title = "Grade"
derived = true
"""
BLOCK = 'sets = {{ blocked = "{value}" }}'

Written = Callable[[str], list[Finding]]


@pytest.fixture
def findings(library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path) -> Written:
    """Give the errors of the toy domain with more rules, apart from those for want of cases."""

    def findings(rules: str) -> list[Finding]:
        shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
        text = (library.folder / "rules.toml").read_text(encoding="utf-8")
        head, mark, tail = text.partition("[otherwise]")
        facts = (library.folder / "facts.toml").read_text(encoding="utf-8")
        (tmp_path / "facts.toml").write_text(facts + GRADE, encoding="utf-8")
        (tmp_path / "rules.toml").write_text(head + rules + mark + tail, encoding="utf-8")
        found = check(library_in(tmp_path))
        return [one for one in found if one.severity == "error" and one.code != "untested_rule"]

    return findings


def written(rule_id: str, condition: str, more: str = BLOCK.format(value="true")) -> str:
    return RULE.format(id=rule_id, condition=condition, more=more)


@pytest.mark.parametrize(
    "condition",
    [
        "renewals > 3 and renewals < 2",
        "renewals > 50",
        "renewals < 0",
        "reader == 'adult' and reader in ['child', 'staff']",
        "reserved and not reserved",
        "not (reserved or not reserved)",
        "shelf == 'A' and shelf != 'A'",
        "due > 2026-01-01 and due < 2025-01-01",
        "due > 2026-01-01 and due < 2026-01-02",
        "overdue > 3 days and overdue <= 2 days",
        "replacement_cost < $no_fee",
        "fee > $fee_limit and fee <= $no_fee",
        "reserved is unknown and reserved",
        "reader != 'adult' and reader != 'child' and reader != 'staff'",
    ],
)
def test_a_condition_that_can_never_hold_is_found(condition: str, findings: Written) -> None:
    found = findings(written("NEVER", condition))
    assert [(one.code, one.subject) for one in found] == [("unreachable_rule", "NEVER")]
    assert str(found[0].place).startswith("rules.toml:")


@pytest.mark.parametrize(
    "condition",
    [
        "renewals >= 3 and renewals < 4",
        "renewals > 2.9 and renewals < 3",
        "reserved is unknown",
        "reserved is known and reserved",
        "shelf != 'A' and shelf != 'B'",
        "renewals * 2 > 90",
        "replacement_cost / 2 > fee and replacement_cost < fee",
        "due > 2026-01-01 and due < 2026-01-03",
        "fee == $no_fee or overdue > 30 days",
    ],
)
def test_a_condition_that_can_hold_or_that_cannot_be_judged_is_left_alone(condition: str, findings: Written) -> None:
    assert findings(written("MAYBE", condition)) == []


def test_a_rule_that_always_gives_way_is_found(findings: Written) -> None:
    weak = written("WEAK", "renewals > 10", BLOCK.format(value="false"))
    strong = written("STRONG", "renewals > 5", BLOCK.format(value="true") + "\npriority = 7")
    assert [one.message for one in findings(weak + strong)] == [
        "WEAK never takes effect: STRONG has priority whenever it holds."
    ]
    over = written("OVER", "renewals >= 10", BLOCK.format(value="true") + '\nnotwithstanding = ["WEAK"]')
    assert [one.message for one in findings(weak + over)][:1] == [
        "WEAK never takes effect: OVER prevails whenever it holds."
    ]


def bands(first: str, second: str, third: str) -> str:
    fees = ("$no_fee", "$daily_fee", "$fee_limit")
    return "".join(
        written(f"B{number}", condition, f'sets = {{ grade = "{fee}" }}')
        for number, (condition, fee) in enumerate(zip((first, second, third), fees, strict=True), 1)
    )


@pytest.mark.parametrize(
    ("conditions", "faults"),
    [
        (("renewals <= 3", "renewals > 3 and renewals <= 9", "renewals > 9"), []),
        (("renewals < 3", "renewals > 3 and renewals <= 9", "renewals > 9"), ["band_gap"]),
        (("renewals <= 3", "renewals >= 4 and renewals <= 9", "renewals > 9"), ["band_gap"]),
        (("renewals <= 3", "renewals >= 3 and renewals <= 9", "renewals > 9"), ["band_overlap"]),
        (("renewals <= 3", "renewals > 3 and renewals <= 9", "renewals > 8"), ["band_overlap"]),
        (
            (
                "reserved and renewals <= 3",
                "reserved and renewals > 3 and renewals <= 9",
                "reserved and renewals > 9.5",
            ),
            ["band_gap"],
        ),
    ],
)
def test_bands_meet_without_holes_or_overlaps(
    conditions: tuple[str, str, str], faults: list[str], findings: Written
) -> None:
    assert [one.code for one in findings(bands(*conditions))] == faults


def test_a_hole_that_another_rule_fills_is_none(findings: Written) -> None:
    holed = bands("renewals <= 3", "renewals > 4 and renewals <= 9", "renewals > 9")
    filling = written("FILL", "renewals > 3 and reader is known", 'sets = { grade = "$no_fee" }')
    assert findings(holed)[0].message == (
        "B2 has a neighbour it does not fit: no rule sets grade for renewals 3.5, between B1 and B2."
    )
    assert findings(holed + filling) == []
