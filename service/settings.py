"""Turns environment variables into the one set of Settings that the service starts with."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, cast

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval.corpus import DEFAULT_TENANT, LOCAL, PUBLIC
from service.errors import ServiceError

PREFIX: Final = "TOULMIN_"


class SettingsError(ServiceError):
    """A setting is wrong; the message names each variable, what was expected and what to do."""


def _asynchronous(url: object) -> object:
    """Accept the usual spellings of a database URL, and give the one that names our driver."""
    if not isinstance(url, str):
        return url
    for usual, ours in _DRIVERS.items():
        if url.startswith(usual):
            return ours + url.removeprefix(usual)
    return url


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


_DRIVERS: Final[Mapping[str, str]] = {
    "sqlite://": "sqlite+aiosqlite://",
    "postgres://": "postgresql+asyncpg://",
    "postgresql://": "postgresql+asyncpg://",
}

DatabaseUrl = Annotated[
    str,
    BeforeValidator(_asynchronous),
    Field(pattern=r"^(sqlite\+aiosqlite:///.+|postgresql\+asyncpg://[^/]+/.+)$"),
]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^/\s]+/?.*$")]


def _beside(read: Mapping[str, Any]) -> str:
    return f"sqlite+aiosqlite:///{read['data'] / 'toulmin.db'}"


class Part(BaseSettings):
    """Settings that belong together; read from `TOULMIN_` and the name in capitals, an empty value being none."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", validate_default=True
    )


class StoreSettings(Part):
    """Where everything is kept."""

    data: Path = Field(
        default=Path("var"),
        description="a folder for the database, the embedded index, prepared models and reports; made when missing",
    )
    database_url: DatabaseUrl = Field(
        default_factory=_beside,
        repr=False,
        description="`sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`; unset, a file in the data folder",
    )
    disk_headroom_mb: int = Field(
        default=200,
        ge=0,
        description="megabytes that must stay free on the data folder's disk; below, writes are refused",
    )


class IndexSettings(Part):
    """Which index is searched."""

    qdrant_url: HttpUrl | None = Field(
        default=None, description="the address of a Qdrant server, `http://HOST:6333`; unset, the index is embedded"
    )
    qdrant_api_key: SecretStr | None = Field(default=None, description="the API key of that server")
    index_deadline_s: float = Field(default=10.0, gt=0, description="seconds that one call of the index may take")


class ModelSettings(Part):
    """Which models embed and rank."""

    models: Path | None = Field(
        default=None, description="a folder with prepared models; unset, `models` in the data folder"
    )

    model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="a sentence-transformers model id or folder; the default is a packaged model, no hub is asked",
    )
    embed_threads: int = Field(default=0, ge=0, description="threads that embed; 0 for one on each core")
    embed_deadline_s: float = Field(default=30.0, gt=0, description="seconds that embedding one query may take")
    rankers: Path | None = Field(
        default=None, description="the folder of rankers of `toulmin tune`; unset, `rankers` in the data folder"
    )
    reranker: str | None = Field(
        default=None,
        description="a cross-encoder that reads the best passages again: a folder with `model.onnx` and "
        "`tokenizer.json`, or `ms-marco-MiniLM-L-12` of the extra `rerank`; unset, none does",
    )
    rerank_budget_ms: int = Field(
        default=500, ge=0, description="milliseconds that reading passages again may add to one search"
    )


class AccessSettings(Part):
    """As whom the command line and an unauthenticated caller read."""

    tenant: str = Field(
        default=DEFAULT_TENANT, min_length=1, description="the tenant whose sources are read and written"
    )
    groups: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        default=(PUBLIC, LOCAL), min_length=1, description="access groups of the reader, separated by commas"
    )


class ServerSettings(Part):
    """How the API is served."""

    host: str = Field(default="127.0.0.1", min_length=1, description="the address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="the port to listen on, 1 to 65535")
    decision_deadline_s: float = Field(default=60.0, gt=0, description="seconds that one decision may take")


class IngestSettings(Part):
    """What is taken in, and at what cost."""

    ingest_roots: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        default=(),
        description="folders, or beginnings of cloud addresses (`s3://BUCKET/PREFIX`), from which whoever reaches the "
        "API may have anything ingested, separated by commas; unset, only addresses on the web and packs",
    )
    parse_seconds: float = Field(default=120.0, gt=0, description="seconds that reading one file may take")
    parse_memory_mb: int = Field(default=2048, gt=0, description="megabytes of memory that reading one file may take")
    parse_largest_mb: int = Field(default=200, gt=0, description="megabytes that a file may have as received")
    parse_largest_text_mb: int = Field(default=50, gt=0, description="megabytes of text that may come out of a file")
    parse_deepest: int = Field(
        default=200, gt=0, description="elements of HTML, XML or JSON that may lie inside each other"
    )
    fetch_seconds: float = Field(default=60.0, gt=0, description="seconds that fetching one file may take")
    fetch_redirects: int = Field(default=5, ge=0, description="redirects that are followed for one file")
    fetch_private_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        default=(),
        description="hosts, or networks such as `10.1.0.0/16`, that may be fetched from although they are not public",
    )
    gate_least_remaining: float = Field(
        default=0.5, ge=0, le=1, description="share of its words or rows that a new version must have left"
    )
    gate_least_clauses: float = Field(
        default=0.5, ge=0, le=1, description="share of its clauses that a new version must have left"
    )
    gate_similar: float = Field(
        default=0.8, gt=0, le=1, description="similarity of the words of two documents from which they are copies"
    )


class Settings(StoreSettings, IndexSettings, ModelSettings, AccessSettings, ServerSettings, IngestSettings):
    """All settings. A part of the service asks for the part it needs, such as `IndexSettings`."""


def read_settings() -> Settings:
    """Read the environment, once; SettingsError names every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [problem for problem in error.errors() if problem["type"] != "default_factory_not_called"]
        raise SettingsError("\n".join(_explained(dict(problem)) for problem in wrong)) from None


def table() -> str:
    """Describe every setting in one Markdown page."""
    lines = [
        "# Settings",
        "",
        "The service is set up by environment variables; all of them are optional, and an empty one counts as unset.",
        "This page is written by `python -m service.settings`.",
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{variable(name)}` | {_shown_default(field)} | {field.description} |"
        for part in _PARTS
        for name, field in part.model_fields.items()
    ]
    return "\n".join(lines) + "\n"


def variable(name: str) -> str:
    """Name the environment variable of a setting."""
    return PREFIX + name.upper()


_PARTS: Final = (StoreSettings, IndexSettings, ModelSettings, AccessSettings, ServerSettings, IngestSettings)
_SECRET: Final = frozenset({"database_url", "qdrant_api_key"})


def _explained(problem: Mapping[str, Any]) -> str:
    name = str(problem["loc"][0])
    name = name.lower().removeprefix(PREFIX.lower())
    field = Settings.model_fields[name]
    value = "" if name in _SECRET else f" is {problem['input']!r}"
    why = "" if problem["type"] == "string_pattern_mismatch" else f" ({problem['msg']})"
    return f"{variable(name)}{value}: expected {field.description}{why}. Correct it or unset it."


def _shown_default(field: FieldInfo) -> str:
    if field.default_factory is not None or field.default is None or field.default == ():
        return "unset"
    words = cast("Iterable[str]", field.default) if isinstance(field.default, tuple) else (str(field.default),)
    return f"`{','.join(words)}`"


if __name__ == "__main__":
    sys.stdout.write(table())
