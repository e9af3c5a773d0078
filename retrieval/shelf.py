"""Keeps rankers as files of one folder: every version with its evaluation, and which of them is in force."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from retrieval.ports import RetrievalError
from retrieval.ranker import Ranker

_CURRENT: Final = "current"


@dataclass(frozen=True, slots=True)
class RankerShelf:
    """A folder with `VERSION.json` for each ranker that was ever kept, and `current`, which names the one in force."""

    folder: Path

    def keep(self, ranker: Ranker) -> Path:
        """Store a ranker; one that is there already is stored anew, with the evaluation that was made last."""
        path = self._path(ranker.version)
        _write(path, ranker.model_dump_json(indent=2) + "\n")
        return path

    def versions(self) -> list[str]:
        """Name all that are kept, oldest first."""
        paths = sorted(self.folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [path.stem for path in paths]

    def read(self, version: str) -> Ranker:
        """Read one by its version, or an unmistakable beginning of it; RetrievalError when there is none."""
        found = [one for one in self.versions() if one.startswith(version)]
        if len(found) != 1 or not version:
            raise RetrievalError(
                f"{self.folder} holds {len(found) or 'no'} ranker(s) {version!r}; kept are: "
                f"{', '.join(self.versions()) or 'none'}. Train one with `toulmin tune retrieval`."
            )
        path = self._path(found[0])
        try:
            ranker = Ranker.model_validate_json(path.read_bytes())
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise RetrievalError(f"The ranker {path} cannot be used: {problem['msg']}. {_REMEDY}") from None
        if ranker.version != found[0]:
            raise RetrievalError(f"The ranker {path} is not what its name says: it was changed. {_REMEDY}")
        return ranker

    def current(self) -> Ranker | None:
        """Read the one in force; RetrievalError when it cannot be used."""
        path = self.folder / _CURRENT
        return self.read(path.read_text(encoding="utf-8").strip()) if path.is_file() else None

    def promote(self, version: str) -> Ranker:
        """Put a version in force, from the next start of a service on."""
        ranker = self.read(version)
        _write(self.folder / _CURRENT, ranker.version + "\n")
        return ranker

    def retire(self) -> None:
        """Leave no version in force; all are kept."""
        (self.folder / _CURRENT).unlink(missing_ok=True)

    def _path(self, version: str) -> Path:
        return self.folder / f"{version}.json"


_REMEDY: Final = "Train it again with `toulmin tune retrieval`, or go without: `toulmin tune retire`."


def _write(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees all of it, or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
