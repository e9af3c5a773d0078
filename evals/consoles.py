"""What the evaluation commands share: where they print, how they show progress, and how they fail."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import JsonValue
from rich.console import Console

from evals.datasets import EvaluationError
from evals.runs import Tell
from ingestion.ports import IngestionError
from retrieval.ports import RetrievalError
from service.errors import ServiceError
from service.present.progress import stage_progress

Figures = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file, too.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Result = TypeVar("Result")


def measured(measure: Callable[[Tell], Coroutine[None, None, Result]]) -> Result:
    """Run a measurement and show its progress on standard error; its errors end the program with 1."""
    try:
        with _progress() as tell:
            return asyncio.run(measure(tell))
    except (EvaluationError, ServiceError, IngestionError, RetrievalError, OSError) as error:
        err.print(f"Error: {error}", markup=False)
        raise typer.Exit(1) from None


def keep(document: dict[str, JsonValue], target: Path | None) -> None:
    """Write figures to a file, where one was named."""
    if target is None:
        return
    try:
        target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        err.print(f"Error: {error}", markup=False)
        raise typer.Exit(1) from None


@contextmanager
def _progress() -> Generator[Tell]:
    """Show a bar a stage; on what is not a terminal a line when each begins."""
    with stage_progress(err) as show:
        begun: set[str] = set()

        def tell(stage: str, done: int, total: int) -> None:
            show(stage, done, total)
            if not err.is_terminal and stage not in begun:
                err.print(f"{stage} ...", markup=False, soft_wrap=True)
            begun.add(stage)

        yield tell
