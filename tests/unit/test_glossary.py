"""The glossary and the code use the same words."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

import explain

ROOT = Path(__file__).parents[2]
PACKAGES = ("retrieval", "ingestion", "decision", "explain", "service", "evals")

BANNED = frozenset({"handle", "handler", "manager", "helper", "util", "utils", "data", "info", "context", "process"})

ALLOWED = {
    "service.adapters.tables.process_bind_param": "SQLAlchemy calls a column type by this name",
    "service.adapters.tables.process_result_value": "as above",
    "service.cli.ingest_app.make_context": "click calls by this name what reads a command line",
    "service.settings.data": "the variable TOULMIN_DATA is how people name the folder",
}
"""Public names that carry a banned word, and why."""

ENTRY = re.compile(r"^\|.*`(?P<module>[a-z_.]+):(?P<name>\w+)`", re.MULTILINE)


def entries() -> list[tuple[str, str]]:
    """List what the glossary names, as module and class."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return [(found["module"], found["name"]) for found in ENTRY.finditer(text)]


def value_types(module: ModuleType) -> Iterator[str]:
    """Names of the public models and dataclasses that a module defines."""
    for name, member in inspect.getmembers(module, inspect.isclass):
        if member.__module__ != module.__name__ or name.startswith("_"):
            continue
        if issubclass(member, BaseModel) or dataclasses.is_dataclass(member):
            yield name


def covered_modules() -> list[str]:
    """Name the modules whose every public type stands in the glossary."""
    parts = (f"explain.{part.name}" for part in pkgutil.iter_modules(explain.__path__))
    own = ("decision", "facts", "references", "rule_outcome")
    return ["retrieval.corpus", "retrieval.query", *(f"decision.{name}" for name in own), *parts]


@pytest.mark.parametrize(("module", "name"), entries())
def test_a_term_names_a_documented_class(module: str, name: str) -> None:
    named = getattr(importlib.import_module(module), name)
    assert named.__module__ == module, f"{name} is made in {named.__module__}"
    assert named.__doc__, f"{name} says nothing about itself"


def test_terms_are_listed_once() -> None:
    listed = entries()
    assert len(listed) == len(set(listed)) > 0


@pytest.mark.parametrize("module", covered_modules())
def test_every_public_type_is_in_the_glossary(module: str) -> None:
    listed = {name for owner, name in entries() if owner == module}
    assert set(value_types(importlib.import_module(module))) - listed == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_avoid_empty_words(package: str) -> None:
    assert [name for name in _empty_words(package) if name not in ALLOWED] == []


def test_every_exception_is_still_needed() -> None:
    assert set(ALLOWED) - {name for package in PACKAGES for name in _empty_words(package)} == set()


def test_words_of_a_name() -> None:
    assert _words("ReadScope") == ["read", "scope"]
    assert _words("HTTPHandler") == ["http", "handler"]
    assert _words("process_all") == ["process", "all"]
    assert _words("informed") == ["informed"]


def _empty_words(package: str) -> list[str]:
    """List the public names of a package, its modules' own names included, that carry a banned word."""
    return [
        f"{module}.{name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for module in [".".join(path.relative_to(ROOT).with_suffix("").parts)]
        for name in [*module.rsplit(".", 1)[-1:], *_public_names(ast.parse(path.read_text(encoding="utf-8")))]
        if BANNED & set(_words(name))
    ]


def _public_names(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.ClassDef():
                inner = () if node.name.startswith("_") else tuple(_public_names(node))
                names = [node.name, *inner]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names = [node.name]
            case ast.Assign():
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                continue
        yield from (name for name in names if not name.startswith("_"))


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower())
