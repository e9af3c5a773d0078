"""Runs a piece of a benchmark in a Python process of its own, whose memory and threads are then those of the piece."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from evals.datasets import EvaluationError
from evals.runs import Tell

Findings = Mapping[str, float]
"""What a piece of a benchmark found, by name."""


async def piece(module: str, arguments: Mapping[str, JsonValue], tell: Tell) -> Findings:
    """Run `python -m MODULE` with its arguments as JSON; it prints how far it is, and at the end what it found."""
    found: Findings | None = None
    with tempfile.TemporaryFile() as complaints:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            json.dumps(arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        try:
            async for line in cast("asyncio.StreamReader", running.stdout):
                message = cast("dict[str, JsonValue]", json.loads(line))
                if "stage" in message:
                    tell(str(message["stage"]), cast("int", message["done"]), cast("int", message["total"]))
                else:
                    found = cast("Findings", message)
        finally:
            if found is None:
                with suppress(ProcessLookupError):
                    running.kill()
            code = await running.wait()
        complaints.seek(0)
        last = complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
    if code != 0 or found is None:
        raise EvaluationError(f"A piece of the benchmark failed ({module}, exit code {code}): {last}")
    return found


def told(stage: str, done: int, total: int) -> None:
    """Say, inside of a piece, how far it is."""
    sys.stdout.write(json.dumps({"stage": stage, "done": done, "total": total}) + "\n")
    sys.stdout.flush()


def answer(found: Findings) -> None:
    """Say, at the end of a piece, what it found."""
    sys.stdout.write(json.dumps(dict(found)) + "\n")
    sys.stdout.flush()
