"""Turns shapes and words into SVG elements whose texts and attributes are always escaped."""

from dataclasses import dataclass
from html import escape
from typing import Final


@dataclass(frozen=True, slots=True)
class Element:
    """An element of SVG; as text it is markup in which nothing that it was given can be markup."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element | str", ...] = ()

    def __str__(self) -> str:
        written = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes)
        inner = "".join(str(one) if isinstance(one, Element) else escape(one) for one in self.children)
        return f"<{self.name}{written}>{inner}</{self.name}>"

    def __html__(self) -> str:
        return str(self)


def shape(name: str, *children: Element | str, **attributes: str | float) -> Element:
    """Make an element; `class_` is written as class, `text_anchor` as text-anchor, numbers with two decimals."""
    named = ((_NAMES.get(key, key.replace("_", "-")), _written(value)) for key, value in attributes.items())
    return Element(name, tuple(named), children)


def words(at: tuple[float, float], said: str, kind: str = "ink", anchor: str = "start") -> Element:
    """Write words at a place; `anchor` is start, middle or end."""
    return shape("text", said, class_=kind, x=at[0], y=at[1], text_anchor=anchor)


def line(start: tuple[float, float], end: tuple[float, float], kind: str) -> Element:
    """Draw a line."""
    return shape("line", class_=kind, x1=start[0], y1=start[1], x2=end[0], y2=end[1])


def picture(size: tuple[float, float], title: str, told: str, *children: Element) -> Element:
    """Frame shapes as one picture that scales with its column; `told` says in words what it shows."""
    return shape(
        "svg",
        shape("title", title),
        shape("desc", told),
        *children,
        class_="drawn",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_label=f"{title}. {told}",
    )


def shortened(said: str, most: int) -> str:
    """Cut words that have no room."""
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"


_NAMES: Final = {"class_": "class"}


def _written(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")
