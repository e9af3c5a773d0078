"""Turns the place of a paragraph in a list into the mark that is printed before it: `3.`, `c.`, `iii.`."""

from typing import Final

_ROMANS: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LETTERS: Final = 26
_LARGEST_ROMAN: Final = 3999
_LARGEST_LETTER: Final = 780  # thirty letters are one mark too many for anybody


def list_mark(style: str, place: int) -> str:
    """Write the mark of an item of an HTML list of one `type` (1, a, A, i or I)."""
    return counted(_STYLES.get(style, "decimal"), place) + "."


def counted(form: str, place: int) -> str:
    """Write a number as Word's formats name it (decimal, lowerLetter, upperRoman, ...); digits where it cannot."""
    base = form[5:].lower()
    if base == "letter" and 0 < place <= _LARGEST_LETTER:
        written = chr(ord("a") + (place - 1) % _LETTERS) * ((place - 1) // _LETTERS + 1)
    elif base == "roman" and 0 < place <= _LARGEST_ROMAN:
        written = _roman(place)
    else:
        return f"{place:02d}" if form == "decimalZero" else str(place)
    return written.upper() if form.startswith("upper") else written


_STYLES: Final = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def _roman(number: int) -> str:
    written = ""
    for worth, letters in _ROMANS:
        count, number = divmod(number, worth)
        written += letters * count
    return written
