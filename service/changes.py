"""Turns an earlier decision and the one that reconsiders it into what has changed between them: pure comparison."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from service.records import ChangedFact, ChangedSales, ChangedValue, Changes, ReleasedDecision


def changes_between(earlier: ReleasedDecision, now: ReleasedDecision, because: str | None) -> Changes:
    """Say what is different: facts as used, outcome, comparables, who must look, and what lay behind it."""
    return Changes(
        because=because,
        facts=tuple(_facts(earlier, now)),
        outcome=ChangedValue(old=earlier.answer.get("outcome"), new=now.answer.get("outcome")),
        status=ChangedValue(old=earlier.status, new=now.status),
        comparables=_sales(earlier.answer, now.answer),
        review=ChangedValue(old=_review(earlier), new=_review(now)),
        generation=ChangedValue(old=earlier.generation, new=now.generation),
        versions=tuple(_versions(earlier.versions, now.versions)),
    )


def _facts(earlier: ReleasedDecision, now: ReleasedDecision) -> Iterator[ChangedFact]:
    """Compare the facts as decided, those that follow from others last; they tell what a correction led to."""
    names = dict.fromkeys((*earlier.case, *now.case))
    for is_derived in (False, True):
        for name in names:
            old, new = earlier.case.get(name), now.case.get(name)
            known = [one for one in (new, old) if one is not None]
            if (known[0].provenance == "derived") is not is_derived:
                continue
            before, after = old and (old.value, old.provenance), new and (new.value, new.provenance)
            if before != after:
                yield ChangedFact(
                    fact=name,
                    old=old and old.value,
                    new=new and new.value,
                    old_provenance=old and old.provenance,
                    new_provenance=new and new.provenance,
                )


def _sales(earlier: Mapping[str, JsonValue], now: Mapping[str, JsonValue]) -> ChangedSales | None:
    old, new = _ids(earlier.get("comparables")), _ids(now.get("comparables"))
    if old is None and new is None:
        return None
    before, after = old or (), new or ()
    return ChangedSales(
        added=tuple(one for one in after if one not in before),
        dropped=tuple(one for one in before if one not in after),
        kept=tuple(one for one in after if one in before),
    )


def _ids(comparables: JsonValue) -> tuple[str, ...] | None:
    if not isinstance(comparables, list):
        return None
    return tuple(str(one["id"]) for one in comparables if isinstance(one, dict) and "id" in one)


def _review(released: ReleasedDecision) -> list[JsonValue]:
    return [reason.code for reason in released.review.reasons]


def _versions(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangedFact]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield ChangedFact(fact=name, old=old.get(name), new=new.get(name))
