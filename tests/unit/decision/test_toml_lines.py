"""On which lines tables and keys stand, and errors that say so."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from decision.facts import DecisionError
from decision.rules import RuleBook
from decision.schema import FactSchema
from decision.toml_lines import TomlPath, toml_lines

PACKS = sorted((Path(__file__).parents[3] / "decision" / "packs").glob("*/*.toml"))

TEXT = '''# a comment
[a]
x = 1 # [no]
"y z" = """
[b]
q = 2
"""
w = [
  "[c]", # ]
  'd = 1',
]
inner.deep = { e = "}" }

[[row]]
n = "a \\" # quote"

[[row]]
n = 2
[row.more]
k = 3
'''


def test_every_key_has_its_line() -> None:
    assert toml_lines(TEXT) == {
        ("a",): 2,
        ("a", "x"): 3,
        ("a", "y z"): 4,
        ("a", "w"): 8,
        ("a", "inner"): 12,
        ("a", "inner", "deep"): 12,
        ("row",): 14,
        ("row", 0): 14,
        ("row", 0, "n"): 15,
        ("row", 1): 17,
        ("row", 1, "n"): 18,
        ("row", 1, "more"): 19,
        ("row", 1, "more", "k"): 20,
    }


def keys(content: Mapping[str, object]) -> Iterator[TomlPath]:
    """Name the tables of a file, and the keys of each entry of its arrays."""
    for name, inner in content.items():
        rows = cast("list[Mapping[str, object]]", inner) if isinstance(inner, list) else []
        yield (name,)
        yield from ((name, number, key) for number, row in enumerate(rows) for key in row)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_lines_of_packs_are_those_of_their_keys(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found, lines = toml_lines(text), text.splitlines()
    for key in keys(tomllib.loads(text)):
        assert str(key[-1]) in lines[found[key] - 1]


def test_an_error_points_to_the_line_of_the_field(tmp_path: Path) -> None:
    toy = Path(__file__).parent / "toy"
    for name in ("facts.toml", "parameters.toml"):
        (tmp_path / name).write_text((toy / name).read_text(encoding="utf-8"), encoding="utf-8")
    text = (toy / "rules.toml").read_text(encoding="utf-8").replace("fee > $fee_limit", "fee > $fee_limt")
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    line = text.splitlines().index('condition = "fee > $fee_limt"') + 1
    with pytest.raises(DecisionError, match=rf"rules\.toml:{line}: rule LIB-BLOCK: condition: column 7: unknown"):
        RuleBook.load(tmp_path, FactSchema.load(tmp_path / "facts.toml"))


def test_every_wrong_field_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_text('[a]\ntitle = "A"\nkind = 1\ntype = "numbr"\n', encoding="utf-8")
    with pytest.raises(DecisionError) as refused:
        FactSchema.load(tmp_path / "facts.toml")
    assert "facts.toml:4: [a]: type: Input should be" in str(refused.value)
    assert "kind (line 3): Extra inputs" in str(refused.value)
