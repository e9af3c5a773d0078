"""Compares what a customer claims with the record: it agrees, contradicts, or shows nothing of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from decision.packs.reservation.phrases import complaints_of

Finding = Literal["agrees", "contradicts", "shows nothing of it"]

_ASIDE: Final = re.compile(r"\([^)]*\)")
_MEMBER: Final = re.compile(r"\b(gold|silver|regular)\b(?=.*\b(?:member\w*|status|tier|level)\b)", re.IGNORECASE)
_NUMBERS: Final = {
    word: count
    for count, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 1)
}
_PARTY: Final = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(_NUMBERS)})\s+(?:passengers?|travell?ers?|people|persons?|tickets?)\b", re.IGNORECASE
)
_INSURED: Final = re.compile(
    r"\b(?:has|have|had|bought|purchased|paid\s+for|took\s+out|added|got|with)\b[^.;]*\binsurance\b|\b(?:is|was|am|are)\s+"
    r"insured\b",
    re.IGNORECASE,
)
_INSURANCE_ASIDE: Final = re.compile(
    r"\b(?:not\s+(?:needed|necessary|required)|unnecessary|waive\w*|previous|earlier|other|needs?\s+no|no\s+need)\b",
    re.IGNORECASE,
)
_UNINSURED: Final = re.compile(
    r"\b(?:no|without|never\s+(?:had|bought)|did\s*n[o']t\s+(?:buy|have))\b[^.;]*\binsurance\b", re.IGNORECASE
)
_RECENT: Final = re.compile(
    r"\b(?:booked|made|bought|reserved|booking\s+was\s+made)\b[^.;]*\b(?:today|(?:within|in|during)\s+the\s+(?:last|past)\s+(?:day|24)"
    r"|less\s+than\s+(?:a\s+day|24)|just\s+now|this\s+morning|(\d{1,3})\s*(?:hours?|hrs?|h)\s+ago)",
    re.IGNORECASE,
)
_OWN_TROUBLE: Final = re.compile(r"\b(?:flights?|segment|leg|reservation)\b", re.IGNORECASE)
_WAIVES: Final = re.compile(r"\binsurance\b", re.IGNORECASE)
_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the record says of the things that customers make claims about; None where it says nothing."""

    membership: str | None
    passengers: int | None
    insured: bool | None
    asked_at: datetime | None
    booked_at: datetime | None
    troubles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim, how the record stands to it, and what the record says."""

    claim: str
    finding: Finding
    record: str | None = None

    def __str__(self) -> str:
        says = f" ({self.record})" if self.record else ""
        return f"{self.claim}: the record {self.finding}{says}"


def compare(claim: str, record: OnRecord) -> Compared:
    """Hold one claim against the record. Remarks in brackets are somebody's notes and no part of the claim."""
    said = _ASIDE.sub(" ", claim).strip()
    findings = [found for check in _CHECKS if (found := check(said, record)) is not None]
    wrong = next((found for found in findings if not found[0]), None)
    shown = said or claim.strip()
    if wrong is not None:
        return Compared(shown, "contradicts", wrong[1])
    if findings:
        return Compared(shown, "agrees", findings[0][1])
    return Compared(shown, "shows nothing of it")


def invokes_insurance(claims: Sequence[str]) -> bool:
    """Whether somebody holds that insurance bears on what is asked."""
    return any(_WAIVES.search(claim) for claim in claims)


def _membership(said: str, record: OnRecord) -> tuple[bool, str] | None:
    found = _MEMBER.search(said)
    if found is None or record.membership is None:
        return None
    return found[1].lower() == record.membership, f"membership {record.membership}"


def _party(said: str, record: OnRecord) -> tuple[bool, str] | None:
    found = _PARTY.search(said)
    if found is None or record.passengers is None:
        return None
    count = _NUMBERS.get(found[1].lower()) or int(found[1])
    return count == record.passengers, f"passengers {record.passengers}"


def _insurance(said: str, record: OnRecord) -> tuple[bool, str] | None:
    if record.insured is None or _INSURANCE_ASIDE.search(said):
        return None
    claimed = False if _UNINSURED.search(said) else True if _INSURED.search(said) else None
    return None if claimed is None else (claimed == record.insured, f"insurance {'yes' if record.insured else 'no'}")


def _recently(said: str, record: OnRecord) -> tuple[bool, str] | None:
    found = _RECENT.search(said)
    if found is None or record.booked_at is None or record.asked_at is None:
        return None
    within = timedelta(hours=int(found[1]) + 1) if found[1] else _DAY
    return record.asked_at - record.booked_at <= within, f"booked at {record.booked_at.isoformat()}"


def _trouble(said: str, record: OnRecord) -> tuple[bool, str] | None:
    named = [kind for kind in complaints_of([said]) if kind != "other"]
    if not named or not _OWN_TROUBLE.search(said):
        return None
    shown = f"flights {', '.join(sorted(record.troubles)) or 'neither cancelled nor delayed'}"
    return all(kind in record.troubles for kind in named), shown


_CHECKS: Final[Sequence[Callable[[str, OnRecord], tuple[bool, str] | None]]] = (
    _membership,
    _party,
    _insurance,
    _recently,
    _trouble,
)
