"""Turns what was learned from a market into bytes that can be kept, and back: text, JSON and arrays, never code.

The bytes are a ZIP archive: `lesson.json` with the values, `arrays.npz` with numbers, `forest/N.txt` with trees in
LightGBM's own text format. Reading one runs nothing that stands in it.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from decision.facts import DecisionError
from decision.packs.real_estate.fitting import Fitted, width
from decision.packs.real_estate.forest import Forest
from decision.packs.real_estate.intervals import Calibration, Measured

FORMAT: Final = 3
"""Changes with the meaning of what is kept, so that an older lesson is learned again."""

_DATED: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What was learned from the sales of a market, and how the market was bounded.

    `found` counts the sales that the index held (one more than are used stands for any number more), `copies` those
    that several tables have; `is_cut` says that not all were used.
    """

    fitting: Fitted
    calibration: Calibration | None
    measured: Measured | None
    found: int
    copies: int
    is_cut: bool


def written(lesson: Lesson) -> bytes:
    """Give a lesson as bytes; equal lessons give equal bytes."""
    forest = lesson.fitting.forest
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    values = {"format": FORMAT, "lesson": _plain(lesson, "lesson", arrays)}
    stored = io.BytesIO()
    np.savez(stored, allow_pickle=False, **arrays)
    parts = {"lesson.json": json.dumps(values, sort_keys=True).encode(), "arrays.npz": stored.getvalue()}
    parts |= {f"forest/{at:02d}.txt": text.encode() for at, text in enumerate(forest.texts() if forest else ())}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def read(content: bytes) -> Lesson:
    """Read a lesson; a DecisionError says when it is not one that this version wrote."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            values = json.loads(packed.read("lesson.json"))
            trees = sorted(name for name in packed.namelist() if name.startswith("forest/"))
            forest = Forest.read([packed.read(name).decode() for name in trees]) if trees else None
            with np.load(io.BytesIO(packed.read("arrays.npz")), allow_pickle=False) as arrays:
                if values["format"] != FORMAT:
                    raise DecisionError(f"The lesson has format {values['format']}, not {FORMAT}; learn it again.")
                lesson = cast("Lesson", _typed(values["lesson"], Lesson, {**arrays}, forest))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise DecisionError(f"What was kept of a market cannot be read ({error}); learn it again.") from error
    if forest is not None and forest.width != width(lesson.fitting):
        raise DecisionError("What was kept of a market was learned from other columns; learn it again.")
    return lesson


def _plain(value: object, name: str, arrays: dict[str, np.ndarray[Any, Any]]) -> object:
    """Give JSON of a value, with its arrays set aside under the name of their place."""
    if isinstance(value, Forest):
        return None
    if isinstance(value, np.ndarray):
        arrays[name] = cast("np.ndarray[Any, Any]", value)
        return name
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), f"{name}.{one.name}", arrays) for one in fields(value)}
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return [[_plain(key, name, arrays), _plain(one, f"{name}.{key}", arrays)] for key, one in pairs]
    if isinstance(value, tuple):
        return [_plain(one, f"{name}.{at}", arrays) for at, one in enumerate(cast("tuple[object, ...]", value))]
    return value


def _typed(plain: object, kind: Any, arrays: Mapping[str, object], forest: Forest | None) -> object:  # noqa: ANN401
    """Give the value of a type that was made plain."""
    origin, options = get_origin(kind), [one for one in get_args(kind) if one is not type(None)]
    if origin in _UNIONS:
        kept = forest if Forest in options else plain
        return kept if kept is None or Forest in options else _typed(plain, options[0], arrays, forest)
    if is_dataclass(kind):
        made, hints = cast("Mapping[str, object]", plain), get_type_hints(cast("type", kind))
        make = cast("Callable[..., object]", kind)
        return make(**{name: _typed(made[name], hint, arrays, forest) for name, hint in hints.items()})
    if origin is np.ndarray:
        return arrays[cast("str", plain)]
    if origin is tuple:
        return tuple(_typed(one, options[0], arrays, forest) for one in cast("Sequence[object]", plain))
    if origin is not Mapping:
        return plain
    return {key: _typed(one, options[1], arrays, forest) for key, one in cast("Sequence[tuple[str, object]]", plain)}


_UNIONS: Final = (UnionType, Union)
