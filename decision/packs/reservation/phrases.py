"""Turns a customer's own words into the few kinds that the policy tells apart: reasons, complaints, changes of journey.

What is denied (`not sick`) is taken out before words are looked for; nothing that is found here grants anything alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

Reason = Literal["health", "weather", "change_of_plan", "other", "not_stated"]
Complaint = Literal["cancelled", "delayed", "other"]

_FILLERS: Final = (
    r"(?:\s+(?:a|an|any|anyone|anybody|one|the|at\s+all|really|actually|being|been|in|of|because|due|to|for|feeling|my|is"
    r"|was|are|were|has|have))*"
)
_DENIAL: Final = re.compile(
    rf"\b(?:not|no|nobody|never|without|neither|nor|(?:is|are|was|were|has|have)n'?t|nothing\s+to\s+do\s+with|free\s+of)"
    rf"{_FILLERS}\s+[a-z]+(?:\s+(?:or|and|nor)\s+[a-z]+)*",
    re.IGNORECASE,
)
_WELL: Final = re.compile(
    r"\b(?:good|excellent|perfect|great|nice|lovely|fine|beautiful|sunny|better)\s+(?:health|weather)\b|\b(?:health|weather)\s+"
    r"(?:is|was|looks|seems|will\s+be)\s+(?:\w+\s+)?(?:good|excellent|perfect|great|nice|lovely|fine|beautiful|sunny|ok|okay)\b",
    re.IGNORECASE,
)
_HEALTH: Final = re.compile(
    r"\b(?:sick\w*|ill|illness\w*|unwell|ailing|health|medical\w*|hospitali[sz]ed|(?:in|to)\s+(?:the\s+|a\s+)?hospital"
    r"|hospital\s+(?:stay|treatment)|surger\w+|injur\w+|fever\w*|flu|influenza|covid\w*|virus|infection|disease|diagnos\w+"
    r"|(?:doctor|physician)(?:'?s)?\s+(?:says?|said|advi\w+|orders?|ordered|told|recommend\w+|note|appointment|forbids?)"
    r"|(?:see|saw|seeing|visit\w*)\s+(?:a|my|the)\s+(?:doctor|physician)|pneumonia|migraine|heart\s+attack|stroke"
    r"|broken\s+(?:leg|arm|bone|ankle|foot|wrist)|broke\s+(?:a|my|his|her|their)\s+(?:leg|arm|ankle|foot|wrist)|pregnan\w+"
    r"|chemotherapy|vomit\w+|contagious|bronchitis|appendicitis|concussion|ambulance|emergency\s+room)\b",
    re.IGNORECASE,
)
_UNWELL: Final = re.compile(r"\b(?:not|n't)\s+(?:been\s+)?(?:feel\w*\s+|very\s+|at\s+all\s+)?well\b", re.IGNORECASE)
_NOT_OF_A_PERSON: Final = re.compile(
    r"\b(?:dog|cat|pet|horse|hamster)(?:'s)?\b|\bhealth\s+(?:fair|conference|club|insurance|food|company|sector)\b"
    r"|\bsick\s+(?:of|and\s+tired)\b|\b(?:medical|doctors?'?)\s+(?:conference|convention|congress|school|meeting)\b",
    re.IGNORECASE,
)
_WEATHER: Final = re.compile(
    r"\b(?:weather|storm\w*|thunderstorm\w*|snow\w*|blizzard\w*|hurricane\w*|typhoon\w*|cyclone\w*|tornado\w*|flood\w*"
    r"|fog|foggy|ice\s+storm|icy|hail|heat\s*wave|monsoon)\b",
    re.IGNORECASE,
)
_PLANS: Final = re.compile(
    r"\b(?:plans?|schedul\w+|mind|duplicate|double|twice|mistake|rebook\w*|cheaper|other\s+flight|no\s+longer\s+need"
    r"|meeting|business\s+reasons|event)\b",
    re.IGNORECASE,
)
_UNSTATED: Final = frozenset({"", "not stated", "none", "unknown", "not given", "unspecified", "n/a", "no reason", "-"})
_CANCELLED: Final = re.compile(r"\b(?:cancel\w*|called\s+off|scrapped|axed)\b", re.IGNORECASE)
_DELAYED: Final = re.compile(
    r"\b(?:delay\w*|late|postpon\w+|behind\s+schedule|held\s+up|pushed\s+back|running\s+hours)\b", re.IGNORECASE
)
_FLIGHT: Final = re.compile(r"\b([A-Z]{2,3}\s?\d{2,4})\b", re.ASCII)
_KEPT: Final = re.compile(
    r"\b(?:same|keep\w*|kept|unchanged|without\s+chang\w+|no\s+change\s+(?:of|in|to))\s+(?:the\s+|its\s+|my\s+)*"
    r"(?:(?:origin|destination|trip\s+type|route|airports?)(?:\s*(?:,|and|or)\s*)?)+",
    re.IGNORECASE,
)
_JOURNEY: Final = re.compile(
    r"\b(?:destination|origin|trip\s+type|arrival\s+airport|departure\s+(?:airport|city)|different\s+(?:city|airport)"
    r"|another\s+(?:city|airport)|one[-\s]way|round[-\s]?trip|return\s+trip)\b",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(r"\b([A-Z]{3})\s*(?:->|=>|→|to|into|becomes)\s*([A-Z]{3})\b", re.ASCII)
_REPLACED: Final = re.compile(r"\b([A-Z]{3})\s+(?:instead\s+of|rather\s+than|in\s+place\s+of)\s+([A-Z]{3})\b", re.ASCII)
_BOUND: Final = re.compile(
    r"\b(?:to|into|at|from|out\s+of|reach(?:ing)?|land\w*\s+(?:at|in)|arriv\w+\s+(?:at|in))\s+([A-Z]{3})\b", re.ASCII
)
_ON_THE_WAY: Final = re.compile(r"\b(?:via|through|connect\w*|layover|stop\w*)\b", re.IGNORECASE)
_TIMING: Final = re.compile(
    r"\d|\b(?:days?|dates?|weeks?|hours?|earlier|later|sooner|tomorrow|morning|afternoon|evening|night|noon|time|nonstop"
    r"|non-stop|direct|next|previous|connection|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)


def reason_of(words: str | None) -> Reason:
    """Tell which kind of reason these words give; whatever is said to be absent is no reason."""
    if words is None or words.strip().strip(".").lower() in _UNSTATED:
        return "not_stated"
    said = _WELL.sub(" ", _DENIAL.sub(" ", words))
    if _UNWELL.search(words) or (_HEALTH.search(said) and not _NOT_OF_A_PERSON.search(said)):
        return "health"
    if _WEATHER.search(said):
        return "weather"
    return "change_of_plan" if _PLANS.search(words) else "other"


def is_doubtful(words: str) -> bool:
    """Whether these words also deny something, or speak of others than a traveller, so that a reason may be misread."""
    return any(pattern.search(words) is not None for pattern in (_DENIAL, _WELL, _NOT_OF_A_PERSON))


def complaints_of(words: Iterable[str]) -> Sequence[Complaint]:
    """List what is complained about, by the kinds of flight trouble that are named; `other` where none is."""
    said = " ".join(_DENIAL.sub(" ", one) for one in words)
    trouble: Mapping[Complaint, re.Pattern[str]] = {"cancelled": _CANCELLED, "delayed": _DELAYED}
    return [kind for kind, pattern in trouble.items() if pattern.search(said)] or ["other"]


def flights_named(words: str) -> frozenset[str]:
    """List the flight numbers that stand in some words."""
    return frozenset(found.replace(" ", "") for found in _FLIGHT.findall(words))


def keeps_journey(words: str, ends: frozenset[str], stops: frozenset[str] = frozenset()) -> bool | None:
    """Tell whether a change leaves origin, destination and kind of trip; None where the words do not say.

    `ends` are the airports where the reservation's journey begins and ends, `stops` all that it touches.
    """
    said = _KEPT.sub(" ", words)
    turned = [(old, new) for old, new in _TURNED.findall(said) if old in ends and new not in ends]
    turned += [(old, new) for new, old in _REPLACED.findall(said) if old in ends and new not in ends]
    bound = [] if _ON_THE_WAY.search(said) else [code for code in _BOUND.findall(said) if code not in ends | stops]
    if turned or bound or _JOURNEY.search(said):
        return False
    return True if said != words or _TIMING.search(said) else None
