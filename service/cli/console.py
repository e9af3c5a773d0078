"""Runs a command's work, prints its result, and turns expected errors into a message and exit code 1."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import typer
from pydantic import JsonValue
from rich.console import Console, RenderableType

from decision.facts import DecisionError, InvalidCaseError
from explain.citations import ExplanationError
from ingestion.ports import IngestionError
from retrieval.ports import RetrievalError
from service.errors import ServiceError

EXPECTED = (ServiceError, IngestionError, RetrievalError, DecisionError, ExplanationError)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def run(work: Callable[[], Awaitable[bool | None]]) -> None:
    """Do the work of one command, in the only event loop there is; `False` means exit code 1."""

    async def start() -> bool | None:
        return await work()

    with expected_errors():
        if asyncio.run(start()) is False:
            raise typer.Exit(1)


@contextmanager
def expected_errors() -> Generator[None]:
    """Print what went wrong and what to do, and leave with exit code 1."""
    try:
        yield
    except InvalidCaseError as error:
        err.print("[bold red]The case was refused:[/]")
        for problem in error.problems:
            err.print(f"  [bold]{problem.field}[/]: expected {problem.expected}; {problem.remedy}", markup=True)
        raise typer.Exit(1) from None
    except EXPECTED as error:
        err.print("[bold red]Error:[/]", end=" ")
        err.print(str(error), markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def emit(document: JsonValue, readable: RenderableType, *, as_json: bool) -> None:
    """Print a result: one JSON document for programs, or what a person reads."""
    if as_json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        out.print(readable)
