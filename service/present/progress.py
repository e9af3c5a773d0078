"""Turns the progress of long work into bars with rate and remaining time, or into a line now and then."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ingestion.ports import Ingestion

LINE_EVERY_S: Final = 10.0
"""Seconds between two lines on what is not a terminal."""

Show = Callable[[Ingestion], None]
"""Told how far an ingest is, now and then, whether or not that has changed."""


class _Rate(TextColumn):
    """Items a second of a stage."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@contextmanager
def ingest_progress(console: Console, clock: Callable[[], float] = time.monotonic) -> Generator[Show]:
    """Show one bar a phase while ingesting; on what is not a terminal a line every ten seconds, and none before."""
    if not console.is_terminal:
        yield _lines(console, clock)
        return
    with stage_progress(console) as tell:

        def show(ingestion: Ingestion) -> None:
            tell("sources compared", ingestion.sources, None)
            if ingestion.documents:
                tell("documents read", ingestion.settled, ingestion.documents)
                tell("texts embedded", ingestion.embedded, None)
            if ingestion.state in {"committing", "committed"}:
                tell("documents written", ingestion.written, ingestion.documents or None)

        yield show


@contextmanager
def stage_progress(console: Console) -> Generator[Callable[[str, int, int | None], None]]:
    """Show one bar a stage of long work, told how much of how much is done; no total where it is not known."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(""), TimeRemainingColumn())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total)
            progress.update(bars[stage], completed=done, total=total)

        yield show


def how_far(ingestion: Ingestion) -> str:
    """Say how far an ingest is, in one line."""
    if ingestion.state in {"queued", "planning"}:
        return f"{ingestion.state}: {ingestion.sources:,} sources compared"
    counts = f"{ingestion.settled:,} of {ingestion.documents:,} documents read, {ingestion.embedded:,} texts embedded"
    return f"{ingestion.state}: {counts}, {ingestion.written:,} written"


def _lines(console: Console, clock: Callable[[], float]) -> Show:
    began = last = clock()
    settled_at_first: int | None = None

    def show(ingestion: Ingestion) -> None:
        nonlocal last, settled_at_first
        if settled_at_first is None:
            settled_at_first = ingestion.settled
        now = clock()
        if now - last < LINE_EVERY_S or ingestion.over:
            return
        last = now
        rate = (ingestion.settled - settled_at_first) / (now - began)
        console.print(how_far(ingestion) + _remaining(ingestion, rate), markup=False, soft_wrap=True)

    return show


def _remaining(ingestion: Ingestion, rate: float) -> str:
    """Say how long reading will take at this rate, in documents a second."""
    if ingestion.state != "staging" or rate <= 0:
        return ""
    left = round((ingestion.documents - ingestion.settled) / rate)
    return f"; {rate:,.1f} documents/s, {left // 60}:{left % 60:02d} left"
