"""Turns an object of JSON into the parts of a provision: number, title, words, and what else is said of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeGuard

Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"
"""A JSON value whose numbers are kept as they were written."""

_PROVISIONS: Final = frozenset({"article", "section", "rule", "regulation", "recital"})
_DIVISIONS: Final = frozenset({"chapter", "part", "title", "annex", "schedule", "appendix", "subpart", "subtitle"})
_POINTS: Final = frozenset({"paragraph", "subparagraph", "subsection", "point", "clause", "subclause", "item"})
_NUMBERS: Final = re.compile(r"(?:.*_)?(?:id|num|number|no|nr|identifier|ref|reference|label|code|key|index|enum)")
_SUFFIX: Final = re.compile(r"_(?:id|num|number|no|nr|ref|code|label|index)$")
_TITLES: Final = re.compile(r"(?:.*_)?(?:title|name|heading|header|caption|subject)")
_TEXTS: Final = re.compile(
    r"(?:.*_)?(?:text|content|contents|body|description|statement|value|words|requirement|provision"
    r"|paragraphs?|points?|subparagraphs?|items|children|subsections?|sections|articles|clauses|provisions|summary)"
)
_BARE: Final = re.compile(r"[\da-zA-Z]{1,5}")
_OWN: Final = frozenset(
    {"title", "name", "heading", "header", "caption", "subject", "text", "content", "contents", "description", "body"}
    | {"statement", "value", "number", "num", "no", "id", "identifier", "label", "ref", "key", "code", "index"}
)
_LONGEST_NUMBER: Final = 40
_LONGEST_TITLE: Final = 300
_MOST_WORDS: Final = 4  # of a number, as in GOVERN 1.1


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of one object. `word` goes before its number (`Article`); `others` is what is none of the parts.

    `in_text` marks a point of a provision, whose number stands before its words instead of in a heading.
    """

    word: str
    number: str
    title: str
    texts: "tuple[Json, ...]"
    others: "Mapping[str, Json]"
    in_text: bool

    @property
    def heading(self) -> str:
        """Number and title in one line; empty when there is neither."""
        return " \u2014 ".join(filter(None, [self.numbered, self.title]))

    @property
    def numbered(self) -> str:
        """The number with the word for what it numbers, as `Article 7`."""
        bare = self.number and not self.number.lower().startswith(self.word.lower())
        return f"{self.word} {self.number}" if self.word and bare else self.number

    @property
    def bare(self) -> bool:
        """Whether its number is nothing but one, as `1` or `b`."""
        return _BARE.fullmatch(self.number.strip("().")) is not None

    @property
    def mark(self) -> str:
        """The number as it is printed before the words of a point: `(1)`, `(a)`, `4.2`."""
        return f"({self.number})" if _BARE.fullmatch(self.number) else self.number


def read_fields(value: "Mapping[str, Json]") -> Fields:
    """Tell the parts of an object by the names and the shapes of its values."""
    numbers = [name for name in value if _is_number(name, value[name])]
    named = min(numbers, key=_number_order, default=None)
    title = next((name for name in value if name != named and _is_title(name, value[name])), None)
    texts = [name for name in value if name not in {named, title} and _is_text(name, value[name])]
    taken = {named, title, *texts}
    stem = _stem(named) if named is not None else ""
    word = stem.capitalize() if stem in _PROVISIONS | _DIVISIONS else ""
    return Fields(
        word=word,
        number=_line(value[named]) if named is not None else "",
        title=_line(value[title]) if title is not None else "",
        texts=tuple(value[name] for name in texts),
        others={name: part for name, part in value.items() if name not in taken},
        in_text=stem in _POINTS,
    )


def grouping(sections: "Sequence[Mapping[str, Json]]") -> "list[list[str]]":
    """Name the fields that say what a section belongs to, as its chapter: by levels, the outermost first.

    They are short, and stay the same over sections that follow each other, without coming back later.
    """
    if len(sections) <= 1:
        return []
    by_runs: dict[tuple[int, ...], list[str]] = {}
    for name in sections[0]:
        if name.lower() in _OWN:
            continue
        runs = _runs([section.get(name) for section in sections])
        named = _TITLES.fullmatch(name.lower()) or _NUMBERS.fullmatch(name.lower()) or _stem(name) in _DIVISIONS
        constant = len(runs) == 1
        if runs and len(runs) < len(sections) and (not constant or (named and _stem(name) in _DIVISIONS)):
            by_runs.setdefault(runs, []).append(name)
    return [by_runs[runs] for runs in sorted(by_runs, key=len)]


def group_heading(section: "Mapping[str, Json]", names: "Sequence[str]") -> str:
    """Write the fields that say what a section belongs to in one line: its number, then everything else."""
    group = {name: section[name] for name in names}
    fields = read_fields(group)
    others = [*fields.texts, *fields.others.values()]
    return " \u2014 ".join(filter(None, [fields.heading, *dict.fromkeys(_line(other) for other in others if other)]))


def is_list_of_objects(value: "Json") -> "TypeGuard[list[dict[str, Json]]]":
    """Whether a value is a list of nothing but objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def spoken(name: str) -> str:
    """Write the name of a field as words: `risk_owner` and `riskOwner` as `Risk owner`."""
    words = re.sub(r"(?<=[a-z])[A-Z](?=[a-z])", lambda letter: " " + letter[0].lower(), name)
    words = re.sub(r"[_\-]+", " ", words).strip()
    return words[:1].upper() + words[1:]


def _runs(values: "Sequence[Json]") -> tuple[int, ...]:
    """Where each run of equal values begins; empty when a value is missing, long, no scalar, or comes back."""
    starts: list[int] = []
    seen: set[str] = set()
    for place, value in enumerate(values):
        if not isinstance(value, str) or not value or len(value) > _LONGEST_TITLE:
            return ()
        if place == 0 or value != values[place - 1]:
            if value in seen:
                return ()
            seen.add(value)
            starts.append(place)
    return tuple(starts)


def _stem(name: str) -> str:
    return _SUFFIX.sub("", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _number_order(name: str) -> int:
    """Prefer the number that says of what it is one."""
    stem = _stem(name)
    return 0 if stem in _PROVISIONS | _POINTS else 1 if stem in _DIVISIONS else 2


def _is_number(name: str, value: "Json") -> bool:
    lower = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    known = lower in _PROVISIONS | (_DIVISIONS - {"title"}) | _POINTS or _NUMBERS.fullmatch(lower) is not None
    return (
        known
        and isinstance(value, str)
        and 0 < len(value.strip()) <= _LONGEST_NUMBER
        and len(value.split()) <= _MOST_WORDS
    )


def _is_title(name: str, value: "Json") -> bool:
    lower = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return isinstance(value, str) and _TITLES.fullmatch(lower) is not None and 0 < len(value) <= _LONGEST_TITLE


def _is_text(name: str, value: "Json") -> bool:
    lower = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return not isinstance(value, bool | None) and _TEXTS.fullmatch(lower) is not None and value != ""


def _line(value: "Json") -> str:
    return " ".join(str(value).split())
