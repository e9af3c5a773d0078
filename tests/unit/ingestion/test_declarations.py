"""What a `sources.toml` may say, and how it is told what is wrong."""

from pathlib import Path

import pytest

from ingestion.declarations import Declaration, days, read_declarations
from ingestion.ports import IngestionError


def _read(tmp_path: Path, entry: str) -> Declaration:
    path = tmp_path / "sources.toml"
    path.write_text(f"[[source]]\n{entry}", encoding="utf-8")
    (declaration,) = read_declarations(path)
    return declaration


def test_an_address_with_all_that_can_be_said_of_it(tmp_path: Path) -> None:
    one = _read(
        tmp_path,
        'url = "https://law.example/a"\nid = "act"\nrefresh = "36h"\ntrust_tier = "official"\nwhen = "online"',
    )
    assert one.remote == ("https://law.example/a",)
    assert (one.refresh, one.trust_tier, one.when) == (1.5, "official", "online")


def test_a_path_is_not_fetched_whatever_address_people_are_shown(tmp_path: Path) -> None:
    one = _read(tmp_path, 'path = "a.md"\nurl = "https://law.example/a"')
    assert one.remote == ()
    assert (one.refresh, one.trust_tier) == (None, "unverified")


def test_several_addresses_share_what_is_said(tmp_path: Path) -> None:
    one = _read(tmp_path, 'urls = ["https://law.example/a", "s3://bucket/laws/"]\nowner = "legal"')
    assert one.remote == ("https://law.example/a", "s3://bucket/laws/")


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        *[("24h", 1.0), ("7d", 7.0), ("2w", 14.0), ("0.5 d", 0.5), (3, 3)],
        *[("7 days", 7.0), ("1 day", 1.0), ("24 hours", 1.0), ("2 weeks", 14.0), ("1 Week", 7.0), ("36hours", 1.5)],
    ],
)
def test_intervals(interval: object, expected: float) -> None:
    assert days(interval) == expected


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('title = "A"', r"source\[0\]: it needs one of the keys path, url and urls"),
        ('path = "a"\nurls = ["https://law.example/a"]', "urls goes neither with path nor with url"),
        ('path = "a"\nwhen = "online"', "when goes only with url or urls"),
        ('urls = ["https://law.example/a"]\nid = "a"', "id and title go with one url only"),
        ('url = "ftp://law.example/a"', "nothing fetches ftp://"),
        ('url = "law.example/a"', "law.example/a is no address; write the whole of it"),
        ('url = "https://law.example/a"\nwhen = "later"', r"source\[0\]\.when: expected 'online', not 'later';"),
        ('path = "a"\nrefresh = "often"', r'source\[0\]\.refresh: expected "24h", "7 days"'),
        ('path = "a"\nrefresh = 0', r"source\[0\]\.refresh: must be greater than 0;"),
        ('path = "a"\ntrust_tier = "high"', r"source\[0\]\.trust_tier: expected 'official'"),
        ('path = "a"\nlicense = "MIT"', r"license: is not a known key \(did you mean licence\?\)"),
        ('path = "a"\ngroups = "public"', r"groups: expected a list such as \[\"a\", \"b\"\], not 'public'"),
        ('path = "a"\ngroups = []', r"groups: needs an entry at least;"),
        ('path = "a"\ntitle = 3', "title: expected a text in quotes, not '3'"),
        ('path = "a"\ntitle = ""', "title: must not be empty"),
        ('path = "a"\neffective_from = "soon"', "effective_from: expected a date such as 2025-01-31"),
        ('path = "a"\ntenant = "x"', "tenant: is not a known key;"),
    ],
)
def test_a_wrong_entry_is_refused_by_key_and_remedy(tmp_path: Path, entry: str, message: str) -> None:
    with pytest.raises(IngestionError, match=message) as refusal:
        _read(tmp_path, entry)
    said = str(refusal.value)
    assert said.startswith(str(tmp_path / "sources.toml"))
    assert not any(words in said for words in ("Value error", "Tuple", "Field", "Input", "validation"))


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("", "source: is missing; add it; correct"),
        ("source = []", "source: needs an entry at least; correct"),
        ('[source]\npath = "a"', r"source: expected double brackets, \[\[source\]\], around its name; correct"),
        ("source = [1]", r"source\[0\]: expected a table of keys and values, not '1'; correct"),
    ],
)
def test_a_file_without_entries_is_refused(tmp_path: Path, toml: str, message: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(IngestionError, match=message):
        read_declarations(path)
