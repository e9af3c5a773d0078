"""A valuation reconsidered from the command line: alone, and through a service that has the index."""

import json
from pathlib import Path
from typing import Any

import pytest
from running import Demonstrated, Server, Toulmin

from decision.packs.real_estate import PACK

CORRECTIONS = {
    "case": {"living_area": 1704},
    "comparables": ["ames-sales:58"],
    "sales": [{"address": "12 <script>alert(1)</script> Street", "sold_on": "2010-04-12", "price": "187500"}],
    "because": "The plans say 1,704 square feet.",
}


@pytest.fixture
def toulmin(demonstrated: Demonstrated, tmp_path: Path) -> Toulmin:
    return demonstrated.copy(tmp_path / "copy")


@pytest.fixture
def corrections(tmp_path: Path) -> Path:
    path = tmp_path / "corrections.json"
    path.write_text(json.dumps(CORRECTIONS), encoding="utf-8")
    return path


def decided(toulmin: Toulmin) -> dict[str, Any]:
    done = toulmin.run("decide", "--case", str(PACK.folder / "examples" / "ames.json"), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reconsidered(toulmin: Toulmin, decision_id: str, *arguments: str) -> dict[str, Any]:
    done = toulmin.run("reconsider", decision_id, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_valuation_is_reconsidered(toulmin: Toulmin, corrections: Path, tmp_path: Path) -> None:
    old = decided(toulmin)
    used = old["answer"]["comparables"][0]["id"]
    named = ("--comparable", used, "--comparable", "ames-sales:10", "--comparable", "ames-sales:99999")
    new = reconsidered(toulmin, old["decision_id"], "--case", str(corrections), *named)
    assert new["reconsiders"] == old["decision_id"]
    changes = new["changes"]
    assert changes["outcome"] == {"old": old["answer"]["outcome"], "new": new["answer"]["outcome"]}
    assert float(changes["outcome"]["new"]) < float(changes["outcome"]["old"])
    assert {"living_area", "proposed_comparables", "value_estimate"} <= {one["fact"] for one in changes["facts"]}
    grids = ({one["id"] for one in decision["answer"]["comparables"]} for decision in (old, new))
    before, after = grids
    sales = changes["comparables"]
    assert (set(sales["added"]), set(sales["dropped"])) == (after - before, before - after)
    rows = {one.get("id", "sale"): one for one in new["answer"]["proposed_comparables"]}
    assert rows[used]["used"] is (used in after)
    assert rows["ames-sales:10"]["used"] is False
    assert [rows[one]["to_verify"] for one in ("ames-sales:10", "ames-sales:99999", "sale")] == [False, True, True]
    codes = {one["code"] for one in new["review"]["reasons"]}
    assert {"reconsideration", "proposed_sale_unverified"} <= codes
    shown = toulmin.run("explain", new["decision_id"], "--html", str(tmp_path / "new.html"))
    assert shown.returncode == 0, shown.stderr
    report = (tmp_path / "new.html").read_text(encoding="utf-8")
    assert "What changed" in report
    assert "<script" not in report
    assert json.loads(toulmin.run("audit", "verify", "--json").stdout)["intact"]


def test_through_a_service_it_is_the_same(toulmin: Toulmin, corrections: Path) -> None:
    old = decided(toulmin)
    alone = reconsidered(toulmin, old["decision_id"], "--case", str(corrections))
    server = Server(toulmin)
    try:
        through = reconsidered(toulmin, old["decision_id"], "--case", str(corrections))
        missing = toulmin.run("reconsider", "dec_NOTHING", "--comparable", "ames-sales:58")
    finally:
        assert server.stop() == 0
    for part in ("answer", "changes", "reconsiders", "policy_checks", "explanation"):
        assert through[part] == alone[part]
    assert missing.returncode == 1
    assert "There is no decision dec_NOTHING" in missing.stderr


def test_wrong_corrections_are_refused_in_words(toulmin: Toulmin) -> None:
    old = decided(toulmin)["decision_id"]
    for text, words in (
        ('{"living_area": -1}', "living_area"),
        ('{"case": {"living_area": 1704}, "more": 1}', "more: expected one of case, comparables, sales, because"),
        ('{"living_area": 1804}', "exactly these facts already"),
        ("{", "is not JSON"),
    ):
        done = toulmin.run("reconsider", old, "--case", "-", stdin=text)
        assert done.returncode == 1
        assert words in " ".join(done.stderr.split())
