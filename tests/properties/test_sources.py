"""What holds for every place that is named: each file once, found again by its location, whatever order it comes in."""

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingestion.source import location_of
from ingestion.sources import Source, find_local_sources, still_there
from ingestion.urls import plain_url

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}(/[a-z][a-z0-9]{0,5}){0,2}\.(md|xml|docx|html)", fullmatch=True)
SECRETS = st.from_regex(r"[A-Za-z0-9]{12,20}", fullmatch=True)
PATHS = st.from_regex(r"(/[a-zA-Z0-9._~%-]{1,6}|/){0,4}", fullmatch=True)
QUERIES = st.lists(st.tuples(st.sampled_from(["part", "date", "id", "uri"]), SECRETS), max_size=3)


@given(st.sets(NAMES, min_size=1, max_size=8))
def test_every_file_is_one_source_at_a_location_that_can_be_opened(names: set[str]) -> None:
    # Hypothesis runs many examples in one test, so each makes its own folder.
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made).resolve()
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name, encoding="utf-8")
        found = find_local_sources([folder])
        assert {source.path.read_text() for source in found.sources} == names
        assert len({source.document_id for source in found.sources}) == len(names)
        for source in found.sources:
            assert still_there(source.location)
            assert source.location.rpartition("//")[0] in found.roots
            assert Source.model_validate(json.loads(source.model_dump_json())) == source


@given(PATHS, QUERIES, SECRETS)
def test_an_address_is_written_down_without_its_secret_and_stays_what_it_is(
    path: str, query: list[tuple[str, str]], secret: str
) -> None:
    words = "&".join(f"{name}={value}" for name, value in query)
    bare = f"https://law.example{path}" + (f"?{words}" if words else "")
    assert plain_url(bare) == bare
    token = f"{bare}{'&' if words else '?'}access_token=-{secret}-"
    assert f"-{secret}-" not in plain_url(token)
    assert plain_url(plain_url(token)) == plain_url(token)


@given(st.sampled_from(["/laws", "/a/laws.urls", "C:/laws"]), PATHS)
def test_the_root_of_a_location_can_always_be_read_from_it(root: str, path: str) -> None:
    assert location_of(root, f"https://law.example{path}").rpartition("//")[0] == f"{root}//https:"
