"""Turns the progress of long work into bars with rate and remaining time."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ingestion.ports import Ingestion


class _Rate(TextColumn):
    """Items a second of a stage."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@contextmanager
def ingest_progress(console: Console) -> Generator[Callable[[Ingestion], None]]:
    """Show one bar a phase while ingesting; on what is not a terminal nothing is drawn."""
    with stage_progress(console) as tell:

        def show(ingestion: Ingestion) -> None:
            documents = ingestion.documents or None
            tell("sources", ingestion.sources, None)
            tell("read", ingestion.settled, documents)
            tell("embedded", ingestion.embedded, None)
            tell("written", ingestion.written, documents)

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
