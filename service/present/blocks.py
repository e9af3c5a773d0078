"""What a page is made of, whatever it is shown on: sections of tables, passages, pictures and text.

Every text in a block is shown as it is and never interpreted: no markup, no links, no terminal codes.
"""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["pass", "fail", "undetermined", "attention"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A short text, whether it is good or bad news, and the numbers of the citations behind it.

    `below` is a second line: what the first one is worth.
    """

    text: str
    mark: Mark | None = None
    cites: tuple[int, ...] = ()
    below: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column; numbers stand to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Its first column names the rows; a narrow page continues the others below, beside that column again."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    sums: frozenset[int] = frozenset()
    """The rows, by their number, that sum up those above them."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and their values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Short texts, one a line."""

    items: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What the next block is about."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose; `[n]` in it points to a citation."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a source, exactly, where they stand, and the citations that prove them."""

    quote: str
    source: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A citation in full: its number, where its words stand, the words, their exact place, the hash of the text."""

    n: int
    source: str
    quote: str
    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Range:
    """An interval that holds the value with a probability of `percent`."""

    percent: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A value among its intervals, its comparables (`dots`) and what else speaks for it (`marks`), in one unit."""

    unit: str
    point: float
    ranges: tuple[Range, ...]
    dots: tuple[tuple[str, float], ...] = ()
    marks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Market:
    """A value and an interval among the prices of a market: `bins` are from, to, and how many sold.

    `below` is the share of them below the value; `words` say which sales they are.
    """

    unit: str
    point: float
    low: float
    high: float
    level: str
    bins: tuple[tuple[float, float, int], ...]
    below: float
    words: str


@dataclass(frozen=True, slots=True)
class Step:
    """An amount with its name, how it is written, and what it is for."""

    name: str
    amount: float
    shown: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """What leads from one amount to another; `goal` is an amount to compare with, `scale` the span that is drawn."""

    title: str
    start: Step
    steps: tuple[Step, ...]
    end: Step
    goal: float | None = None
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a map: what it is called there, what it is, and where (degrees, WGS84)."""

    name: str
    title: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SiteMap:
    """The subject and numbered places around it; `unplaced` are those whose place is not known."""

    subject: Place | None
    places: tuple[Place, ...]
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Pictures that stand beside each other where there is room, each with its caption."""

    items: "tuple[tuple[str, Picture | Market | Steps | SiteMap], ...]"


@dataclass(frozen=True, slots=True)
class Folded:
    """Detail that a page may fold away; a terminal leaves it out."""

    title: str
    blocks: "tuple[Block, ...]"


Block = Grid | Pairs | Lines | Heading | Paragraph | Quote | Source | Beside | Folded


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]
