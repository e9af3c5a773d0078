"""Turns XML or HTML into a tree of Elements by libxml2, resolving nothing and refusing what is hostile."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Final, Protocol, cast

from ingestion.parsers.text import decoded, too_deep
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_PIECE: Final = 4096  # bytes; too few to nest beyond what libxml2 allows before the depth is looked at
_DECLARED_WITHIN: Final = 1024
_XML_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_HTML_ENCODING: Final = re.compile(rb"""<meta\s[^>]{0,300}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BEFORE_ROOT: Final = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE: Final = re.compile(r"""<!DOCTYPE(?:[^"'\[>]++|"[^"]*+"|'[^']*+')*+\[""")


class Element(Protocol):
    """An element of a tree, as lxml gives it."""

    @property
    def tag(self) -> str:
        """Its name, as `{namespace}local`."""
        ...

    @property
    def text(self) -> str | None:
        """The words before its first child."""
        ...

    @property
    def tail(self) -> str | None:
        """The words between its end and its next sibling."""
        ...

    @property
    def attrib(self) -> Mapping[str, str]:
        """Its attributes."""
        ...

    def __iter__(self) -> Iterator["Element"]: ...

    def iter(self, *tags: str) -> Iterator["Element"]:
        """Itself and everything inside, in order."""
        ...

    def getparent(self) -> "Element | None":
        """Give the element around it."""
        ...

    def itertext(self) -> Iterator[str]:
        """All words inside."""
        ...


class _Parser(Protocol):
    def feed(self, piece: bytes, /) -> None: ...
    def close(self) -> Element | None: ...
    def read_events(self) -> Iterable[tuple[str, object]]: ...


class _Etree(Protocol):
    """What is used of lxml, which has no types of its own."""

    XMLPullParser: "Callable[..., _Parser]"
    HTMLPullParser: "Callable[..., _Parser]"
    LxmlError: type[Exception]


_ETREE: Final = cast("_Etree", cast("object", import_module("lxml.etree")))


def read_xml(raw: bytes, limits: ParsingLimits) -> Element:
    """Read XML; a document type that declares anything is refused, one that is only named is not loaded."""
    declared = _XML_ENCODING.match(raw.removeprefix(b"\xef\xbb\xbf")[:_DECLARED_WITHIN])
    text = decoded(raw, declared and declared[1].decode()).removeprefix("\ufeff")
    _refuse_declarations(text)
    parser = _ETREE.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # our own limits apply: libxml2's would end a long text
    )
    root = _fed(parser, text, limits)
    if any(not isinstance(cast("object", element.tag), str) for element in root.iter()):
        raise UnreadableSourceError(
            "it uses entities that it does not declare", "write the characters themselves, or as numbers (&#160;)"
        )
    return root


def read_html(raw: bytes, limits: ParsingLimits) -> Element:
    """Read HTML, however untidy."""
    declared = _HTML_ENCODING.search(raw[:_DECLARED_WITHIN]) or _XML_ENCODING.match(raw[:_DECLARED_WITHIN])
    text = decoded(raw, declared and declared[1].decode()).removeprefix("\ufeff")
    parser = _ETREE.HTMLPullParser(
        events=("start", "end"), encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    return _fed(parser, text, limits)


def local(element: Element) -> str:
    """Name an element without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """Read an attribute by its name without namespace; empty when there is none."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def _fed(parser: _Parser, text: str, limits: ParsingLimits) -> Element:
    """Feed a parser piece by piece, so that depth is noticed before it costs anything."""
    raw = text.encode()
    depth = 0
    try:
        for place in range(0, len(raw), _PIECE):
            parser.feed(raw[place : place + _PIECE])
            for event, _ in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth > limits.deepest:
                    raise too_deep(limits)
        root = parser.close()
    except _ETREE.LxmlError as error:
        raise UnreadableSourceError(
            f"its markup is broken ({str(error)[:200]})", "correct it there, or export it anew"
        ) from error
    if root is None:
        raise UnreadableSourceError("it holds no elements", "check that it is the right file")
    return root


def _refuse_declarations(text: str) -> None:
    place = 0
    while found := _BEFORE_ROOT.match(text, place):
        place = found.end()
    if _DOCTYPE.match(text, place):
        raise UnreadableSourceError(
            "it declares a document type of its own, by which entities can do harm",
            "remove the declarations in <!DOCTYPE ...> and write out the entities",
        )
