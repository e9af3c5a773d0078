"""Ids, keys and turns of ingests; and where somebody who comes over the network may have them read from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.ingests import Ingestion, IngestRequest
from service.errors import ConflictError, InvalidFieldsError
from service.ingestions import batch_job, jobs_of, new_ingestion, require_same, source_key
from service.locations import permitted_locations, require_roots
from service.settings import SettingsError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def asked(*locations: str, tenant: str = "t", key: str | None = "k", randomness: bytes = bytes(10)) -> Ingestion:
    return new_ingestion(IngestRequest(locations=locations), tenant, NOON, randomness, key)


def test_one_key_of_one_tenant_is_one_id_and_no_key_a_new_one() -> None:
    assert asked("a").id == asked("a", randomness=bytes(range(10))).id
    assert asked("a").id != asked("a", key="other").id
    assert asked("a").id != asked("a", tenant="other").id
    assert asked("a", key=None).id != asked("a", key=None, randomness=bytes(range(10))).id
    assert asked("a", key="x", tenant="yz").id != asked("a", key="xy", tenant="z").id


def test_a_key_that_was_used_for_another_request_is_refused() -> None:
    assert require_same(asked("a"), asked("a")) == asked("a")
    with pytest.raises(ConflictError, match="Idempotency-Key"):
        require_same(asked("a"), asked("b"))


def test_ingests_take_turns_by_their_locations_in_any_order() -> None:
    def turn(*locations: str, tenant: str = "t") -> str:
        return source_key(tenant, IngestRequest(locations=locations))

    assert turn("a", "b") == turn("b", "a") == turn("b", "a", "a")
    assert len({turn("a"), turn("b"), turn("a", "b"), turn("a", tenant="u"), turn()}) == 5


def test_the_jobs_of_one_ingestion_are_told_from_those_of_another() -> None:
    assert batch_job("ing_1", 0, 2).startswith(jobs_of("ing_1"))
    assert not batch_job("ing_11", 0, 2).startswith(jobs_of("ing_1"))
    assert batch_job("ing_1", 1, 12) != batch_job("ing_1", 11, 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder that may be read, with links that lead inside and outside of it."""
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (tmp_path / "root-but-not").mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "inside")
    (root / "loop").symlink_to(root / "loop")
    (tmp_path / "linked").symlink_to(root)
    return root


def test_everybody_may_name_the_web_packs_and_what_lies_below_a_root(root: Path) -> None:
    named = ("https://example.org/a.html", "pack:policy", str(root / "inside"), f"{root}/inside/../in", str(root))
    web, pack, *paths = permitted_locations(named, (str(root),), owner=False)
    assert web == "https://example.org/a.html"
    assert Path(pack).name == "sources.toml"
    assert paths == [str(root / "inside"), str(root / "inside"), str(root)]
    assert permitted_locations([str(root / "in")], (str(root.parent / "linked"),), owner=False) == (
        str(root / "inside"),
    )
    assert permitted_locations(["s3://ours/a/b"], ("s3://ours/a",), owner=False) == ("s3://ours/a/b",)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "{root}/../root-but-not",
        "{root}-but-not",
        "{root}/out",
        "{root}/out/root-but-not",
        "{root}/loop",
        "inside",
        "",
        ".",
        "~/inside",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "local://etc/passwd",
        "simplecache::file:///etc/passwd",
        "ftp://example.org/a",
        "s3://ours/ab",
        "s3://ours/a/../b",
        "s3://ours/a/b::file:///etc/passwd",
        "s3://theirs/a",
        "/nul\0",
        "/" + "a" * 5000,
    ],
)
def test_nothing_else_is_read_for_everybody(root: Path, name: str) -> None:
    named = ("https://example.org/", name.format(root=root))
    with pytest.raises(InvalidFieldsError, match=r"locations\.1"):
        permitted_locations(named, (str(root), "s3://ours/a"), owner=False)


def test_without_roots_no_path_is_read_for_everybody(root: Path) -> None:
    with pytest.raises(InvalidFieldsError, match=r"locations\.0"):
        permitted_locations([str(root)], (), owner=False)


def test_the_owner_may_name_any_path_and_any_bucket(root: Path) -> None:
    named = (str(root / "out"), "/etc/passwd", "s3://theirs/a")
    assert permitted_locations(named, (), owner=True) == (
        str(root / "out"),
        "/etc/passwd",
        "s3://theirs/a",
    )
    with pytest.raises(InvalidFieldsError, match=r"locations\.0"):
        permitted_locations(["relative"], (), owner=True)


def test_a_pack_that_is_not_installed_is_named() -> None:
    with pytest.raises(InvalidFieldsError, match=r"locations\.0: expected pack:NAME of one of .*, not 'nosuch'"):
        permitted_locations(["pack:nosuch"], (), owner=False)


def test_every_place_that_is_refused_is_named(root: Path) -> None:
    named = ("/etc/passwd", str(root), "pack:nosuch", "relative")
    with pytest.raises(InvalidFieldsError) as refused:
        permitted_locations(named, (str(root),), owner=False)
    assert [one.field for one in refused.value.problems] == ["locations.0", "locations.2", "locations.3"]


def test_roots_are_folders_that_are_there_or_cloud_addresses(root: Path) -> None:
    require_roots(())
    require_roots((str(root), str(root / "in"), f"{root}/", "s3://ours/a", "gs://ours"))


@pytest.mark.parametrize("name", ["{root}/nowhere", "{root}/file", "{root}/loop", "https://example.org", "file:///etc"])
def test_a_root_that_is_no_folder_is_named(root: Path, name: str) -> None:
    (root / "file").write_text("not a folder", encoding="utf-8")
    wrong = name.format(root=root)
    with pytest.raises(SettingsError, match=f"TOULMIN_INGEST_ROOTS: '{wrong}': expected"):
        require_roots((str(root), wrong))
