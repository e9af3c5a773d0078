"""An ingest of 200 files that is killed anywhere: readers see the generation before or after it, and it is finished.

By default a later ingest is killed at every named step in turn, and a few at moments chosen at random.
`TOULMIN_TEST_KILLS=100 pytest -s` makes a hundred kills, each followed by a comparison with a clean run, and prints how
long recovery took.
"""

import os
import random
import shutil
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from killed import BATCHES, NOWHERE, Kills, Makers, Said, first_of, steps
from killing import Order
from snapshots import Snapshot, snapshot

KILLS: Final = int(os.environ.get("TOULMIN_TEST_KILLS", "0"))
"""Kills in all when every one is compared by itself; none is the short form."""

RECOVERED_S: Final = 5.0
AT_ONCE: Final = 2
SEED: Final = 20_261_128


@dataclass(frozen=True)
class Clean:
    """What an ingest makes of a folder when nobody kills it: what readers see before and after, and what is stored."""

    before: Path
    sources: Path
    seen: Mapping[int, Said]
    answers: Mapping[int, Said]
    stored: Snapshot
    seconds: float


@dataclass
class Recoveries:
    """Seconds from the start of the next process to a reader's answer, and until the ingest was taken up, by death.

    Where the data folder was not made yet there is nothing to recover: what takes time is making it.
    """

    answered: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    taken_up: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    made: list[float] = field(default_factory=list[float])

    def add(self, said: Sequence[Said], which: str, death: Order, killed: Sequence[Said]) -> None:
        if which == "first" and not [one for one in killed if one["what"] == "answers"]:
            self.made.append(first_of(said, "answers")["at"])
            return
        after = f"{which}, {death.death or f'{death.after_s:.2f} s'}"
        taken_up = [(one["at"], after) for one in said if one["what"] == "taken up"]
        self.answered.append((first_of(said, "answers")["at"], after))
        self.taken_up += taken_up
        if KILLS:  # which takes minutes
            print(len(self.answered), self.answered[-1], taken_up, flush=True)  # noqa: T201 - as below

    @property
    def longest_s(self) -> float:
        return max(*self.answered, *self.taken_up)[0]

    def __str__(self) -> str:
        return "; ".join(
            f"{what} after {min(found)[0]:.2f} to {max(found)[0]:.2f} s "
            f"(median {sorted(found)[len(found) // 2][0]:.2f}, longest: {max(found)[1]})"
            for what, found in (("answered", self.answered), ("taken up", self.taken_up))
        ) + "".join(f"; made in {seconds:.2f} s" for seconds in self.made)


@pytest.fixture(scope="module")
def makers() -> Generator[Makers]:
    made = Makers(AT_ONCE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def clean(makers: Makers, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Clean]:
    """Ingest 200 files into nothing, and then, as a third has changed, 15 are gone and 15 are new, once more."""
    folder = tmp_path_factory.mktemp("clean")
    for which in BATCHES:
        (folder / which / "files").mkdir(parents=True)
        (folder / which / "data").mkdir()
        for number in range(200):
            (folder / which / "files" / f"d{number}.md").write_text(_text(number, "first"), encoding="utf-8")
        _declare(folder / which / "files")
    with ThreadPoolExecutor(AT_ONCE) as together:
        first = together.submit(_clean, makers, folder / "first")
        before = Order(folder=str(folder / "again" / "data"), sources=str(folder / "again" / "files"))
        assert first_of(makers.obeyed(before), "done")["state"] == "committed"
        for number in range(0, 200, 3):
            (folder / "again" / "files" / f"d{number}.md").write_text(_text(number, "again"), encoding="utf-8")
        for number in range(1, 45, 3):
            (folder / "again" / "files" / f"d{number}.md").unlink()
            (folder / "again" / "files" / f"n{number}.md").write_text(_text(1000 + number, "again"), encoding="utf-8")
        _declare(folder / "again" / "files")
        return {"first": first.result(), "again": _clean(makers, folder / "again")}


def test_an_ingest_that_is_killed_ends_as_if_nothing_had_happened(
    makers: Makers, clean: Mapping[str, Clean], tmp_path: Path
) -> None:
    recoveries = Recoveries()

    def kill(numbered: tuple[int, Kills]) -> int:
        number, kills = numbered
        expected = clean[kills.which]
        with _copied(expected.before, tmp_path / str(number)) as folder:
            here = {"folder": str(folder), "sources": str(expected.sources)}
            killed: list[tuple[Order, list[Said]]] = []
            for death in kills.deaths:
                said = makers.obeyed(death.model_copy(update=here))
                _require_one_generation(said, expected)
                if not said[-1]["killed"]:
                    assert death.after_s is not None, f"{death.death}: never came to it"
                    break
                if killed:
                    recoveries.add(said, kills.which, *killed[-1])
                killed.append((death, said))
            else:
                said = makers.obeyed(Order.model_validate(here))
                recoveries.add(said, kills.which, *killed[-1])
                _require_finished(said, folder, expected)
                return len(killed)
        return kill((number, kills.sooner()))  # it was done before its time had come

    series = list(_kills(clean))
    with ThreadPoolExecutor(AT_ONCE) as together:
        killed = sum(together.map(kill, enumerate(series)))
    print(f"{killed} kills; {recoveries}")  # noqa: T201 - for whoever asks, with -s
    assert killed == len(recoveries.answered) + len(recoveries.made) >= max(KILLS, 30)
    assert recoveries.longest_s < RECOVERED_S


def _kills(clean: Mapping[str, Clean]) -> Generator[Kills]:
    """Choose kills: at named steps, in turn or each by itself, while children read, and at random moments."""
    chance = random.Random(SEED)  # noqa: S311 - the same kills each time
    if not KILLS:
        yield Kills("again", tuple(NOWHERE.model_copy(update={"death": step}) for step in steps("again", 0)))
    alone = [(which, step) for which in BATCHES for step in steps(which, BATCHES[which])] if KILLS else []
    for which, step in alone:
        yield Kills(which, (NOWHERE.model_copy(update={"death": step}),))
    yield Kills("first", (NOWHERE.model_copy(update={"death": "parsing.parse after 20", "children": True}),))
    rest = max(KILLS - 1 - len(alone), 2)
    for number in range(rest):
        which = ("first", "again")[number % 2]
        moment = (number + chance.random()) / rest * clean[which].seconds
        yield Kills(which, (NOWHERE.model_copy(update={"after_s": moment}),))


def _clean(makers: Makers, folder: Path) -> Clean:
    """Ingest undisturbed, in a copy of the data."""
    with _copied(folder / "data", folder / "clean") as copied:
        said = makers.obeyed(Order(folder=str(copied), sources=str(folder / "files")))
        assert first_of(said, "done")["state"] == "committed"
        return Clean(
            before=folder / "data",
            sources=folder / "files",
            seen={one["generation"]: _timeless(one) for one in said if one["what"] == "sees"},
            answers={one["generation"]: _timeless(one) for one in said if one["what"] == "answers"},
            stored=snapshot(copied),
            seconds=first_of(said, "done")["at"],
        )


def _require_one_generation(said: Sequence[Said], clean: Clean) -> None:
    """Require that what readers were shown is a generation as a clean run made it."""
    for one in said:
        if one["what"] in {"sees", "answers"}:
            known = clean.seen if one["what"] == "sees" else clean.answers
            assert _timeless(one) == known[one["generation"]]


def _require_finished(said: Sequence[Said], folder: Path, clean: Clean) -> None:
    """Require that the ingest was gone on with, and that everything stored is what a clean run stores."""
    _require_one_generation(said, clean)
    done = first_of(said, "done")
    assert (done["state"], done["error"]) == ("committed", None)
    assert said[-2] == done
    assert [one["generation"] for one in said if one["what"] == "sees"][-1] == max(clean.seen)
    stored = snapshot(folder)
    assert not [name for name in clean.stored if stored[name] != clean.stored[name]], f"{folder} differs in these"


def _timeless(said: Said) -> Said:
    return {name: value for name, value in said.items() if name != "at"}


@contextmanager
def _copied(folder: Path, copy: Path) -> Generator[Path]:
    """Copy a data folder, to be killed; removed when all was well, for there are many."""
    shutil.copytree(folder, copy)
    yield copy
    shutil.rmtree(copy)


def _declare(files: Path) -> None:
    """Let somebody wish that each file is looked at now and then, which is remembered with the commit."""
    entries = (f'[[source]]\npath = "{path.name}"\nrefresh = "7 days"\n' for path in sorted(files.glob("*.md")))
    (files / "sources.toml").write_text("\n".join(entries), encoding="utf-8")


def _text(number: int, version: str) -> str:
    chance = random.Random(number)  # noqa: S311 - the same words each time
    sections = (
        f"## {section} Section {section}\n\n**{section}.1 Limit.** In its {version} version, the limit of house"
        f"{number} {'in general ' * (section > 1)}is {chance.randint(1, 999)} "
        f"{' '.join(chance.choices(_WORDS, k=20))}.\n\n"
        for section in range(1, 3)
    )
    return f"# Document {number}\n\n{''.join(sections)}"


_WORDS: Final = (
    *("loan", "value", "rate", "flight", "claim", "policy", "refund", "buyer"),
    *("seller", "delay", "notice", "term", "office", "broker"),
)
