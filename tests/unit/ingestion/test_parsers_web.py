"""Web pages as canonical text: what stays, what is left out, what is refused."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from ingestion.parsers import ParsedText, parse
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits


def _read(tmp_path: Path, page: str | bytes, name: str = "a.html") -> ParsedText:
    path = tmp_path / name
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return parse(path)


def _refusal(tmp_path: Path, page: str | bytes, limits: ParsingLimits | None = None) -> UnreadableSourceError:
    path = tmp_path / "a.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    with pytest.raises(UnreadableSourceError) as refusal:
        parse(path, limits or ParsingLimits())
    assert refusal.value.remedy
    return refusal.value


PAGE = """<!doctype html><html lang="en-GB"><head><title>House &amp; home</title><style>p{}</style></head><body>
<header><a href="/">Logo</a></header><nav><ul><li>Home</ul></nav>
<h1>Policy</h1><p>Hello <b>wor</b>ld&nbsp;again<br>next<!-- no --> line
goes on</p>
<h2>Article 7 Rights</h2><ol><li>First<ul><li>sub a<li>sub b</ul></li><li><p>Second</p><p>more</p></ol>
<ol type=a start=3><li>third</ol><ul><li>(i) own number</ul>
<pre>
 code
   here
</pre>
<p hidden>secret</p><div style="display: none">secret</div><del>gone</del><script>alert(1)</script>
<p># no heading</p><footer>Imprint</footer></body></html>"""


def test_a_page_keeps_headings_lists_and_code(tmp_path: Path) -> None:
    parsed = _read(tmp_path, PAGE)
    assert parsed.canonical_text == (
        "# Policy\n\nHello world again\nnext line goes on\n\n## Article 7 Rights\n\n"
        "1. First\n  - sub a\n  - sub b\n2. Second\n\nmore\n\nc. third\n(i) own number\n\n"
        "```\n code\n   here\n```\n\n\\# no heading"
    )
    assert parsed.title == "House & home"
    assert parsed.language == "en-GB"


def test_the_main_part_is_enough_where_there_is_one(tmp_path: Path) -> None:
    page = "<body><div>Cookies!</div><main><h2>Refunds</h2><p>Within 7 days.</p></main><div>Links</div></body>"
    parsed = _read(tmp_path, page)
    assert parsed.canonical_text == "## Refunds\n\nWithin 7 days."
    assert parsed.title is None


def test_tables_become_rows_with_pipes(tmp_path: Path) -> None:
    page = """<table><caption>Amounts</caption><thead><tr><th colspan=2>Both|x<th>C</thead>
    <tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>"""
    assert _read(tmp_path, page).canonical_text == (
        "Amounts\n\n| Both\\|x |  | C |\n|---|---|---|\n| 1 | 2 | 3 |\n|  | 4 | 5 |"
    )


def test_a_table_of_marked_points_is_a_list(tmp_path: Path) -> None:
    page = """<p>1. It applies to:</p><table><tr><td>(a)</td><td><p>banks:</p>
    <table><tr><td>(i)</td><td>large;</td></tr></table></td></tr><tr><td>(b)</td><td>insurers.</td></tr></table>"""
    assert _read(tmp_path, page).canonical_text == "1. It applies to:\n\n(a) banks:\n(i) large;\n(b) insurers."


@pytest.mark.parametrize(
    "page",
    [
        "<meta charset=iso-8859-1><p>Stra\u00dfe \u20ac".encode("cp1252"),
        "<meta http-equiv=Content-Type content='text/html; charset=windows-1252'><p>Stra\u00dfe \u20ac".encode(
            "cp1252"
        ),
        "<p>Stra\u00dfe \u20ac".encode("utf-16"),
        "\ufeff<meta charset=latin-1><p>Stra\u00dfe \u20ac".encode(),
        "<p>Stra&szlig;e &euro;",
    ],
)
def test_the_declared_encoding_counts_and_the_mark_counts_more(tmp_path: Path, page: str | bytes) -> None:
    assert _read(tmp_path, page).canonical_text == "Stra\u00dfe \u20ac"


def test_a_wrong_encoding_names_the_byte(tmp_path: Path) -> None:
    assert (
        _refusal(tmp_path, b"<meta charset=utf-8><p>caf\xe9").reason == "byte 26 is not UTF-8 as the file says (utf-8)"
    )
    assert "'punycode', which is not one of texts" in _refusal(tmp_path, b"<meta charset=punycode><p>x").reason
    assert "'nonsense'" in _refusal(tmp_path, b"<meta charset=nonsense><p>x").reason


@pytest.mark.parametrize("count", [300, 200_000])
def test_deeply_nested_pages_are_refused_at_once(tmp_path: Path, count: int) -> None:
    began = time.perf_counter()
    refusal = _refusal(tmp_path, "<div>" * count + "x")
    assert "more than 200 deep" in refusal.reason
    assert "TOULMIN_PARSE_DEEPEST" in refusal.remedy
    assert time.perf_counter() - began < 5


def test_pages_within_the_limit_of_depth_are_read(tmp_path: Path) -> None:
    assert _read(tmp_path, "<div>" * 150 + "<p>x").canonical_text == "x"


def test_a_page_of_hidden_words_only_has_none(tmp_path: Path) -> None:
    assert _refusal(tmp_path, "<p hidden>secret</p><script>x</script>").reason == "it holds no words"


def test_claims_of_enormous_cells_cost_nothing(tmp_path: Path) -> None:
    page = "<table><tr><td colspan=999999999 rowspan=999999999>a<td>b<tr><td>c<td>d</table>"
    assert len(_read(tmp_path, page).canonical_text) < 2000


@pytest.mark.parametrize("piece", ["<p>", "<td>", "<li>a", "<table>", "<b>", "</p>", "<!--", "<a href='", "&amp"])
def test_time_grows_with_length_only(tmp_path: Path, piece: str) -> None:
    began = time.perf_counter()
    path = tmp_path / "a.html"
    path.write_text("<p>word</p>" + piece * (200_000 // len(piece)), encoding="utf-8")
    with suppress(UnreadableSourceError):
        parse(path)
    assert time.perf_counter() - began < 20
