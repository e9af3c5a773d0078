"""Addresses, and what must not be written down of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.ports import IngestionError, UnreadableSourceError
from ingestion.source import address_id, location_of
from ingestion.urls import file_path, plain_url, read_list, refuse_password, remote_scheme, scheme_of


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://law.example/a?part=250#top", "https://law.example/a?part=250"),
        ("https://name:pw@law.example/a", "https://law.example/a"),
        ("https://law.example/a?sig=abc&part=2", "https://law.example/a?sig=REDACTED&part=2"),
        (
            "https://b.example/a?X-Amz-Credential=k&X-Amz-Date=2",
            "https://b.example/a?X-Amz-Credential=REDACTED&X-Amz-Date=REDACTED",
        ),
        ("https://law.example/a?utm_source=x&uri=CELEX:1", "https://law.example/a?uri=CELEX:1"),
        ("abfs://laws@store.dfs.core.windows.net/a", "abfs://laws@store.dfs.core.windows.net/a"),
        ("s3://name:pw@bucket/a", "s3://bucket/a"),
    ],
)
def test_secrets_are_left_out(address: str, plain: str) -> None:
    assert plain_url(address) == plain
    assert plain_url(plain) == plain


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="/?#@:[]\\"), min_size=8).filter(str.isalnum))
def test_no_secret_is_ever_shown(secret: str) -> None:
    for address in (f"https://u:{secret}-@law.example/a", f"https://law.example/a?access_token={secret}-&x=1"):
        assert f"{secret}-" not in plain_url(address)


def test_an_address_gives_an_id_that_other_addresses_do_not_change() -> None:
    assert address_id("https://www.law.example/eli/1/") == "law-example-eli-1"
    assert address_id("https://law.example/act.pdf") == "law-example-act"
    assert address_id("https://law.example/full?part=250") != address_id("https://law.example/full?part=254")


@pytest.mark.parametrize(
    ("root", "name", "location"),
    [
        ("/laws", "a/b.md", "/laws//a/b.md"),
        ("/laws", "https://law.example/a//b", "/laws//https://law.example/a/%2Fb"),
        ("", "https://law.example/a", "https://law.example/a"),
        ("s3://bucket/laws", "s3://bucket/laws/a/b.md", "s3://bucket/laws//a/b.md"),
    ],
)
def test_a_location_can_be_taken_apart_at_its_last_double_slash(root: str, name: str, location: str) -> None:
    assert location_of(root, name) == location
    assert location.rpartition("//")[0] in {root, f"{root}//https:", "https:"}


def test_schemes() -> None:
    assert scheme_of("HTTPS://law.example") == "https"
    assert scheme_of("C:/laws") is None
    assert remote_scheme("s3://bucket") == "s3"
    with pytest.raises(IngestionError, match="nothing fetches ftp://; use one of http://"):
        remote_scheme("ftp://name:pw@law.example")
    for wrong in ("http://[::1", "https://law.example:port/a"):
        with pytest.raises(IngestionError, match=r"is wrong: .*; correct it"):
            remote_scheme(wrong)
    assert file_path("file:///a%20b/c.md") == Path("/a b/c.md")
    assert file_path("file://localhost/c.md") == Path("/c.md")
    with pytest.raises(IngestionError, match="means this machine"):
        file_path("file://other/c.md")


def test_passwords_in_addresses_are_refused() -> None:
    refuse_password("abfs://laws@store.dfs.core.windows.net/a")
    for address in ("https://name@law.example/", "s3://name:pw@bucket/"):
        with pytest.raises(UnreadableSourceError, match="user or password"):
            refuse_password(address)


def test_a_list_of_addresses(tmp_path: Path) -> None:
    path = tmp_path / "laws.urls"
    path.write_text("# laws\n\nhttps://law.example/a#s1 # the act\nhttps://law.example/a#s1\ns3://bucket/b\n")
    assert read_list(path) == (("https://law.example/a#s1", "s3://bucket/b"), ())


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        ("law.example/a", "it is not one address", "write one whole address such as"),
        ("https://a.example https://b.example", "it is not one address", "write one whole address such as"),
        ("ftp://u:pw@law.example/a", "ftp://law.example/a: nothing fetches ftp://", "use one of http://"),
        ("https://[law.example/a", "An address that begins with https:// is wrong: Invalid IPv6 URL", "correct it"),
        ("https://law.example:x/a", "An address that begins with https:// is wrong: Port could not", "correct it"),
    ],
)
def test_a_wrong_line_is_told_and_the_others_are_read(tmp_path: Path, line: str, reason: str, remedy: str) -> None:
    path = tmp_path / "laws.urls"
    path.write_text(f"# laws\n\nhttps://law.example/a\n{line} # remark\ns3://bucket/b\n", encoding="utf-8")
    addresses, (wrong,) = read_list(path)
    assert addresses == ("https://law.example/a", "s3://bucket/b")
    assert wrong.number == 4
    assert wrong.reason.startswith(reason)
    assert wrong.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "lists no address"),
        (b"# nothing\n", "lists no address"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_list_without_lines_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "laws.urls"
    path.write_bytes(text)
    with pytest.raises(IngestionError, match=message):
        read_list(path)
