"""What people are told to set has the name under which they can set it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ingestion.settings import FetchLimits, GateSettings, ParsingLimits

ROOT = Path(__file__).parents[3]
SETTINGS = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
FIELDS = sorted({name for model in (FetchLimits, GateSettings, ParsingLimits) for name in model.model_fields})
# A field with an underscore is a word of no sentence; others are wrong where they stand behind what is to be changed.
BARE = re.compile(
    rf"\bingestion\.\w+\.\w+|\b(?:{'|'.join(name for name in FIELDS if '_' in name)})\b"
    rf"|\b(?:limit|setting|raise|lower)\s+`?(?:{'|'.join(FIELDS)})\b"
)


def _said() -> Iterator[tuple[str, str]]:
    """Give the literals of several words, docstrings left out, with the place of each."""
    for path in (path for part in ("ingestion", "retrieval") for path in sorted((ROOT / part).rglob("*.py"))):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        statements = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def test_every_variable_that_is_named_is_a_setting() -> None:
    named = [(place, name) for place, words in _said() for name in re.findall(r"\bTOULMIN_[A-Z_]+\b", words)]
    assert len(named) > 5
    assert [(place, name) for place, name in named if f"`{name}`" not in SETTINGS] == []


def test_no_remedy_names_the_field_of_a_setting() -> None:
    assert BARE.search("raise the limit largest_mb")
    assert BARE.search("raise the limit deepest")
    assert [(place, words) for place, words in _said() if " " in words and BARE.search(words)] == []
