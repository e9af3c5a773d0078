"""Turns a `sources.toml` into Declarations, refusing what it does not understand by file, key and remedy."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from ingestion.ports import IngestionError
from retrieval.corpus import Value

Model = TypeVar("Model", bound=Value)


class Declaration(Value):
    """One `[[source]]`: a file or folder (relative to the TOML file) and the properties of its documents.

    `effective_to` is the first day on which the document is no longer in force.
    """

    path: str = Field(min_length=1)
    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str | None = Field(default=None, min_length=1)
    owner: str | None = Field(default=None, min_length=1)
    jurisdiction: str | None = None
    language: str | None = None
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    licence: str | None = None
    url: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    kind: Literal["text", "table"] = "text"
    record: str | None = Field(default=None, min_length=1)
    mapping: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to <= self.effective_from:
            raise ValueError("effective_to must be later than effective_from")
        for key, value in (("record", self.record), ("mapping", self.mapping)):
            if self.kind == "table" and value is None:
                raise ValueError(f"a table needs the key {key}")
            if self.kind == "text" and value is not None:
                raise ValueError(f'the key {key} goes only with kind = "table"')
        return self


class _SourcesFile(Value):
    source: tuple[Declaration, ...] = Field(min_length=1)


def read_declarations(path: Path) -> tuple[Declaration, ...]:
    """Read every `[[source]]` of a `sources.toml`; raises IngestionError."""
    return read_toml(path, _SourcesFile).source


def read_toml(path: Path, model: type[Model]) -> Model:
    """Read a TOML file as a `model`; raises IngestionError that names the file, every wrong key and what to do."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return model.model_validate(content)
    except OSError as error:
        raise IngestionError(f"{path} cannot be read ({error.strerror}); check that it exists and is yours.") from error
    except UnicodeDecodeError as error:
        raise IngestionError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise IngestionError(f"{path} is not valid TOML: {error}; correct that line.") from error
    except ValidationError as error:
        raise IngestionError(f"{path}: {_problems(error)}; correct or remove them.") from error


def _problems(error: ValidationError) -> str:
    problems: list[str] = []
    for problem in error.errors(include_url=False):
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]).lstrip(".")
        what = "is not a known key" if problem["type"] == "extra_forbidden" else problem["msg"]
        problems.append(f"{place or 'the file'}: {what}")
    return "; ".join(problems)
