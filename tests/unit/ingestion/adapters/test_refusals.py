"""What an answer other than the file means, and where a redirect may lead."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from ingestion.adapters.refusals import NotNowError, redirected, refused, web_address
from ingestion.ports import UnreadableSourceError


def test_what_came_encrypted_goes_on_encrypted_or_not_at_all() -> None:
    start = web_address("https://law.example/celex/1")
    assert str(redirected(start, "http://law.example/cellar/2")) == "https://law.example/cellar/2"
    assert str(redirected(start, "../3?x=1")) == "https://law.example/3?x=1"
    assert str(redirected(web_address("http://law.example/"), "https://law.example/")) == "https://law.example/"
    for location in ("http://other.example/", "http://law.example:8080/"):
        with pytest.raises(UnreadableSourceError, match="from https to http"):
            redirected(start, location)


@pytest.mark.parametrize("url", ["http://[::1", "ftp://law.example/", "https://", "https://a.example/" + "x" * 9000])
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(UnreadableSourceError, match=r"address is (wrong|none of the web)"):
        web_address(url)


def test_a_server_may_say_when_to_come_back() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    for header, least, most in (("7", 7, 7), (soon, 50, 60), ("Mon, 01 Jan 2001 00:00:00 GMT", 0, 0)):
        with pytest.raises(NotNowError) as later:
            refused(503, httpx.Headers({"Retry-After": header}))
        assert later.value.wait is not None
        assert least <= later.value.wait <= most
    with pytest.raises(NotNowError) as later:
        refused(429, httpx.Headers({"Retry-After": "soon"}))
    assert later.value.wait is None


def test_a_status_that_has_no_name_is_told_by_its_number() -> None:
    with pytest.raises(UnreadableSourceError, match="answered 799 instead"):
        refused(799, httpx.Headers())
