"""Turns the details of a request into typed facts, for each step that it asks for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from decision.packs.reservation.changing import change_facts
from decision.packs.reservation.itinerary import Segment
from decision.packs.reservation.phrases import complaints_of, flights_named, is_doubtful, reason_of
from decision.packs.reservation.records import Record
from decision.packs.reservation.standing import CABINS, Standing, kind_of_method, sent_money, troubles
from decision.packs.reservation.wishes import Wish

_WHOLE: Final = frozenset({"all", "both", "whole", "entire", "every", "everyone", "everybody", "each"})
_PART: Final = frozenset({"only", "except", "but", "just", "not"})
_IN_KIND: Final = re.compile(r"\b(?:certificate|voucher|gift|card|credit|points|miles)", re.IGNORECASE)
_TOTALS: Final = ("total_bags", "total_baggages", "bags_total")
_MORE: Final = ("additional_bags", "extra_bags", "bags_to_add", "bags_to_remove", "n_bags", "bags", "count", "number")


def asked_facts(request: Record, wishes: Sequence[Wish], standing: Standing) -> Mapping[str, JsonValue]:
    """Give the steps, as they turn out from the details, and the facts that each of them is decided by."""
    found: dict[str, JsonValue] = {}
    steps: list[JsonValue] = []
    for wish in wishes:
        paid = wish.step in {"other", "compensation"} and request.has("price_total")
        for step, facts in _step(request, Wish("book") if paid else wish, standing):
            steps += [step] if step not in steps else []
            found.update({name: value for name, value in facts.items() if value is not None})
    return {"steps": steps, **found, **_compensation(request, steps, standing)}


def _step(request: Record, wish: Wish, standing: Standing) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    match wish.step:
        case "cancel":
            yield _cancellation(request, wish, standing)
        case "change_flights" | "change_cabin":
            steps, facts = change_facts(request, wish, standing)
            facts = {**facts, "covers": wish.part or _covered(request, standing)}
            yield from ((step, facts) for step in steps)
        case "add_bags":
            yield "add_bags", _bags(request, wish, standing)
        case "quote_bags":
            yield "quote_bags", {"cabin_upgraded_to": request.word("cabin_after_upgrade", CABINS)}
        case "change_passengers":
            yield "change_passengers", {"passengers_after": _passengers_after(request, wish, standing)}
        case "book":
            yield "book", _booking(request, standing)
        case _:
            yield wish.step, {}


def _cancellation(request: Record, wish: Wish, standing: Standing) -> tuple[str, Mapping[str, JsonValue]]:
    """Read a cancellation; of some passengers only it changes their number, of some flights only the journey."""
    part = wish.part or _covered(request, standing)
    if part == "some_passengers":
        return "change_passengers", {"passengers_after": _passengers_after(request, Wish("cancel", -1), standing)}
    if part == "some_flights":
        return "change_flights", {"route_kept": False, "change_described": True}
    name = request.first("stated_reason", "reason", "reason_for_cancellation")
    others = request.texts("alternatives_requested")
    words = "; ".join(request.texts(name)) if name else None
    return "cancel", {
        "reason": reason_of(words),
        "reason_doubtful": words is not None and is_doubtful(words),
        "alternatives_asked": bool(others),
        "certificate_asked": any(_IN_KIND.search(other) for other in others),
    }


def _covered(request: Record, standing: Standing) -> str:
    if not _is_whole(request, "passengers", standing.passengers) or not _is_whole(request, "passenger", None):
        return "some_passengers"
    name = request.first("segments", "segment", "flights_affected", "legs")
    return "some_flights" if name and not _is_whole(request, name, len(standing.legs)) else "all"


def _is_whole(request: Record, name: str, number: int | None) -> bool:
    sent = request.fields.get(name)
    match sent:
        case None:
            return True
        case list():
            return number is not None and len(sent) >= number
        case bool():
            return sent
        case int() | float():
            return number is not None and sent >= number
        case _:
            words = frozenset(re.findall(r"[a-z]+", str(sent).lower()))
            return bool(words & _WHOLE) and not words & _PART


def _bags(request: Record, wish: Wish, standing: Standing) -> Mapping[str, JsonValue]:
    total, more = request.first(*_TOTALS), request.first(*_MORE)
    wanted = request.whole(total) if total else None
    if wanted is None and more is not None and standing.bags is not None:
        number = request.whole(more)
        wanted = None if number is None else max(0, standing.bags + (number if wish.grows >= 0 else -number))
    if wanted is None and more is None and wish.grows < 0 and standing.bags is not None:
        wanted = max(0, standing.bags - 1)
    return {"bags_wanted": wanted, "cabin_upgraded_to": request.word("cabin_after_upgrade", CABINS)}


def _passengers_after(request: Record, wish: Wish, standing: Standing) -> int | None:
    stated = request.first("n_passengers", "passengers_after", "new_n_passengers")
    if stated:
        return request.whole(stated)
    if standing.passengers is None or (wish.grows == 0 and request.flag("count_unchanged") is False):
        return None
    return max(0, standing.passengers + wish.grows * _persons(request))


def _persons(request: Record) -> int:
    named = request.fields.get("passengers", request.fields.get("passenger"))
    return max(1, len(named)) if isinstance(named, list) else 1


def _compensation(request: Record, steps: Sequence[JsonValue], standing: Standing) -> Mapping[str, JsonValue]:
    if "compensation" not in steps:
        return {}
    trouble = trouble_of(complaint_words(request), standing.legs)
    also_changed = bool({"cancel", "change_flights", "change_cabin"} & {str(step) for step in steps})
    name = request.first("wants_change_or_cancel", "wants_change", "wants_cancel")
    return {
        "complaint": trouble.complaint,
        "complaint_on_record": trouble.on_record if standing.searched else None,
        "late_unmarked": trouble.late_unmarked,
        "wants_change": True if also_changed else request.flag(name) if name else None,
    }


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a complaint is about, whether the record shows it, and whether a flight came in late without a note."""

    complaint: str
    on_record: bool
    late_unmarked: bool


def trouble_of(words: Sequence[str], legs: Sequence[Segment]) -> Trouble:
    """Find what is complained about; a flight that is named must be the one that the record shows in trouble."""
    numbers = frozenset[str]().union(*(flights_named(one) for one in words))
    meant = [leg for leg in legs if leg.number in numbers] if numbers else legs
    kinds = complaints_of(words)
    shown = [kind for kind in kinds if kind in troubles(meant)]
    return Trouble(shown[0] if shown else kinds[0], bool(shown), any(leg.came_late for leg in meant))


def complaint_words(request: Record) -> Sequence[str]:
    """Give the words in which somebody complains."""
    name = request.first("complaint", "stated_reason", "reason")
    return request.texts(name) if name else ()


def _booking(request: Record, standing: Standing) -> Mapping[str, JsonValue]:
    party = request.first("n_passengers", "passenger_count")
    listed = request.fields.get("passengers")
    bags = request.first(*_TOTALS, "bags")
    methods = standing.profile or {}
    total = request.first("price_total", "total_price", "total", "price")
    wanted = request.first("wanted", "payment_methods", "payment_ids", "payment_id")
    return {
        "passengers": request.whole(party) if party else len(listed) if isinstance(listed, list) else listed,
        "cabin": request.word("cabin", CABINS) or standing.cabin,
        "price": sent_money(request.money(total)) if total else None,
        "methods": None if standing.profile is None else [_method(name, one) for name, one in methods.items()],
        "wanted_methods": list(request.texts(wanted)) if wanted else None,
        "preference": request.text("preference"),
        "with_bags": bags is not None and bool(request.whole(bags)),
        "bags_wanted": request.whole(bags) if bags else None,
        "with_insurance": request.flag("insurance"),
    }


def _method(name: str, method: Record) -> str:
    kind = kind_of_method(name, {name: method}) or "unknown"
    amount = method.money("amount")
    names = [word for field in ("brand", "last_four") if (word := method.text(field)) is not None]
    return " ".join((name, kind, "-" if amount is None else str(amount.value), *names))
