"""Turns the progress of long work into bars with rate and remaining time, or into a line now and then."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ingestion.ingests import Ingestion

LINE_EVERY_S: Final = 10.0
"""Seconds between two lines on what is not a terminal."""

Show = Callable[[Ingestion], None]
"""Told how far an ingest is, now and then, whether or not that has changed."""


class Tell(Protocol):
    """Told how much of how much of a stage is done."""

    def __call__(self, stage: str, done: int, total: int | None, /, *, about: bool = False, timed: bool = True) -> None:
        """`about` is said of a total that is a guess; without `timed` nothing is said of the time that remains."""
        ...


class _Count(MofNCompleteColumn):
    """How much of how much, with `~` before a total that is a guess."""

    def render(self, task: Task) -> Text:
        words = super().render(task)
        return Text(words.plain.replace("/", "/~")) if task.fields["about"] else words


class _Remaining(TimeRemainingColumn):
    """The time that remains, of stages of which it is to be told."""

    def render(self, task: Task) -> Text:
        return super().render(task) if task.fields["timed"] else Text()


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
    texts = _Texts()
    with stage_progress(console) as tell:

        def show(ingestion: Ingestion) -> None:
            expected = texts.expected(ingestion)
            tell("sources compared", ingestion.sources, None)
            if ingestion.documents:
                tell("documents read", ingestion.settled, ingestion.documents, timed=expected is None)
                tell("texts embedded", ingestion.embedded, expected, about=ingestion.settled < ingestion.documents)
            if ingestion.state in {"committing", "committed"}:
                tell("documents written", ingestion.written, ingestion.documents or None)

        yield show


@contextmanager
def stage_progress(console: Console) -> Generator[Tell]:
    """Show one bar a stage of long work, told how much of how much is done; no total where it is not known."""
    columns = (TextColumn("{task.description}"), BarColumn(), _Count(), _Rate(""), _Remaining())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def show(stage: str, done: int, total: int | None, /, *, about: bool = False, timed: bool = True) -> None:
            guessed = about and total is not None
            if stage not in bars:  # what was done before anybody looked counts for no rate
                bars[stage] = progress.add_task(stage, total=total, completed=done, about=guessed, timed=timed)
            bar = next(one for one in progress.tasks if one.id == bars[stage])
            bar.total = total  # by `update` a total cannot become unknown again, and another one forgets the rate
            progress.update(bar.id, completed=done, about=guessed, timed=timed)

        yield show


def how_far(ingestion: Ingestion) -> str:
    """Say how far an ingest is, in one line."""
    if ingestion.state in {"queued", "planning"}:
        return f"{ingestion.state}: {ingestion.sources:,} sources compared"
    counts = f"{ingestion.settled:,} of {ingestion.documents:,} documents read, {ingestion.embedded:,} texts embedded"
    return f"{ingestion.state}: {counts}, {ingestion.written:,} written"


class _Texts:
    """Guesses how many texts an ingest embeds in all, by those of the documents that are done.

    How many there are is known only once the last document was read.
    """

    def __init__(self) -> None:
        self._settled = 0
        self._embedded = 0

    def expected(self, ingestion: Ingestion) -> int | None:
        """Give the texts of the whole ingest; None while nothing speaks for a number, or more were embedded already."""
        if ingestion.settled != self._settled:
            self._settled, self._embedded = ingestion.settled, ingestion.embedded
        if not self._settled or not self._embedded:
            return None
        expected = round(self._embedded / self._settled * ingestion.documents)
        is_whole = ingestion.settled == ingestion.documents
        return expected if is_whole or ingestion.embedded < expected else None


def _lines(console: Console, clock: Callable[[], float]) -> Show:
    began = last = clock()
    first: Ingestion | None = None
    texts = _Texts()

    def show(ingestion: Ingestion) -> None:
        nonlocal last, first
        first = first or ingestion
        expected = texts.expected(ingestion)
        now = clock()
        if now - last < LINE_EVERY_S or ingestion.over:
            return
        last = now
        words = how_far(ingestion) + _speed(ingestion, first, now - began, expected)
        console.print(words, markup=False, soft_wrap=True)

    return show


def _speed(ingestion: Ingestion, first: Ingestion, seconds: float, expected_texts: int | None) -> str:
    """Say how fast an ingest was read since the first look, and how long that will take: by its texts where it can.

    Documents are done in groups, and a large one is for minutes as if nothing happened; texts go on.
    """
    if ingestion.state != "staging":
        return ""
    documents_s = (ingestion.settled - first.settled) / seconds
    texts_s = (ingestion.embedded - first.embedded) / seconds
    parts = [f"{documents_s:,.1f} documents/s"] if documents_s > 0 else []
    parts += [f"{texts_s:,.0f} texts/s"] if texts_s > 0 else []
    if texts_s > 0 and expected_texts is not None:
        parts.append(_left((expected_texts - ingestion.embedded) / texts_s))
    elif documents_s > 0:
        parts.append(_left((ingestion.documents - ingestion.settled) / documents_s))
    return f"; {', '.join(parts)}" if parts else ""


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"
