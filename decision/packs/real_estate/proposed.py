"""Turns sales that somebody proposes as comparables into candidates like any others, and says what became of each.

A proposal is looked up under the predicates of every other sale. It joins the candidates only where the policy's own
query for comparables would have let it in, and what is not on file has no part in the number.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast

from pydantic import JsonValue

from decision.facts import Fact
from decision.pack import Found
from decision.packs.real_estate.comparables import cents
from decision.packs.real_estate.duplicates import is_same
from decision.packs.real_estate.extent import records
from decision.packs.real_estate.features import number
from decision.packs.real_estate.subject import first_hidden_day
from decision.packs.real_estate.valuation import Settings
from retrieval.corpus import Record
from retrieval.filters import AnyOf, Between, Condition, Equals, Not
from retrieval.query import ClauseQuery, RecordQuery

MOST: Final = 20
"""How many proposed records are looked at; the method uses eight sales at most."""

_ON_FILE: Final = "proposed"
_CANDIDATES: Final = "proposed_candidates"

Queries = Mapping[str, ClauseQuery | RecordQuery]


def with_proposals(queries: Mapping[str, RecordQuery], facts: Mapping[str, Fact], hidden: date) -> Queries:
    """Add two look-ups of the proposed records: those on file by then, and those that may be compared."""
    ids = _ids(facts)
    if not ids:
        return queries
    named = AnyOf("id", ids)
    own = facts["exclude_record_id"].value if "exclude_record_id" in facts else None
    never: tuple[Condition, ...] = (Not(Equals("id", own)),) if isinstance(own, str) else ()
    comparables = queries["comparables"]
    on_file = (Between("observed_on", below=hidden.toordinal()), *never, named)
    return {
        **queries,
        _ON_FILE: RecordQuery(comparables.kind, len(ids), None, on_file),
        _CANDIDATES: RecordQuery(comparables.kind, len(ids), None, (*comparables.conditions, named)),
    }


def with_candidates(evidence: Found) -> Found:
    """Let the proposed records that may be compared join the candidates, each once."""
    found, proposed = evidence.get("comparables", ()), evidence.get(_CANDIDATES, ())
    known = {hit.item.id for hit in found}
    return {**evidence, "comparables": [*found, *(hit for hit in proposed if hit.item.id not in known)]}


@dataclass(frozen=True, slots=True)
class Made:
    """What a valuation made of its sales: the ids of the market, and for those used or passed over why."""

    market: Collection[str]
    used: Mapping[str, str]
    passed: Mapping[str, str]


def made_of(market: Collection[str], working: Mapping[str, JsonValue]) -> Made:
    """Read what became of the sales from the answer's own sections."""
    grid = cast("list[Mapping[str, JsonValue]]", working["comparables"])
    rejected = cast("list[Mapping[str, JsonValue]]", working["rejected"])
    return Made(
        market=market,
        used={str(one["id"]): f"among the {len(grid)} sales used, with weight {one['weight']}" for one in grid},
        passed={str(one["id"]): str(one["reason"]) for one in rejected},
    )


def proposed_section(
    facts: Mapping[str, Fact], as_of: date, evidence: Found, made: Made, settings: Settings
) -> list[JsonValue]:
    """Say of each proposed sale whether it was used and why, and whether a person has to verify it first."""
    on_file = {record.id: record for record in records(evidence, _ON_FILE)}
    candidates = {record.id for record in records(evidence, _CANDIDATES)}
    own = records(evidence, "subject_record")
    rows: list[JsonValue] = []
    for known in _ids(facts):
        record = on_file.get(known)
        if record is None:
            rows.append(_absent(known, facts, as_of, settings))
        elif known in made.used:
            rows.append(_row(record, made.used[known], used=True))
        elif any(is_same(one, record) for one in own):
            rows.append(_row(record, _OWN))
        elif known not in candidates:
            rows.append(_row(record, _why_not_compared(record, as_of, settings)))
        else:
            rows.append(_row(record, _why_not_used(known, made)))
    return [*rows, *(_in_words(words) for words in _words(facts))]


def to_verify(section: list[JsonValue]) -> int:
    """Count the proposed sales that only a person can verify."""
    return sum(isinstance(one, dict) and one["to_verify"] is True for one in section)


_OWN: Final = "the subject's own sale, which is never evidence of its value"


def _ids(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    named = facts["proposed_comparables"].value if "proposed_comparables" in facts else None
    return tuple(dict.fromkeys(named))[:MOST] if isinstance(named, tuple) else ()


def _words(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    named = facts["proposed_sales"].value if "proposed_sales" in facts else None
    return named if isinstance(named, tuple) else ()


def _absent(known: str, facts: Mapping[str, Fact], as_of: date, settings: Settings) -> dict[str, JsonValue]:
    if facts["exclude_record_id"].value == known:
        return {"id": known, "used": False, "to_verify": False, "reason": _OWN}
    hidden = first_hidden_day(as_of, settings)
    reason = f"no sale of before {hidden} that you may read has this id; a person has to verify it"
    return {"id": known, "used": False, "to_verify": True, "reason": reason}


def _row(record: Record, reason: str, *, used: bool = False) -> dict[str, JsonValue]:
    price = number(record.values.get("price"))
    return {
        "id": record.id,
        "sale_date": record.observed_on.isoformat(),
        "price": None if price is None else str(cents(price)),
        "used": used,
        "to_verify": False,
        "reason": reason,
    }


def _why_not_compared(record: Record, as_of: date, settings: Settings) -> str:
    if record.values.get("arms_length") is not True:
        return f"not at arm's length: {record.values.get('arms_length_reason') or 'flagged by the source'}"
    reach = settings.reach
    if record.observed_on < as_of - timedelta(days=reach.age_days):
        return f"sold more than {reach.age_days:g} days before the effective date, beyond the policy's period"
    return f"beyond the policy's {reach.radius_km:g} km, or in another neighbourhood where coordinates are not known"


def _why_not_used(known: str, made: Made) -> str:
    if known not in made.market:
        return "lacks a price or a living area, or is the record of a sale that counts already from another table"
    return made.passed.get(known) or "considered like the others; the sales used are more alike or need less adjustment"


def _in_words(words: str) -> dict[str, JsonValue]:
    reason = "not among the sales on file, so no part of the number; a person has to verify it"
    return {"sale": words, "used": False, "to_verify": True, "reason": reason}
