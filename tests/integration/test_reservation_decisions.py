"""A reservation case as other systems keep it, decided by the command line after the pack's policy was ingested."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from running import Toulmin

from decision.packs.reservation import PACK

EXAMPLES = sorted((PACK.folder / "examples").glob("*.json"))


@pytest.fixture(scope="module", name="toulmin")
def _toulmin(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Toulmin:
    toulmin = Toulmin(tmp_path_factory.mktemp("data"), prepared_model.parent)
    ingested = toulmin.run("ingest", "pack:reservation")
    assert ingested.returncode == 0, ingested.stderr
    return toulmin


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_decided_with_its_clauses_quoted(toulmin: Toulmin, example: Path) -> None:
    run = toulmin.run("decide", "--case", str(example), "--json")
    assert run.returncode == 0, run.stderr
    released = cast("Mapping[str, Any]", json.loads(run.stdout))
    assert released["status"] == "decided"
    assert released["answer"]["decision"] == {"cancellation": "allow", "delayed_flight": "deny"}[example.stem]
    assert all(claim["citations"] for claim in released["claims"])
    assert {cited["document"] for cited in released["citations"]} == {"Reservation Policy"}
    assert not any(check["stale"] for check in released["policy_checks"])
    assert {reason["code"] for reason in released["review"]["reasons"]} <= {"claim_contradicted"}


def test_what_is_wrong_with_a_record_is_named_by_its_path(toulmin: Toulmin, tmp_path: Path) -> None:
    case = json.loads(EXAMPLES[0].read_text(encoding="utf-8"))
    case["case"]["reservation"]["passengers"] = []
    case["case"]["reservation"]["flights"][0]["price"] = -1
    case["case"]["user"]["membership"] = "platinum"
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    run = toulmin.run("decide", "--case", str(path))
    assert run.returncode != 0
    for field in ("reservation.passengers", "reservation.flights[0].price", "user.membership"):
        assert field in run.stderr.replace("\n", "")


def test_the_pack_passes_its_own_checks(toulmin: Toulmin) -> None:
    checked = toulmin.run("rules", "check", "--pack", "reservation")
    assert checked.returncode == 0, checked.stdout
    assert "ok" in checked.stdout
