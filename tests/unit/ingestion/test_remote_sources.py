"""What lies elsewhere, as sources; and what cannot be had, so that what is known of it stays."""

import json
from pathlib import Path

import pytest

from ingestion.ports import Fetching, IngestionError, UnreadableSourceError
from ingestion.sources import Found, Source, find_local_sources, find_sources, still_there


class Shelf:
    """Fetches from a dictionary of addresses."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self._folder = folder
        self.files = files
        self.languages: list[str | None] = []

    async def listed(self, url: str) -> tuple[str, ...]:
        if url in self.files:
            return (url,)
        inside = tuple(sorted(name for name in self.files if name.startswith(f"{url.rstrip('/')}/")))
        if not inside:
            raise UnreadableSourceError("there is no such folder", "correct its address")
        return inside

    async def fetched(self, url: str, language: str | None = None) -> Path:
        self.languages.append(language)
        if url not in self.files:
            raise UnreadableSourceError("it is not there any more", "correct its address")
        path = self._folder / f"{len(self.languages)}.html"
        path.write_text(self.files[url], encoding="utf-8")
        return path


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "fetched").mkdir()
    files = {
        "https://law.example/eli/1?part=2&token=t": "One",
        "https://law.example/act.pdf": "Act",
        "s3://bucket/laws/a.md": "A",
        "s3://bucket/laws/us/b.md": "B",
        "s3://bucket/laws/.git/c.md": "C",
    }
    return Shelf(tmp_path / "fetched", files)


def _toml(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "laws"
    folder.mkdir(exist_ok=True)
    (folder / "here.md").write_text("Here", encoding="utf-8")
    (folder / "sources.toml").write_text(text, encoding="utf-8")
    return folder


def _ids(found: Found) -> list[str]:
    return [source.document_id for source in found.sources]


def _is_gone_if_unseen(location: str, found: Found) -> bool:
    """Whether a known document of this location would be removed, by the rule that Found states."""
    return location.rpartition("//")[0] in found.roots


async def test_an_address_named_alone(shelf: Shelf) -> None:
    found = await find_sources(["https://law.example/eli/1?part=2&token=t"], shelf)
    (source,) = found.sources
    assert source.path.read_text() == "One"
    assert source.document_id == "law-example-eli-1-part-2-token-redacted"
    assert source.location == source.remote == source.url == "https://law.example/eli/1?part=2&token=REDACTED"
    assert found.roots == frozenset()
    assert not _is_gone_if_unseen("https://law.example/other", found)
    assert Source.model_validate(json.loads(source.model_dump_json())) == source


async def test_declared_addresses_keep_what_is_declared_and_belong_to_their_folder(
    tmp_path: Path, shelf: Shelf
) -> None:
    folder = _toml(
        tmp_path,
        """
[[source]]
path = "here.md"
[[source]]
url = "https://law.example/act.pdf"
id = "act"
title = "The Act"
language = "de"
groups = ["public"]
refresh = "7d"
trust_tier = "official"
[[source]]
url = "s3://bucket/laws"
owner = "legal"
""",
    )
    done: list[tuple[int, int]] = []
    found = await find_sources([folder], shelf, progress=lambda one, all_of_them: done.append((one, all_of_them)))
    here, act, a, b = found.sources
    assert (here.remote, act.remote) == (None, "https://law.example/act.pdf")
    assert (act.document_id, act.title, act.groups) == ("act", "The Act", ("public",))
    assert (act.refresh_days, act.trust_tier, act.language) == (7, "official", "de")
    assert (a.document_id, a.owner, a.url) == ("bucket-laws-a", "legal", None)
    assert act.location == f"{folder}//https://law.example/act.pdf"
    assert b.location == f"{folder}//s3://bucket/laws/us/b.md"
    assert all(_is_gone_if_unseen(source.location, found) for source in found.sources)
    assert sorted(shelf.languages, key=str) == [None, None, "de"]
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert _ids(find_local_sources([folder])) == ["here"]
    assert "2 addresses are not fetched here" in find_local_sources([folder]).notes[0]
    for source in found.sources:
        assert Source.model_validate(source.model_dump(mode="json")) == source


async def test_what_is_online_is_left_out_unless_asked_for_and_then_nothing_remote_is_gone(
    tmp_path: Path, shelf: Shelf
) -> None:
    entry = '[[source]]\nurl = "https://law.example/act.pdf"\nwhen = "online"\n'
    folder = _toml(tmp_path, f'[[source]]\npath = "here.md"\n{entry}')
    offline = await find_sources([folder], None)
    assert _ids(offline) == ["here"]
    assert offline.notes == (
        f"{folder}/sources.toml: 1 source is fetched only when asked, and left out; --online fetches them.",
    )
    online = await find_sources([folder], shelf, online=True)
    assert _ids(online) == ["here", "law-example-act"]
    fetched = online.sources[1].location
    assert _is_gone_if_unseen(fetched, online)
    assert not _is_gone_if_unseen(fetched, offline)
    assert _is_gone_if_unseen(online.sources[0].location, offline)
    (folder / "sources.toml").write_text(entry, encoding="utf-8")
    with pytest.raises(IngestionError, match="lists only sources that are fetched when asked; add --online"):
        await find_sources([folder], None)


async def test_an_entry_that_left_the_file_is_gone_once_everything_was_looked_at(tmp_path: Path, shelf: Shelf) -> None:
    folder = _toml(tmp_path, '[[source]]\npath = "here.md"\n[[source]]\nurl = "https://law.example/act.pdf"')
    location = (await find_sources([folder], shelf)).sources[1].location
    for text in ('[[source]]\npath = "here.md"', '[[source]]\nurl = "s3://bucket/laws/a.md"'):
        _toml(tmp_path, text)
        assert _is_gone_if_unseen(location, await find_sources([folder], shelf))


async def test_what_cannot_be_had_is_told_with_its_document(tmp_path: Path, shelf: Shelf) -> None:
    text = '[[source]]\nurl = "https://law.example/gone"\nid = "act"\n[[source]]\nurl = "https://u:pw@law.example/x"\n'
    folder = _toml(tmp_path, text)
    found = await find_sources([folder], shelf)
    assert found.sources == ()
    password, gone = found.unreadable
    assert (gone.source, gone.document_id) == (f"{folder}//https://law.example/gone", "act")
    assert (gone.reason, gone.remedy) == ("it is not there any more", "correct its address")
    assert password.source == f"{folder}//https://law.example/x"
    assert "user or password" in password.reason


async def test_a_list_of_addresses_is_read_whole(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "laws.urls"
    path.write_text("https://law.example/act.pdf\nhttps://law.example/gone\n")
    found = await find_sources([path], shelf)
    (source,) = found.sources
    assert source.location == f"{path}//https://law.example/act.pdf"
    assert _is_gone_if_unseen(source.location, found)
    assert [one.document_id for one in found.unreadable] == ["law-example-gone"]
    beside = await find_sources([tmp_path / "fetched", tmp_path], None)
    assert any("lists addresses and is left out" in note for note in beside.notes)


async def test_a_wrong_line_of_a_list_waits_by_its_number_and_removes_nothing(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "laws.urls"
    path.write_text("# laws\nhttps://law.example/act.pdf\n\nhtps://law.example/b\ns3://bucket/laws/a.md\n")
    found = await find_sources([path], shelf)
    assert [source.remote for source in found.sources] == ["https://law.example/act.pdf", "s3://bucket/laws/a.md"]
    (wrong,) = found.unreadable
    assert wrong.source == f"{path}:4"
    assert wrong.reason == "htps://law.example/b: nothing fetches htps://"
    assert not _is_gone_if_unseen(f"{path}//https://law.example/b", found)
    path.write_text("law.example/b\n")
    assert [one.source for one in (await find_sources([path], None)).unreadable] == [f"{path}:1"]


async def test_a_folder_in_a_store_is_a_root_as_a_folder_here(shelf: Shelf) -> None:
    found = await find_sources(["s3://bucket/laws/"], shelf)
    assert [(one.document_id, one.location) for one in found.sources] == [
        ("a", "s3://bucket/laws//a.md"),
        ("us-b", "s3://bucket/laws//us/b.md"),
    ]
    assert found.roots == {"s3://bucket/laws"}
    alone = await find_sources(["s3://bucket/laws/a.md"], shelf)
    assert alone.sources[0].model_dump(exclude={"path"}) == found.sources[0].model_dump(exclude={"path"})
    assert alone.roots == frozenset()


async def test_a_folder_that_cannot_be_listed_removes_nothing(tmp_path: Path, shelf: Shelf) -> None:
    folder = _toml(tmp_path, '[[source]]\npath = "here.md"\n[[source]]\nurl = "s3://bucket/laws"\n')
    before = await find_sources([folder], shelf)
    shelf.files.clear()
    for named in (folder, "s3://bucket/laws"):
        found = await find_sources([named], shelf)
        assert [one.reason for one in found.unreadable] == ["there is no such folder"]
        assert not any(_is_gone_if_unseen(one.location, found) for one in before.sources[1:])
        assert "s3://bucket/laws" not in found.roots


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('url = "s3://bucket/laws"\nid = "laws"', "is a folder; only a file can have an id or a title"),
        ('path = "list.urls"', "lists addresses; write them under the key urls"),
    ],
)
async def test_what_is_misdeclared_is_refused(tmp_path: Path, shelf: Shelf, entry: str, message: str) -> None:
    folder = _toml(tmp_path, f"[[source]]\n{entry}")
    (folder / "list.urls").write_text("https://law.example/act.pdf")
    with pytest.raises(IngestionError, match=message):
        await find_sources([folder], shelf)


async def test_of_two_addresses_with_one_id_the_later_one_waits(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["https://law.example/act.md"] = "B"
    path = tmp_path / "laws.urls"
    path.write_text("https://law.example/act.pdf\nhttps://law.example/act.md\n")
    found = await find_sources([path], shelf)
    assert [source.remote for source in found.sources] == ["https://law.example/act.pdf"]
    assert [one.reason for one in found.unreadable] == [
        "its document id law-example-act is also the id of https://law.example/act.pdf"
    ]


async def test_without_anybody_to_fetch_an_address_is_refused() -> None:
    nobody: Fetching | None = None
    with pytest.raises(IngestionError, match="nothing is set up to fetch it"):
        await find_sources(["https://law.example/a"], nobody)


async def test_a_file_address_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a b.md").write_text("A")
    found = await find_sources([f"{(tmp_path / 'a b.md').as_uri()}"], None)
    assert found.sources[0].path == tmp_path / "a b.md"
    assert found.sources[0].remote is None


async def test_a_file_that_moves_with_its_declared_id_stays_the_document(tmp_path: Path) -> None:
    folder = _toml(tmp_path, '[[source]]\npath = "here.md"\nid = "act"')
    before = await find_sources([folder], None)
    (folder / "here.md").rename(folder / "there.md")
    (folder / "sources.toml").write_text('[[source]]\npath = "there.md"\nid = "act"')
    after = await find_sources([folder], None)
    assert _ids(before) == _ids(after) == ["act"]
    assert not still_there(before.sources[0].location)
    assert still_there(after.sources[0].location)


def test_nobody_can_tell_of_an_address_whether_it_is_there(tmp_path: Path) -> None:
    assert not still_there("https://law.example/a")
    assert not still_there(f"{tmp_path}//{'long' * 1000}")
