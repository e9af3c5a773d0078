"""What the README tells people to type works, and what it points to is there."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.declarations import Declaration, read_declarations
from service.api.app import routed

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "ingestion.md").read_text(encoding="utf-8")
PAGES = ["README.md", "CHANGELOG.md", *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md"))]

FENCE = re.compile(
    r"(?:<!-- not run: (?P<excuse>[^>]+) -->\n)?```(?P<language>\w+)(?: title=(?P<title>\S+))?\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the file it stands for, why it is not run (if so), and its lines."""

    language: str
    title: str | None
    excuse: str | None
    body: str

    @property
    def commands(self) -> list[str]:
        """What follows a prompt."""
        return [line.removeprefix("$ ") for line in self.body.splitlines() if line.startswith("$ ")]


def blocks() -> list[Block]:
    """Read all fenced blocks of the README, in order."""
    return [
        Block(found["language"], found["title"], found["excuse"], found["body"]) for found in FENCE.finditer(README)
    ]


def shown(*, excused: bool) -> Iterator[str]:
    """List the commands of the console blocks that are run, or of those that are not."""
    for block in blocks():
        if block.language == "console" and (block.excuse is not None) is excused:
            yield from block.commands


def test_every_fence_is_read() -> None:
    assert 2 * len(blocks()) == sum(line.startswith("```") for line in README.splitlines())


async def test_the_commands_of_the_readme_run(tmp_path: Path, prepared_model: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "models").symlink_to(prepared_model.parent)
    (tmp_path / "decision").symlink_to(ROOT / "decision")
    for block in blocks():
        if block.title is not None:
            path = tmp_path / block.title
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
    ran = [await _run(command, tmp_path) for command in shown(excused=False)]
    assert len(ran) > 8
    assert (tmp_path / "report.html").stat().st_size > 0


async def _run(command: str, folder: Path) -> str:
    """Run a command as a person would who has the environment on the path; everything it keeps stays below `folder`."""
    name, *arguments = shlex.split(command)
    programs = Path(sys.executable).parent
    environment = {**os.environ, "TOULMIN_DATA": str(folder / "var"), "NO_COLOR": "1"}
    running = await asyncio.create_subprocess_exec(
        programs / name,
        *arguments,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await running.communicate()
    assert running.returncode == 0, f"$ {command}\n{output.decode()}"
    return command


def test_the_declaration_in_the_guide_has_every_key_and_is_understood(tmp_path: Path) -> None:
    shown = next(one["body"] for one in FENCE.finditer(GUIDE) if one["language"] == "toml")
    file = tmp_path / "sources.toml"
    file.write_text(shown, encoding="utf-8")
    (declared,) = read_declarations(file)
    explained = set(re.findall(r"^#? ?(\w+) = ", shown, re.MULTILINE))
    assert declared.id == "travel-policy"
    assert set(Declaration.model_fields) - {"kind", "record", "mapping", "url", "urls"} <= explained


def test_what_is_not_run_is_known() -> None:
    programs = {shlex.split(command)[0] for command in shown(excused=True)}
    assert programs == {"git", "cd", "make", "curl", "cp", "docker"}


def test_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"(?:\$ |`)make ([a-z-]+)", README)
    assert named
    assert set(named) - set(targets) == set()


def test_the_addresses_of_the_tour_exist() -> None:
    known = {re.sub(r"\{\w+\}", "DECISION_ID", path) for path in routed().openapi()["paths"]}
    asked = re.findall(r"http://127\.0\.0\.1:8000(/v1[\w/]*)", README)
    assert len(asked) > 5
    assert [path for path in asked if path not in known] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_in_backquotes_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:retrieval|ingestion|decision|explain|service|evals|tests|docs)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
