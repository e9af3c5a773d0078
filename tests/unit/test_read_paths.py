"""Nothing reads the index or the stored texts past the one predicate: every place that could is known here."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("retrieval", "ingestion", "decision", "explain", "service", "evals")

SEARCHES: Final = frozenset({"nearest", "lexical", "pool", "scroll"})
TEXTS: Final = frozenset({"revisions", "clauses", "chunks", "records", "definitions"})
"""The tables in which words of sources stand."""

PREDICATES: Final = frozenset({"visible_to", "visible", "_readable"})

READERS: Final = ("service/adapters/sql_library.py", "service/adapters/sql_words.py")

WRITERS: Final[Mapping[str, str]] = {
    "service/adapters/sql_catalog.py": "what ingestion writes and compares, which no reader is given",
    "service/adapters/sql_ingestions.py": "as above, before it has a generation",
    "service/adapters/sql_retention.py": "forgets",
    "service/adapters/sql_verification.py": "checks the log and gives ids and hashes, no words",
    "service/adapters/sql_conditions.py": "makes the predicate",
}

COUNTERS: Final = ("ingestion/differences.py", "ingestion/writing.py")
"""They compare the index with the catalog, of all tenants and generations, and tell numbers."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Give every module but the indexes themselves, and the benchmarks, which time them and answer nobody."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(("retrieval/adapters/", "service/migrations/", "evals/bench/")):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called(tree: ast.AST) -> set[str]:
    """Name what is called, methods by their last name."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {function.id for function in calls if isinstance(function, ast.Name)}
    return names | {function.attr for function in calls if isinstance(function, ast.Attribute)}


def called_of(tree: ast.AST, part: str) -> set[str]:
    """Name the methods that are called of a part, such as `self._index`."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    methods = [function for function in calls if isinstance(function, ast.Attribute)]
    return {one.attr for one in methods if ast.unparse(one.value).rpartition(".")[2].lstrip("_") == part}


def imported(tree: ast.AST) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {one.name for node in imports if node.module == "service.adapters.tables" for one in node.names}


def test_only_the_finder_and_a_measurement_search_and_always_under_the_scope() -> None:
    searching = {name: tree for name, tree in sources() if called_of(tree, "index") & SEARCHES}
    assert searching.keys() == {"retrieval/find.py", "evals/removals.py"}
    for function in (function for tree in searching.values() for function in functions(tree)):
        given = "conditions" in {argument.arg for argument in function.args.args}
        if called_of(function, "index") & SEARCHES and not (function.name.startswith("_") and given):
            assert "visible_to" in called(function), function.name


def test_only_what_compares_the_index_with_the_catalog_counts_its_points() -> None:
    assert tuple(name for name, tree in sources() if "count" in called_of(tree, "index")) == COUNTERS


def test_the_tables_of_texts_are_read_in_known_places() -> None:
    assert {name for name, tree in sources() if imported(tree) & TEXTS} == {*READERS, *WRITERS}


@pytest.mark.parametrize("name", READERS)
def test_every_query_of_a_reader_has_the_predicate(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    asking = [function for function in functions(tree) if "select" in called(function)]
    assert asking
    for function in asking:
        assert called(function) & PREDICATES, f"{function.name} reads past the scope"


def test_whoever_is_no_ingest_reads_no_texts_from_the_catalog() -> None:
    whole = {"parsed", "contents", "signatures"}
    above = [
        name for name, tree in sources() if not name.startswith("ingestion/") and called_of(tree, "catalog") & whole
    ]
    assert above == []


def test_whoever_tells_of_an_ingest_asks_the_application_which_withholds_words() -> None:
    told = {"start", "get", "recent", "watch", "cancel"}
    asking = [name for name, tree in sources() if called_of(tree, "ingestions") & told]
    kept = [name for name, tree in sources() if called_of(tree, "catalog") & {"ingestions", "reports"}]
    assert asking == ["service/application.py"]
    assert kept == ["service/adapters/dbos_jobs.py", "service/application.py"]
