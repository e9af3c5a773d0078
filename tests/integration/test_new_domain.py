"""The domain that docs/new-domain.md writes: taken from the page, registered by its entry point, tested and decided."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from decision.cases import run_cases
from decision.checks import check
from decision.decision import Decision
from decision.engine import decide
from decision.pack import DomainPack
from decision.registry import packs

PAGE = Path(__file__).parents[2] / "docs" / "new-domain.md"
FILE = re.compile(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the page's files out as an installed distribution."""
    folder = tmp_path_factory.mktemp("site")
    files = dict(FILE.findall(PAGE.read_text(encoding="utf-8")))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    groups = re.findall(r'\[project\.entry-points\."([\w.]+)"\]\n(\w+) = "([\w.:]+)"', files["pyproject.toml"])
    installed = folder / "parking-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: parking\nVersion: 1\n", encoding="utf-8")
    lines = [f"[{group}]\n{name} = {target}\n" for group, name, target in groups]
    (installed / "entry_points.txt").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def parking(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DomainPack]:
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    packs.cache_clear()
    yield packs()["parking"]
    packs.cache_clear()


def decided(pack: DomainPack, **more: object) -> Decision:
    sent = {"arrived_at": "2026-06-01T09:00:00Z", "left_at": "2026-06-01T13:00:00Z", **more}
    return decide(pack, pack.schema.read(pack.name, json.loads(json.dumps(sent)), date(2026, 6, 1)), {})


def test_the_cases_of_the_page_come_out_and_nothing_is_wrong_with_the_pack(parking: DomainPack) -> None:
    results = run_cases(parking)
    assert len(results) == 6
    assert [(one.name, one.problems) for one in results if not one.passed] == []
    assert [(one.code, one.subject) for one in check(parking) if one.severity == "error"] == []


def test_a_case_is_decided_with_its_clauses(parking: DomainPack) -> None:
    decision = decided(parking, ambulance_on_duty=False)
    assert (decision.status, decision.summary) == ("decided", "Amount owed: EUR 4.")
    assert [str(cite) for claim in decision.claims for cite in claim.cites] == ["parking-policy#1.2"]
    assert [one.fact for one in decision.assumptions] == ["driver"]
    assert "resident: EUR 0" in decision.assumptions[0].effect_if_false
    assert "(arrived_at, left_at)" in str(decision.facts["stay"].basis)


def test_what_is_missing_is_asked_for(parking: DomainPack) -> None:
    decision = decided(parking)
    assert decision.status == "needs_facts"
    assert [one.fact for one in decision.missing] == ["ambulance_on_duty"]


def test_an_exception_prevails_and_says_so(parking: DomainPack) -> None:
    decision = decided(parking, ambulance_on_duty=True)
    overtime = next(one for one in decision.outcomes if one.rule_id == "PARK-OVERTIME")
    assert overtime.defeated_by == ("PARK-AMBULANCE",)
    assert "but PARK-AMBULANCE prevails over it" in overtime.because


def test_the_command_line_knows_it(site: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "service.cli", "rules", "test", "--pack", "parking"),
        env={**os.environ, "PYTHONPATH": str(site), "TOULMIN_DATA": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "parking: ok (6 of 6 cases came out as expected)" in done.stdout
