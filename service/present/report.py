"""Turns a released decision into one self-contained HTML file that asks nothing of the outside and runs nothing."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from service.present.blocks import Block
from service.present.page import decision_page
from service.present.pictures.drawing import drawn
from service.present.reading import Json, numbers, objects

_FOLDER = Path(__file__).parent


def html_report(decision: Json) -> str:
    """Give the whole report as HTML; every text of the decision is shown as text, whatever it contains."""
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    known = frozenset(n for one in objects(decision.get("citations")) for n in numbers(one.get("n")))
    return _template().render(
        page=decision_page(decision),
        style=style,
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        known=known,
        pieces=partial(_pieces, known=known),
        kind_of=_kind,
        drawn=drawn,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _kind(block: Block) -> str:
    return type(block).__name__


def _pieces(words: str, known: frozenset[int]) -> Iterator[tuple[str, int | None]]:
    end = 0
    for marker in _MARKER.finditer(words):
        n = int(marker[1])
        if n in known:
            yield words[end : marker.start()], n
            end = marker.end()
    yield words[end:], None


_MARKER = re.compile(r"\[([0-9]{1,6})\]")
