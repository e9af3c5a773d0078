"""Turns recorded valuations into signs of a number that was wanted, and into a random sample for people to look at."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Final

from pydantic import JsonValue

from service.records import CaseFact, ReleasedDecision
from service.review import ReviewTask

FEWEST_RUNS: Final = 3
"""So many valuations of one property, for one price or amount, are looked at as a series."""

NEARER: Final = 0.02
"""A series drifts when its last value is nearer to the target than its first by this share of the target."""

SAMPLE_SHARE: Final = 0.05
"""Share of the decisions that were not escalated that people look at anyway."""

TARGETS: Final = ("contract_price", "transaction_amount")
"""The amounts that somebody may want a value to reach, the first known one being meant."""

_PLACES: Final = (("address",), ("exclude_record_id",), ("latitude", "longitude"))
_AMOUNT: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Series:
    """Valuations of one property while a target stood, in order of time: their values, and which facts were changed.

    `direction` is toward where the last value is clearly nearer to the target than the first, and most steps led there.
    """

    house: str
    target: str
    amount: Decimal
    decisions: tuple[str, ...]
    values: tuple[Decimal, ...]
    changed: Mapping[str, int]

    @property
    def direction(self) -> str:
        """Whether values moved toward the target, away from it, or neither."""
        gaps = [abs(value - self.amount) for value in self.values]
        moved = (gaps[0] - gaps[-1]) / self.amount
        if abs(moved) <= Decimal(str(NEARER)):
            return "neither"
        steps = [later < earlier for earlier, later in pairwise(gaps) if later != earlier]
        return "toward" if moved > 0 and 2 * sum(steps) > len(steps) else "away" if moved < 0 else "neither"

    def figures(self) -> dict[str, JsonValue]:
        """Give the series as JSON; gaps are shares of the target."""
        first, last = self.values[0], self.values[-1]
        return {
            "property": self.house,
            "target": self.target,
            "amount": str(self.amount),
            "runs": len(self.values),
            "first_value": str(first),
            "last_value": str(last),
            "first_gap": round(float((first - self.amount) / self.amount), 4),
            "last_gap": round(float((last - self.amount) / self.amount), 4),
            "direction": self.direction,
            "changed_facts": dict(self.changed),
            "decisions": list(self.decisions),
        }


def repeated_runs(decisions: Sequence[ReleasedDecision]) -> tuple[Series, ...]:
    """Find properties that were valued again with other facts while a target stood, those that drift to it first."""
    groups: defaultdict[tuple[str, str, Decimal], list[tuple[ReleasedDecision, Decimal]]] = defaultdict(list)
    for one in sorted(decisions, key=lambda decision: decision.decision_id):
        place, target, value = _property(one.case), _target(one.case), _value(one)
        if place is not None and target is not None and value is not None:
            groups[place, *target].append((one, value))
    found: list[Series] = []
    for (place, name, amount), runs in groups.items():
        changed = Counter(
            fact
            for (earlier, _), (later, _) in pairwise(runs)
            for fact in _stated(later) | _stated(earlier)
            if _said(earlier, fact) != _said(later, fact)
        )
        if len(runs) >= FEWEST_RUNS and changed:
            ids, values = tuple(one.decision_id for one, _ in runs), tuple(value for _, value in runs)
            found.append(Series(place, name, amount, ids, values, dict(changed.most_common())))
    return tuple(sorted(found, key=lambda one: (one.direction != "toward", -len(one.values))))


@dataclass(frozen=True, slots=True)
class Sampled:
    """The random sample: of how many decisions that were not escalated, which, and what became of them."""

    seed: str
    eligible: int
    drawn: tuple[str, ...]
    reviewed: Mapping[str, str]

    def figures(self) -> dict[str, JsonValue]:
        """Give the sample as JSON."""
        return {
            "seed": self.seed,
            "share": SAMPLE_SHARE,
            "not_escalated": self.eligible,
            "drawn": len(self.drawn),
            "reviewed": len(self.reviewed),
            "verdicts": dict(Counter(self.reviewed.values()).most_common()),
            "decisions": list(self.drawn),
        }


def random_sample(decisions: Sequence[ReleasedDecision], tasks: Sequence[ReviewTask], seed: str) -> Sampled:
    """Draw from the decisions that nobody had to look at: by a hash of seed and id, so that anybody can repeat it."""
    eligible = [one for one in decisions if not one.review.required and one.status == "decided"]
    drawn = tuple(one.decision_id for one in eligible if _lot(seed, one.decision_id) < SAMPLE_SHARE)
    verdicts = {task.decision_id: task.verdict.kind for task in tasks if task.verdict is not None}
    return Sampled(seed, len(eligible), drawn, {name: verdicts[name] for name in drawn if name in verdicts})


def inputs_read(decisions: Sequence[ReleasedDecision]) -> tuple[str, ...]:
    """Name the facts that recorded valuations were given or assumed."""
    return tuple(sorted({name for one in decisions for name in _stated(one)}))


def _lot(seed: str, decision_id: str) -> float:
    return int.from_bytes(sha256(f"{seed}:{decision_id}".encode()).digest()[:8]) / 2**64


def _property(case: Mapping[str, CaseFact]) -> str | None:
    """Name a property by its address, its record or its place, whichever is known first."""
    for names in _PLACES:
        words = [str(case[name].value) for name in names if name in case and case[name].value is not None]
        if len(words) == len(names):
            return " ".join(" ".join(words).casefold().split())
    return None


def _target(case: Mapping[str, CaseFact]) -> tuple[str, Decimal] | None:
    for name in TARGETS:
        amount = _amount(case[name].value) if name in case else None
        if amount is not None and amount > 0:
            return name, amount
    return None


def _value(decision: ReleasedDecision) -> Decimal | None:
    return _amount(decision.answer.get("outcome")) if decision.status == "decided" else None


def _amount(value: JsonValue) -> Decimal | None:
    """Read the amount from words such as `USD 412,500`."""
    found = _AMOUNT.search(str(value)) if isinstance(value, str | int | float) else None
    return Decimal(found[0].replace(",", "")) if found else None


def _stated(decision: ReleasedDecision) -> set[str]:
    return {name for name, fact in decision.case.items() if fact.value is not None and fact.provenance != "derived"}


def _said(decision: ReleasedDecision, name: str) -> JsonValue:
    fact = decision.case.get(name)
    return fact.value if fact is not None and fact.provenance != "derived" else None
