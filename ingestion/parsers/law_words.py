"""Turns elements of a law into their words, and its properties into title and language."""

import re
from itertools import islice
from typing import Final

from ingestion.parsers.blocks import clean
from ingestion.parsers.elements import Element, attribute, local
from ingestion.parsers.list_marks import counted

_AMONG: Final = 500  # elements at the start, where the properties of a text stand
_LISTS: Final = {"alpha": "lowerLetter", "alphaupper": "upperLetter", "roman": "lowerRoman", "romanupper": "upperRoman"}
_BESIDE: Final = frozenset({"Footnote", "NOTE", "authorialNote", "FootnoteRef", "CommentaryRef", "noteRef"})

# Akoma Ntoso names languages by three letters (ISO 639-2), everything else by two.
_TWO_LETTERS: Final = {
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "deu": "de",
    "ger": "de",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "nld": "nl",
    "dut": "nl",
    "pol": "pl",
    "swe": "sv",
    "dan": "da",
    "fin": "fi",
    "ces": "cs",
    "gle": "ga",
}


def all_words(element: Element) -> str:
    """Read all words of an element in one line, its notes left out."""
    pieces: list[str] = []
    _collect(element, pieces)
    return " ".join(clean("".join(pieces)).split())


def _collect(element: Element, pieces: list[str]) -> None:
    pieces.append(element.text or "")
    pieces.append(character(attribute(element, "CODE")) if local(element).startswith("QUOT.") else "")
    between = "" if _is_inline(element) else " "
    for child in element:
        if local(child) not in _BESIDE:
            pieces.append(between)
            _collect(child, pieces)
            pieces.append(between)
        pieces.append(child.tail or "")


def _is_inline(around: Element) -> bool:
    """Whether the children of an element stand within its words."""
    return has_own_words(around) or len(list(islice(iter(around), 2))) == 1


def has_own_words(element: Element) -> bool:
    """Whether words stand in an element itself, beside its children."""
    own = (element.text or "").strip() or any((child.tail or "").strip() for child in element)
    return bool(own)


def character(code: str) -> str:
    """Read a character by its number in hexadecimal, as Formex writes quotation marks; empty for anything else."""
    return chr(int(code, 16)) if re.fullmatch(r"[0-9A-Fa-f]{2,4}", code) else ""


def spaced(words: str | None) -> str:
    """Take line breaks of the markup for spaces."""
    return " ".join(words.splitlines()) if words and "\n" in words else words or ""


def list_label(item: Element, around: Element, place: int) -> str:
    """Write the number of an item of an ordered list of legislation.gov.uk, which only names its form."""
    number = attribute(item, "NumberOverride") or counted(
        _LISTS.get(attribute(around, "Type").lower(), "decimal"), place
    )
    return f"{number}." if attribute(around, "Decoration") == "period" else f"({number})"


def declared_title(root: Element) -> str:
    """Read the title among the properties of a text (Dublin Core, or a name of Akoma Ntoso)."""
    for element in islice(root.iter(), _AMONG):
        if element.tag == "{http://purl.org/dc/elements/1.1/}title":
            return all_words(element)
    return ""


def declared_language(root: Element) -> str | None:
    """Read the language that a text declares of itself, as `en`."""
    for element in islice(root.iter(), _AMONG):
        name = local(element)
        declared = attribute(element, "lang") if element is root else ""
        if name == "FRBRlanguage":
            declared = attribute(element, "language")
        elif name in {"language", "LG.DOC", "LG.ACT"}:
            declared = all_words(element)
        if re.fullmatch(r"[A-Za-z]{2,3}(-\w{2,8}){0,2}", declared):
            return _TWO_LETTERS.get(declared.lower()) or (declared.lower() if declared.isupper() else declared)
    return None
