"""What a user names, as sources."""

from datetime import date
from pathlib import Path

import pytest

from ingestion.ports import IngestionError
from ingestion.sources import find_local_sources, find_sources
from retrieval.corpus import LOCAL


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_folder_gives_every_file_with_private_defaults(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", law__Air_rights_DOT_md="B", _DOT_hidden="C")
    found = find_local_sources([tmp_path])
    assert [source.document_id for source in found.sources] == ["a", "law-air-rights"]
    assert {source.groups for source in found.sources} == {(LOCAL,)}
    assert {source.owner for source in found.sources} == {"unassigned"}
    assert found.sources[1].location == f"{tmp_path.as_posix()}//law/Air_rights.md"
    assert Path(found.sources[1].location).is_file()
    assert found.roots == {tmp_path.as_posix()}


def test_sources_toml_declares_and_what_it_does_not_list_is_left_out_and_counted(tmp_path: Path) -> None:
    _write(
        tmp_path,
        policy_DOT_md="A",
        sales_DOT_csv="id",
        map_DOT_toml="",
        other_DOT_md="B",
        sources_DOT_toml="""
[[source]]
path = "policy.md"
id = "valuation-policy"
title = "Valuation"
owner = "credit-risk"
groups = ["public"]
effective_from = 2025-01-01
[[source]]
path = "sales.csv"
kind = "table"
record = "sale"
mapping = "map.toml"
""",
    )
    found = find_local_sources([tmp_path])
    policy, sales = found.sources
    assert (policy.document_id, policy.title, policy.owner, policy.groups) == (
        "valuation-policy",
        "Valuation",
        "credit-risk",
        ("public",),
    )
    assert policy.effective_from == date(2025, 1, 1)
    assert (sales.kind, sales.record, sales.mapping) == ("table", "sale", tmp_path / "map.toml")
    assert "1 file is in the folder but not listed" in found.notes[0]
    assert find_local_sources([tmp_path / "sources.toml"]).sources == found.sources


def test_a_file_named_by_itself_keeps_what_is_declared_of_it(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", sources_DOT_toml='[[source]]\npath = "a.md"\nid = "x"\ngroups = ["public"]')
    found = find_local_sources([tmp_path / "a.md"])
    assert [(source.document_id, source.groups) for source in found.sources] == [("x", ("public",))]
    assert not found.roots


def test_a_declared_folder_gives_its_properties_to_its_files(tmp_path: Path) -> None:
    _write(tmp_path, law__a_DOT_md="A", law__b_DOT_md="B", sources_DOT_toml='[[source]]\npath = "law"\nowner = "legal"')
    found = find_local_sources([tmp_path])
    assert [(source.document_id, source.owner) for source in found.sources] == [("law-a", "legal"), ("law-b", "legal")]


def test_a_folder_that_declares_itself_does_not_list_its_own_declarations(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", sources_DOT_toml='[[source]]\npath = "."\nowner = "legal"')
    assert [source.path.name for source in find_local_sources([tmp_path]).sources] == ["a.md"]


def test_the_same_file_named_twice_is_one_source(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A")
    assert len(find_local_sources([tmp_path, tmp_path / "a.md"]).sources) == 1


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[[source]]\npath = "gone.md"', r"sources\.toml: path: gone\.md does not exist"),
        ('[[source]]\npath = "a.md"\ncolour = "red"', r"source\[0\]\.colour: is not a known key"),
        ('[[source]]\npath = "a.md', "not valid TOML"),
        ('[[source]]\npath = "a.md"\nkind = "table"', "a table needs the key record"),
        ('[[source]]\npath = "a.md"\nrecord = "sale"', "goes only with kind"),
        ('[[source]]\npath = "a.md"\ngroups = []', r"source\[0\]\.groups"),
        ('[[source]]\npath = "a.md"\neffective_from = 2025-01-02\neffective_to = 2025-01-02', "must be later"),
        ('[[source]]\npath = "."\nid = "all"', "is a folder; only a file can have one"),
        (
            '[[source]]\npath = "a.md"\nkind = "table"\nrecord = "sale"\nmapping = "no.toml"',
            "mapping: no.toml does not",
        ),
        ("", "source: is missing"),
    ],
)
def test_a_wrong_declaration_is_refused_by_file_key_and_remedy(tmp_path: Path, toml: str, message: str) -> None:
    _write(tmp_path, a_DOT_md="A", sources_DOT_toml=toml)
    with pytest.raises(IngestionError, match=message) as refusal:
        find_local_sources([tmp_path])
    assert "sources.toml" in str(refusal.value)


def test_of_two_sources_with_one_id_the_later_one_waits_and_the_others_go_on(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", a_DOT_txt="B", z_DOT_md="Z")
    found = find_local_sources([tmp_path])
    assert [source.path.name for source in found.sources] == ["a.md", "z.md"]
    (left_out,) = found.unreadable
    assert (left_out.source, left_out.document_id) == (f"{tmp_path.as_posix()}//a.txt", "a")
    assert left_out.reason == f"its document id a is also the id of {tmp_path}/a.md"
    assert "declare another id in a sources.toml" in left_out.remedy


def test_of_two_folders_with_files_of_one_name_both_are_read(tmp_path: Path) -> None:
    _write(tmp_path, one__terms_DOT_md="A", two__terms_DOT_md="B", two__z_DOT_md="Z")
    found = find_local_sources([tmp_path / "one", tmp_path / "two"])
    assert [source.location for source in found.sources] == [
        f"{tmp_path.as_posix()}/one//terms.md",
        f"{tmp_path.as_posix()}/two//z.md",
    ]
    assert [one.source for one in found.unreadable] == [f"{tmp_path.as_posix()}/two//terms.md"]


async def test_an_id_stays_with_the_file_that_is_known_by_it(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", a_DOT_txt="B")
    found = await find_sources([tmp_path], None, held={"a": f"{tmp_path.as_posix()}//a.txt"})
    assert [source.path.name for source in found.sources] == ["a.txt"]
    assert [one.source for one in found.unreadable] == [f"{tmp_path.as_posix()}//a.md"]


def test_an_id_belongs_to_the_source_that_declares_it_and_two_may_not(tmp_path: Path) -> None:
    toml = '[[source]]\npath = "a.md"\n[[source]]\npath = "b.md"\nid = "a"\n'
    _write(tmp_path, a_DOT_md="A", b_DOT_md="B", sources_DOT_toml=toml)
    found = find_local_sources([tmp_path])
    assert [source.path.name for source in found.sources] == ["b.md"]
    assert [one.document_id for one in found.unreadable] == ["a"]
    _write(tmp_path, sources_DOT_toml=toml.replace("[[source]]", 'id = "a"\n[[source]]').removeprefix('id = "a"\n'))
    with pytest.raises(IngestionError, match=r"b\.md: id: a is also the id of .*a\.md; declare another id"):
        find_local_sources([tmp_path])


def test_a_file_that_no_parser_reads_does_not_take_the_id_of_its_neighbour(tmp_path: Path) -> None:
    _write(tmp_path, a_DOT_md="A", a_DOT_xml="B")
    assert [source.document_id for source in find_local_sources([tmp_path]).sources] == ["a", "a-xml"]


@pytest.mark.parametrize(
    ("location", "message"),
    [("htp://example.org/policy", "nothing fetches htp://"), ("gone", "does not exist")],
)
def test_what_cannot_be_fetched_or_is_missing_is_refused(location: str, message: str) -> None:
    with pytest.raises(IngestionError, match=message):
        find_local_sources([location])


def test_an_empty_folder_is_refused_so_that_it_removes_nothing(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="holds no source"):
        find_local_sources([tmp_path])
