"""Turns decisions and search results into what a terminal shows, from 80 columns up, colour or not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.present.blocks import (
    Beside,
    Block,
    Cell,
    Folded,
    Grid,
    Heading,
    Lines,
    Mark,
    Pairs,
    Paragraph,
    Picture,
    Quote,
    Section,
    Source,
    Steps,
)
from service.present.page import Page, brief_page, explanation_page
from service.present.reading import Json, first, money, number, object_of, objects, text, texts

_SIGNS: Final[dict[Mark, str]] = {"pass": "✓", "fail": "✗", "undetermined": "?", "attention": "!"}
_STYLES: Final[dict[Mark, str]] = {"pass": "green", "fail": "bold red", "undetermined": "yellow", "attention": "yellow"}
_BAR_WIDTH: Final = 30
_HASH_SHOWN: Final = 12
_LONGEST_WORD: Final = 14
_PICTURE_MARGIN: Final = 4


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A released decision (its JSON) as a terminal shows it; `page` lays it out."""

    decision: Json
    page: Callable[[Json], Page] = brief_page

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self.page(self.decision)
        badges = Text("   ").join(Text.assemble((f"{name}: ", "dim"), _cell(cell)) for name, cell in shown.badges)
        yield Panel(
            Group(Text(shielded(shown.summary), style="bold"), Text(""), badges),
            title=Text(shielded(shown.title), style="bold"),
            subtitle=Text(shielded(shown.identity), style="dim"),
            title_align="left",
            subtitle_align="right",
            box=box.ROUNDED,
            padding=(1, 2),
        )
        for section in shown.sections:
            yield from _section(section, console, options)


def decision_view(decision: Json) -> RenderableType:
    """Show a released decision: outcome, the domain's own answer, policy, assumptions, review, sources, record."""
    return DecisionView(decision)


def explanation_view(decision: Json) -> RenderableType:
    """Show why a recorded decision is what it is: the reasons in order, every rule looked at, the sources quoted."""
    return DecisionView(decision, page=explanation_page)


def search_view(found: Json) -> RenderableType:
    """Show passages found, best first: rank, where they stand, the words, and the score with its stages."""
    passages = objects(found.get("passages"))
    if not passages:
        return Text("Nothing was found that you may read on this date.")
    read = f"Sources as of {text(found.get('as_of'))}, generation {text(found.get('generation'))}"
    mode = "" if found.get("mode") == "full" else f", mode {text(found.get('mode'))}"
    return Group(*(_found(one, rank) for rank, one in enumerate(passages, 1)), Text(read + mode, style="dim"))


def shielded(words: str) -> str:
    """Make control characters and direction overrides visible, so that a document cannot steer the terminal."""
    return words.translate(_SHIELD)


_SHIELD: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    **dict.fromkeys((0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD),
}


def _section(section: Section, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
    drawn = [one for block in section.blocks for one in _block(block, console, options)]
    if drawn:
        yield Text("")
        yield Text(shielded(section.title), style="bold underline")
        yield from (Padding(one, (0, 0, 0, 1)) for one in drawn)


def _block(block: Block, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
    match block:
        case Grid():
            yield from _grid(block, console, options)
        case Pairs(rows):
            yield _pairs(rows)
        case Lines(items):
            yield from (Text.assemble("• ", _cell(item)) for item in items)
        case Paragraph(words):
            yield Text(shielded(words))
        case Heading(words):
            yield Text(shielded(words), style="bold dim")
        case Quote() | Source():
            yield from _words(block)
        case Beside(items):
            for _, shown in items:
                yield from _shown(shown, min(options.max_width - _PICTURE_MARGIN, 100))
        case Folded():
            return


def _shown(shown: object, width: int) -> Iterator[RenderableType]:
    """Show the intervals and what makes the value; the grid tells in words what the other pictures draw."""
    match shown:
        case Picture():
            yield _picture(shown, width)
        case Steps(goal=None):
            yield _steps(shown)
        case _:
            return


def _cell(cell: Cell) -> Text:
    sign = f"{_SIGNS[cell.mark]} " if cell.mark else ""
    cites = "".join(f"[{n}]" for n in cell.cites)
    below = f"\n{shielded(cell.below)}" if cell.below else ""
    shown = Text(sign + shielded(cell.text) + below, style=_STYLES[cell.mark] if cell.mark else "")
    if cites:
        shown.append(f" {cites}" if cell.text else cites, style="not bold cyan")
    return shown


def _grid(grid: Grid, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
    if grid.caption:
        yield Text(shielded(grid.caption), style="italic")
    for part in _parts(grid, console, options):
        yield _table(grid, part)


def _parts(grid: Grid, console: Console, options: ConsoleOptions) -> Iterator[list[int]]:
    numeric = [n for n, column in enumerate(grid.columns) if column.numeric]
    if len(numeric) < len(grid.columns) - 1 or _fits(_table(grid, range(len(grid.columns))), console, options):
        yield list(range(len(grid.columns)))
        return
    part = [0]
    for n in range(1, len(grid.columns)):
        if len(part) > 1 and not _fits(_table(grid, [*part, n]), console, options):
            yield part
            part = [0]
        part.append(n)
    yield part


def _fits(table: Table, console: Console, options: ConsoleOptions) -> bool:
    unlimited = options.update(max_width=1000)
    return Measurement.get(console, unlimited, table).maximum < options.max_width


def _table(grid: Grid, part: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    for n in part:
        column = grid.columns[n]
        words = [word for text in (column.title, *(row[n].text for row in grid.rows)) for word in text.split()]
        table.add_column(
            Text(shielded(column.title)),
            justify="right" if column.numeric else "left",
            overflow="fold",
            min_width=min(_LONGEST_WORD, max((len(word) for word in words), default=0)),
        )
    for row in grid.rows:
        if any(row[n].text or row[n].cites or row[n].below for n in part[1:]) or len(part) == 1:
            table.add_row(*(_cell(row[n]) for n in part))
    return table


def _pairs(rows: Sequence[tuple[str, Cell]]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", max_width=30)
    table.add_column(overflow="fold")
    for name, cell in rows:
        table.add_row(Text(shielded(name)), _cell(cell))
    return table


def _words(block: Quote | Source) -> Iterator[RenderableType]:
    cites = f"[{block.n}]" if isinstance(block, Source) else "".join(f"[{n}]" for n in block.cites)
    yield Text.assemble((cites, "cyan"), " ", (shielded(block.source), "bold"))
    yield Padding(Text(f"“{shielded(block.quote)}”", style="italic"), (0, 2, 0, 4))
    if isinstance(block, Source):
        yield Padding(
            Text(shielded(f"{block.place}, SHA-256 {block.sha256[:_HASH_SHOWN]}…"), style="dim"), (0, 2, 0, 4)
        )


def _picture(picture: Picture, width: int) -> Text:
    low = min(one.low for one in picture.ranges)
    high = max(one.high for one in picture.ranges)
    places = [*(at for _, at in picture.dots), picture.point, low, high]
    start, scale = min(places), (width - 1) / ((max(places) - min(places)) or 1)
    line = [" "] * width
    for one, sign in zip(sorted(picture.ranges, key=lambda one: one.low), "─━█", strict=False):
        for at in range(round((one.low - start) * scale), round((one.high - start) * scale) + 1):
            line[at] = sign
    dots = [" "] * width
    for name, at in picture.dots:
        dots[round((at - start) * scale)] = name[-1:]
    line[round((picture.point - start) * scale)] = "┃"
    left, right = money(low, picture.unit), money(high, picture.unit)
    ends = f"{left}{' ' * max(1, width - len(left) - len(right))}{right}"
    return Text("\n").join(
        [Text("".join(line), style="cyan"), Text("".join(dots), style="dim"), Text(ends, style="dim")]
    )


def _steps(steps: Steps) -> Table:
    most = max((abs(one.amount) for one in steps.steps), default=0.0) or 1.0
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for one in (steps.start, *steps.steps, steps.end):
        name = f"{one.name} ({one.detail})" if one.detail else one.name
        bar = "█" * max(1, round(abs(one.amount) / most * _BAR_WIDTH)) if one in steps.steps else ""
        table.add_row(Text(shielded(name)), Text(one.shown), Text(bar, style="green" if one.amount > 0 else "red"))
    return table


def _found(one: Json, rank: int) -> RenderableType:
    where = [text(value) for name in ("document", "clause") if (value := first(one, name, f"{name}_id")) is not None]
    score = number(one.get("score"))
    stages = ", ".join(f"{name} {text(value)}" for name, value in object_of(one.get("stages")).items())
    head = Text.assemble((f"{rank}. ", "cyan"), (shielded(", ".join(where)), "bold"))
    above = [*texts(one.get("headings") or [])][-1:]
    head.append(f" {shielded(above[0])}" if above else "")
    if score is not None:
        head.append(f"   {score:.3f}" + (f" ({stages})" if stages else ""), style="dim")
    words = text(first(one, "quote", "text", "passage") or "")
    return Group(head, Padding(Text(shielded(words)), (0, 2, 1, 3)))
