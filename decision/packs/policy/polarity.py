"""Turns a question and a sentence into whether the sentence speaks of the opposite of what was asked."""

import re
from typing import Final

_SIDES: Final = tuple(
    (re.compile(rf"\b(?:{one})\b"), re.compile(rf"\b(?:{other})\b"))
    for one, other in (
        (
            r"above|over (?:the|\d\S*)|exceed\w*|more than|greater|at least|or more|longer than|beyond|larger than",
            r"below|beneath|under the (?:threshold|limit)|less|fewer|at most|within|up to|shorter than|smaller than",
        ),
        (r"before|earlier|prior to", r"after|afterwards|later than|following"),
        (r"minimum|least|lowest|fewest", r"maximum|most|highest"),
        (r"increas\w+|rais\w+", r"reduc\w+|decreas\w+|halv\w+|lowered"),
        (r"higher", r"lower"),
        (r"permit\w*|allow\w*", r"forbid\w*|prohibit\w*|banned"),
        (r"includ\w+", r"exclud\w+"),
    )
)
_NO_MORE: Final = re.compile(r"\b(?:no|not) (?:more|longer|greater|later) than\b|\bnot exceed\w*\b")
_NEGATED: Final = re.compile(
    r"\b(?:not|never|cannot|neither|nor|none|nothing|without|unless|except|no|excluded?|refus\w+)\b|n['\u2019]t\b"
)


def opposite(question: str, sentence: str) -> bool:
    """Tell whether a sentence names only the other side (below for above), or affirms what a question negates."""
    asked, said = (_NO_MORE.sub("at most", text.lower()) for text in (question, sentence))
    if _NEGATED.search(asked) and not _NEGATED.search(said):
        return True
    return any(_turned(asked, said, one, other) or _turned(asked, said, other, one) for one, other in _SIDES)


def _turned(asked: str, said: str, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    asks_one_side = one.search(asked) is not None and other.search(asked) is None
    return asks_one_side and other.search(said) is not None and one.search(said) is None
