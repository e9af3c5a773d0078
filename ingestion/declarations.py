"""Turns a `sources.toml` into Declarations, refusing what it does not understand by file, key and remedy."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from ingestion.ports import IngestionError
from ingestion.toml_problems import problems
from ingestion.urls import remote_scheme
from retrieval.corpus import TrustTier, Value

Model = TypeVar("Model", bound=Value)

_HOURS: Final = {"h": 1, "d": 24, "w": 168}
_INTERVAL: Final = re.compile(r"(\d+(?:\.\d+)?) ?(h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)", re.IGNORECASE)


def days(interval: object) -> object:
    """Turn "24h", "7 days", "2w" or a number of days into days; raises ValueError for another text."""
    if not isinstance(interval, str):
        return interval
    found = _INTERVAL.fullmatch(interval.strip())
    if found is None:
        raise ValueError(f'expected "24h", "7 days", "2w" or a number of days, not "{interval}"')
    return float(found[1]) * _HOURS[found[2][0].lower()] / 24


class Declaration(Value):
    """One `[[source]]`: where it lies, and the properties of its documents.

    `path` is a file or folder relative to the TOML file; without it, `url` or `urls` are fetched, and with it `url` is
    the address that people are shown. `effective_to` is the first day on which the document is no longer in force.
    With `when = "online"` it is left out unless an ingest asks for what is online.
    """

    path: str | None = Field(default=None, min_length=1)
    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str | None = Field(default=None, min_length=1)
    owner: str | None = Field(default=None, min_length=1)
    jurisdiction: str | None = None
    language: str | None = None
    groups: tuple[str, ...] | None = Field(default=None, min_length=1)
    licence: str | None = None
    url: str | None = Field(default=None, min_length=1)
    urls: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    kind: Literal["text", "table"] = "text"
    record: str | None = Field(default=None, min_length=1)
    mapping: str | None = Field(default=None, min_length=1)
    refresh: Annotated[float | None, BeforeValidator(days)] = Field(default=None, gt=0)
    trust_tier: TrustTier = "unverified"
    when: Literal["online"] | None = None

    @property
    def remote(self) -> tuple[str, ...]:
        """The addresses that are to be fetched; none for what lies here."""
        if self.path is not None:
            return ()
        return self.urls or ((self.url,) if self.url is not None else ())

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.path is None and not self.remote:
            raise ValueError("it needs one of the keys path, url and urls")
        if self.urls and (self.path is not None or self.url is not None):
            raise ValueError("the key urls goes neither with path nor with url")
        if self.path is not None and self.when is not None:
            raise ValueError("the key when goes only with url or urls, because a path is always there")
        if self.urls and (self.id is not None or self.title is not None):
            raise ValueError("the keys id and title go with one url only; write one entry for each")
        for address in self.remote:
            _fetchable(address)
        return self

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
        raise IngestionError(f"{path}: {problems(error, model)}; correct or remove them.") from error


def _fetchable(address: str) -> None:
    try:
        remote_scheme(address)
    except IngestionError as error:
        raise ValueError(str(error).rstrip(".")) from error
