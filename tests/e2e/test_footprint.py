"""What commands import: what they do not need costs their users seconds and memory at every start."""

from running import Demonstrated

PREPARES_MODELS = frozenset({"torch", "sentence_transformers", "transformers", "onnx", "onnxscript"})
SERVES = frozenset({"fastapi", "starlette", "uvicorn", "jinja2"})
OTHER_WORK = frozenset({"alembic", "llama_index", "qdrant_client", "pandas", "sklearn", "scipy", "nltk"})


def test_searching_imports_only_what_it_needs(demonstrated: Demonstrated) -> None:
    imported = demonstrated.imported_by("search", "when is a hotel owed", "--k", "1")
    assert "onnxruntime" in imported
    assert imported.isdisjoint(PREPARES_MODELS | SERVES | OTHER_WORK)


def test_help_imports_none_of_the_work(demonstrated: Demonstrated) -> None:
    imported = demonstrated.imported_by("--help")
    assert "typer" in imported
    assert imported.isdisjoint({"numpy", "pydantic", "sqlalchemy", "onnxruntime", "qdrant_edge", "decision"})
