"""Turns a change of flights or cabin into its steps, and into what they cost, keep and touch."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from decision.facts import Money
from decision.packs.reservation.itinerary import total
from decision.packs.reservation.phrases import keeps_journey
from decision.packs.reservation.records import Record
from decision.packs.reservation.standing import CABINS, Standing, kind_of_method, sent_money
from decision.packs.reservation.wishes import Wish

Flight = tuple[str, str]


def change_facts(request: Record, wish: Wish, standing: Standing) -> tuple[Sequence[str], Mapping[str, JsonValue]]:
    """Give the steps that a change comes to and their facts; a cabin that is named with new flights changes first."""
    named = request.first("new_cabin", "cabin", "to_cabin", "target_cabin")
    new_cabin = request.word(named, CABINS) if named else None
    flights = _flights(request)
    kept = _journey_kept(request, wish, standing)
    moves = wish.step == "change_flights"
    if flights:
        moves = {*flights} != {leg.key for leg in standing.legs}
    moves = moves or kept is False
    turns = wish.step == "change_cabin" or (new_cabin is not None and new_cabin != standing.cabin)
    steps = [step for step, asked in (("change_cabin", turns), ("change_flights", moves)) if asked]
    target = flights or [leg.key for leg in standing.legs]
    flown = {leg.key for leg in standing.legs if leg.flown(standing.asked_at)}
    return steps or [wish.step], {
        "new_cabin": new_cabin,
        "route_kept": kept,
        "change_described": True if flights or kept is not None else None,
        "touches_flown": bool(flights) and not flown <= {*flights},
        "new_fare": sent_money(_new_fare(target, new_cabin or standing.cabin, standing)),
        "seats_free": _seats(target, new_cabin or standing.cabin, standing),
        "quote_only": wish.quote or None,
        "budget": sent_money(_budget(request)),
        **_payment(request, standing),
    }


def _flights(request: Record) -> list[Flight]:
    found: list[Flight] = []
    listed = request.fields.get("new_flights")
    for number, one in enumerate(listed if isinstance(listed, list) else []):
        match one:
            case [str(flight), str(day), *_]:
                found.append((flight, day))
            case {"flight_number": str(flight), "date": str(day)}:
                found.append((flight, day))
            case _:
                request.wrong(f"new_flights[{number}]", "a flight number and a date", "send both as texts")
    return found


def _journey_kept(request: Record, wish: Wish, standing: Standing) -> bool | None:
    if wish.step == "change_cabin":
        return (
            None
            if request.first("change") is None
            else keeps_journey(request.text("change") or "", standing.ends, standing.stops)
        )
    ends = {
        ("new_origin", "origin"): standing.origin,
        ("new_destination", "destination"): standing.destination,
        ("new_flight_type", "new_trip_type", "flight_type", "trip_type"): standing.trip,
    }
    stated = [(request.text(name), now) for names, now in ends.items() if (name := request.first(*names)) is not None]
    if wish.other_journey or any(now is not None and wanted != now for wanted, now in stated):
        return False
    if stated:
        return True
    named = request.first("change", "changes", "description")
    return keeps_journey(" ".join(request.texts(named)), standing.ends, standing.stops) if named else None


def _new_fare(target: Sequence[Flight], cabin: str | None, standing: Standing) -> Money | None:
    booked = {leg.key: leg.price for leg in standing.legs} if cabin == standing.cabin else {}
    return total([booked[key] if key in booked else _price(key, cabin, standing) for key in target])


def _price(key: Flight, cabin: str | None, standing: Standing) -> Money | None:
    offer = standing.offers.get(key)
    return offer.prices.get(cabin) if offer is not None and cabin is not None else None


def _seats(target: Sequence[Flight], cabin: str | None, standing: Standing) -> bool | None:
    booked = {leg.key for leg in standing.legs} if cabin == standing.cabin else set[Flight]()
    new = [standing.offers.get(key) for key in target if key not in booked]
    if cabin is None or standing.passengers is None:
        return None
    found = [None if offer is None else offer.has_seats(cabin, standing.passengers) for offer in new]
    return False if False in found else None if None in found else True


def _budget(request: Record) -> Money | None:
    name = request.first("budget_ceiling", "budget", "max_price", "ceiling")
    return request.money(name) if name else None


def _payment(request: Record, standing: Standing) -> Mapping[str, JsonValue]:
    name = request.first("payment_id", "payment_method", "refund_to")
    method = request.text(name) if name else None
    if method is None:
        return {}
    kind = kind_of_method(method, standing.profile)
    if kind is None:
        return {"payment_kind": "original" if "original" in method.lower() else None}
    known = None if standing.profile is None else method in standing.profile
    return {"payment_id": method, "payment_kind": kind, "payment_known": known}
