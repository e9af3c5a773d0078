"""Turns the progress of an ingest into a bar with rate and remaining time."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ingestion.ports import Ingestion


class _Rate(TextColumn):
    """Items a second of a stage."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


@contextmanager
def ingest_progress(console: Console) -> Generator[Callable[[Ingestion], None]]:
    """Show one bar a phase while ingesting; on what is not a terminal nothing is drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(""), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bars = {name: progress.add_task(name, total=None) for name in ("sources", "read", "embedded", "written")}

        def show(ingestion: Ingestion) -> None:
            documents = ingestion.documents or None
            progress.update(bars["sources"], completed=ingestion.sources)
            progress.update(bars["read"], completed=ingestion.settled, total=documents)
            progress.update(bars["embedded"], completed=ingestion.embedded)
            progress.update(bars["written"], completed=ingestion.written, total=documents)

        yield show
