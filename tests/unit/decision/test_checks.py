"""What is found to be wrong with a pack, and cases that are run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from decision.checks import Finding, check, confirmed_bindings, run_cases
from decision.decision import ClauseRef
from decision.facts import DecisionError
from decision.pack import DomainPack

CASES = """
[[case]]
name = "ten days overdue cost ten euros"
as_of = 2026-06-01
facts = { due = "2026-05-22", renewals = 1, reserved = false }
outcome = { fee = "EUR 10", blocked = false }
held = ["LIB-FEE", "LIB-RENEW"]
not_held = ["LIB-FEE-CHILD", "LIB-BLOCK", "LIB-LONG"]

[[case]]
name = "staff renew as they like, and nobody asks"
as_of = 2026-06-01
facts = { due = "2026-06-22", reader = "staff" }
not_applicable = ["LIB-RENEW"]

[[case]]
name = "without the desk's word a renewal is not determined"
as_of = 2026-06-01
facts = { due = "2026-06-22", overdue = "0 days" }
undetermined = ["LIB-RENEW"]
"""

Changed = Callable[..., DomainPack]


@pytest.fixture
def changed(library: DomainPack, library_in: Callable[[Path], DomainPack], tmp_path: Path) -> Changed:
    """Give the toy domain from a copy of its folder, in which words of one file were replaced."""

    def changed(file: str = "", old: str = "", new: str = "") -> DomainPack:
        shutil.copytree(library.folder, tmp_path, dirs_exist_ok=True)
        (tmp_path / "cases.toml").write_text(CASES, encoding="utf-8")
        if file:
            text = (tmp_path / file).read_text(encoding="utf-8")
            assert old in text
            (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
        return library_in(tmp_path)

    return changed


def found(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in findings}


def test_finds_nothing_wrong_but_what_is_so(changed: Changed) -> None:
    assert found(check(changed())) == {("unread_fact", "shelf"), ("unread_fact", "due")}


def test_what_code_names_is_read(changed: Changed) -> None:
    pack = changed()
    (pack.folder / "pack.py").write_text('due = facts["due"]\n', encoding="utf-8")
    assert found(check(pack)) == {("unread_fact", "shelf")}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("rules.toml", 'owner = "collections"\n', "", ("no_owner", "LIB-LONG")),
        ("parameters.toml", 'owner = "collections"\n', "", ("no_owner", "lost_after")),
        ("cases.toml", '"LIB-LONG"', "", ("untested_rule", "LIB-LONG")),
        ("cases.toml", "LIB-LONG", "LIB-SHORT", ("unknown_rule", "ten days overdue cost ten euros")),
        ("rules.toml", " or blocked", "", ("unread_conclusion", "blocked")),
        ("rules.toml", "$renewal_limit", "3", ("unused_parameter", "renewal_limit")),
        ("facts.toml", "alternatives = [10, 80]", "", ("untestable_assumption", "replacement_cost")),
        ("parameters.toml", "effective_to = 2026-01-01", "effective_to = 2025-07-01", ("parameter_gap", "LIB-FEE")),
    ],
)
def test_finds_what_is_wrong(changed: Changed, file: str, old: str, new: str, expected: tuple[str, str]) -> None:
    assert expected in found(check(changed(file, old, new)))


def test_compares_clauses_with_what_was_confirmed(changed: Changed) -> None:
    known = {clause: f"{number:064x}" for number, clause in enumerate(sorted(changed().rulebook.clauses(), key=str))}
    pack = changed()
    (pack.folder / "bindings.toml").write_text(confirmed_bindings(pack, known), encoding="utf-8")
    bound = changed()
    assert {finding.code for finding in check(bound, known)} == {"unread_fact"}

    fee = ClauseRef.parse("library-rules#3.1")
    (finding,) = [one for one in check(bound, {**known, fee: "f" * 64}) if one.severity == "error"]
    assert (finding.code, finding.subject, finding.owner) == ("changed_clause", str(fee), "desk")
    assert (finding.confirmed, finding.current) == (known[fee], "f" * 64)
    assert "LIB-FEE, daily_fee" in finding.message

    without = {clause: digest for clause, digest in known.items() if clause != fee}
    assert ("unknown_clause", str(fee)) in found(check(bound, without))
    assert ("unbound_clause", str(fee)) in found(
        check(changed("bindings.toml", f'"{fee}"', '"library-rules#9"'), known)
    )


def test_cases_pass_on_outcome_and_trace(changed: Changed) -> None:
    results = run_cases(changed())
    assert [result.problems for result in results] == [(), (), ()]
    assert all(result.passed for result in results)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("EUR 10", "EUR 11", "fee: expected EUR 11, found EUR 10 (set by LIB-FEE)"),
        ("blocked = false", "blocked = true", "blocked: expected true, found false"),
        ("fee = ", "fees = ", "fees: no such fact; did you mean 'fee'?"),
        (
            'held = ["LIB-FEE", ',
            'held = ["LIB-BLOCK", ',
            "LIB-BLOCK: expected held, found not_held: Fee EUR 10 is at most",
        ),
        ('"LIB-LONG"', '"LIB-LUNG"', "LIB-LUNG: no such rule in force on 2026-06-01; did you mean 'LIB-LONG'?"),
        ("renewals = 1", "renewal = 1", "renewal: no such fact; did you mean 'renewals'?"),
        ("renewals = 1", "renewals = true", "renewals: expected a number"),
    ],
)
def test_a_case_says_how_it_came_out(changed: Changed, old: str, new: str, problem: str) -> None:
    result = run_cases(changed("cases.toml", old, new))[0]
    assert not result.passed
    assert any(one.startswith(problem) for one in result.problems)


def test_a_malformed_case_is_an_error(changed: Changed) -> None:
    with pytest.raises(DecisionError, match=r"cases\.toml:2: case ten days.*: as_of: Field required"):
        run_cases(changed("cases.toml", "as_of = 2026-06-01\n", ""))


def test_a_pack_without_cases_has_no_results(library: DomainPack) -> None:
    assert run_cases(library) == []
