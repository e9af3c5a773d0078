"""Turns a sentence into whether it speaks to the system that reads it, instead of stating what a document provides.

It is a tripwire for texts planted in documents: patterns find what is usual, and miss what is new or well disguised.
"""

import re
import unicodedata
from typing import Final

_EARLIER: Final = (
    r"(?:instructions?|rules?|prompts?|orders?|directions?|guidelines?|commands?|polic(?:y|ies)|contexts?|messages?"
    r"|everything|anything|all|text|tasks?|assignments?|questions?|information)"
)
_WRITING: Final = (
    r"(?:write|print|say|repeat|respond|reply|translate|rewrite|rephrase|summari[sz]e|paraphrase|generate|output"
    r"|pretend|roleplay|imagine|encode|decode)"
)
_CHANGING: Final = (
    r"(?:add|include|insert|integrate|incorporate|append|mention|modify|change|replace|remove|reverse|rearrange"
    r"|substitute|use|combine|embed|convert|capitali[sz]e|misspell|shuffle|scramble|alternate|mix|attach|craft"
    r"|introduce|provide|offer|suggest|recommend|swap|merge|group|jumble|delete|omit|encrypt|interchange)"
)
_START: Final = r"(?:^|[.;:!?]\s+|[-*#>]\s*|\b(?:please|now|then|and|instead|just)[,:]?\s+)"

_ANSWER: Final = r"(?:response|answer|repl(?:y|ies)|output)s?"
_FEW_WORDS: Final = r"(?:\W+\w+){0,5}?\W+"

_SET_ASIDE: Final = (
    (
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|abandon)\b"
        rf"{_FEW_WORDS}(?:previous|prior|above|earlier|preceding|before|former|foregoing|your)\b"
    ),
    rf"{_START}(?:ignore|disregard|forget|override|drop|discard|abandon)\b{_FEW_WORDS}{_EARLIER}\b",
    (
        r"\b(?:vergiss|vergessen sie|ignorier(?:e|en)?(?: sie)?)\b.{0,40}"
        r"\b(?:alles?|anweisung(?:en)?|befehle?|davor|zuvor|vorherigen?|bisherigen?|regeln)\b"
    ),
    (
        r"\b(?:oublie[rz]?|ignore[rz]?)\b.{0,25}\b(?:toutes?|les|vos|tes)\b.{0,25}"
        r"\b(?:instructions?|consignes|r\u00e8gles)\b"
    ),
    (
        r"\b(?:olvid[ae]|ignor[ae]|zaboravi)\b.{0,25}\b(?:tod[ao]s?|las|sve)\b.{0,25}"
        r"\b(?:instruc\w+|instrukcij\w+|reglas)\b"
    ),
)
_LET_THROUGH: Final = (
    rf"{_START}(?:skip|bypass|suppress|disable|omit)\b{_FEW_WORDS}(?:reviews?|checks?|approvals?|escalations?)\b",
    rf"{_START}(?:approve|release|accept|grant|confirm)\s+(?:it|this|all|any|every|everything|each)\b",
    (
        rf"\b(?:approved?|released?|accepted|granted|paid)\b{_FEW_WORDS}"
        r"without(?: any| further| human)? (?:review|checks?|asking)\b"
    ),
    r"\b(?:do not|don't|never|no need to)\s+(?:escalate|flag|tell|reveal|warn|report|ask (?:a|for|any))\b",
    r"\bset\s+(?:the\s+)?(?:coverage|confidence|score|status|outcome|similarity|certainty)\b.{0,20}\b(?:to|=)",
)
_TO_THE_MODEL: Final = (
    (
        r"\b(?:you are|you're|act|behave|respond|answer) (?:now |from now on )?(?:as )?(?:an? )?(?:\w+ ){0,2}?"
        r"(?:ai|assistant|chatbot|(?:language )?model|bot|interpreter|terminal|gpt)\b"
    ),
    r"\b(?:i want you to|you will now|from now on,? you)\b",
    r"\byour (?:new|next|only|first) (?:task|role|job|instructions?)\b",
    rf"{_START}act (?:as|like) (?:an?|if|my|the)\b",
    r"\b(?:system|initial|hidden|original) prompt\b|\bprompts? (?:text|instructions?|above)\b",
    r"^\W*(?:system|assistant|developer|administrator)\s*(?:message|note|prompt)?\s*:",
    r"<\|?\s*/?(?:im_start|im_end|system|inst|instruction)|\[/?inst\]|#{2,}\s*(?:system|instructions?|response)\b",
    (
        r"\b(?:note|attention|message|instructions?) (?:to|for) (?:the |any |all )?"
        r"(?:ai|assistants?|system|(?:language )?model)\b"
    ),
    r"\byour (?:instructions|(?:system )?prompt|guidelines|programming|training|articles|sources)\b",
)
_TO_WRITE: Final = (
    rf"\b(?:in|to|of|from|with|enhance|augment|alter|render) your (?:\w+ )?{_ANSWER}\b",
    rf"{_START}{_CHANGING}\b.{{0,200}}\b(?:the|this|its?) (?:{_ANSWER}|text)\b",
    (
        rf"{_START}(?:{_CHANGING}|{_WRITING}|make|answer|craft|start|begin|end|finish|conclude)\b.{{0,200}}"
        rf"\byour (?:\w+ )?(?:{_ANSWER}|message|reasoning)\b"
    ),
    rf"{_START}{_WRITING}\b\s*[:\"'\u201c]",
    rf"{_START}{_WRITING}\b\s*(?:me|us|only|exactly|that|yes|no|an?|the following|in|with|as|back|everything)\b",
    r"\btell me\b|\bsay (?:that|yes|no)\b.{0,40}$|\bexecute the (?:following|next)\b",
)
_ORDERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE) for pattern in (*_SET_ASIDE, *_LET_THROUGH, *_TO_THE_MODEL, *_TO_WRITE)
)
_LONGEST: Final = 4000


def gives_orders(sentence: str) -> bool:
    """Tell whether a sentence orders its reader to set rules aside, to approve, to skip a review, or what to write.

    Characters that look alike are read as plain ones and invisible ones are left out; only 4,000 characters are read.
    """
    plain = unicodedata.normalize("NFKC", sentence[:_LONGEST])
    visible = "".join(one for one in plain if unicodedata.category(one) != "Cf").replace("\u2019", "'")
    texts = [" ".join(text.split()) for text in (visible, *visible.splitlines())]
    return any(order.search(text) for text in texts for order in _ORDERS)
