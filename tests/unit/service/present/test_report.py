"""The HTML report: self-contained, inert, and complete."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import cast

import pytest
from pydantic import JsonValue

from service.present.report import html_report

Decision = dict[str, JsonValue]
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Takes a page apart as a browser would: elements, attributes, anchors, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what can be read."""
        self.words.append(data)

    def named(self, attribute: str) -> list[str]:
        """Give every value of an attribute."""
        return [value for name, value in self.attributes if name == attribute]


@pytest.fixture(params=["valuation", "located", "disruption", "answered"])
def decision(request: pytest.FixtureRequest) -> Decision:
    return cast("Decision", request.getfixturevalue(cast("str", request.param)))


def test_hostile_words_are_shown_and_never_run(decision: Decision, hostile: str) -> None:
    page = Reader(html_report(decision))
    assert not {"script", "img", "iframe", "object", "link", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"style", "src", "srcset"}]
    assert hostile in "".join(page.words)


def test_hostile_words_in_every_field_stay_text(decision: Decision, hostile: str) -> None:
    def poisoned(value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {f"{name}": poisoned(one) for name, one in value.items()}
        if isinstance(value, list):
            return [poisoned(one) for one in value]
        return f'{hostile}"><script>x</script>' if isinstance(value, str) else value

    page = Reader(html_report(cast("Decision", poisoned(decision))))
    assert "script" not in page.tags
    assert "img" not in page.tags


def test_nothing_outside_is_asked_for(decision: Decision) -> None:
    html = html_report(decision)
    page = Reader(html)
    assert all(link.startswith("#") for link in page.named("href"))
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    digest = b64encode(sha256(style[0].encode()).digest()).decode()
    policy = next(value for value in page.named("content") if "default-src" in value)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_link_has_its_anchor_and_every_anchor_is_unique(decision: Decision) -> None:
    page = Reader(html_report(decision))
    anchors = page.named("id")
    assert len(anchors) == len(set(anchors))
    assert {link[1:] for link in page.named("href")} <= set(anchors)
    assert {f"citation-{n}" for n in (1, 2, 3)} <= set(anchors)
    assert set(page.named("aria-labelledby")) <= set(anchors)


def test_headings_descend_from_one_title(decision: Decision) -> None:
    headings = [tag for tag in Reader(html_report(decision)).tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert set(headings) <= {"h1", "h2", "h3"}


def test_a_marker_without_a_citation_is_not_a_link(valuation: Decision) -> None:
    html = html_report(valuation)
    assert '<a class="cite" href="#citation-2">[2]</a>' in html
    assert "#citation-99" not in html
    assert "[99]" in html


def test_a_valuation_shows_its_picture_and_its_arithmetic(valuation: Decision) -> None:
    html = html_report(valuation)
    text = "".join(Reader(html).words)
    assert "Value USD 215,000; 90 % interval USD 176,900 to USD 261,200; 80 % interval" in html
    for words in ("205,000.00", "+4,052.25", "212,752.75", "+31,000", "held 80.7 % of 412 sales"):
        assert words in text
    assert html.count('class="dot"') == 5


def test_every_picture_has_a_text_and_nothing_in_it_points_elsewhere(located: Decision) -> None:
    page = Reader(html_report(located))
    assert page.tags.count("svg") - page.named("class").count("clip") == len(page.named("role")) - page.named(
        "role"
    ).count("region")
    titles = ("Map of the property", "The value, its intervals", "The value in its market", "1. 0905281", "What makes")
    told = page.named("aria-label")
    assert all(any(one.startswith(title) for one in told) for title in titles)
    assert page.tags.count("desc") == page.named("role").count("img") == 3 + 5 + 1
    assert not page.named("xlink:href")
    assert not [value for _, value in page.attributes if value.startswith(("http:", "https:", "//", "url("))]


def test_a_domain_that_nobody_drew_is_shown_whole(valuation: Decision) -> None:
    answer: JsonValue = {"outcome": "grant", "limits": [{"name": "a", "amount": 3}], "deep": {"er": {"x": [1, 2]}}}
    text = "".join(Reader(html_report({**valuation, "domain": "water_permits", "answer": answer})).words)
    for words in ("Water permits", "grant", "Amount", "1, 2"):
        assert words in text


def test_a_decision_with_almost_nothing_in_it_is_still_a_page() -> None:
    text = "".join(Reader(html_report({"domain": "real_estate", "status": "abstained", "answer": {}})).words)
    assert "abstained" in text
    assert "required" in text


def test_two_changes_that_need_each_other_are_shown_as_two(disruption: Decision) -> None:
    one: dict[str, JsonValue] = {"change": "If A were so", "outcome": "EUR 250"}
    both: dict[str, JsonValue] = {
        "change": "If B were so, and C were so",
        "outcome": "EUR 0",
        "together": ["If B", "If C"],
    }
    plain = Reader(html_report({**disruption, "counterfactuals": [one]})).words
    assert "Facts to change" not in plain
    shown = Reader(html_report({**disruption, "counterfactuals": [one, both]})).words
    first = shown.index("Facts to change")
    assert "If A were so" in shown[first:]
    assert "two, neither enough alone" in shown[first:]
