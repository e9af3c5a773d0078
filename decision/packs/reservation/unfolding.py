"""Turns the records of a reservation, a customer and a request into the typed facts of the pack."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from pydantic import JsonValue

from decision.facts import InvalidCaseError, Money
from decision.packs.reservation.asking import asked_facts, complaint_words, trouble_of
from decision.packs.reservation.claims_made import OnRecord, compare, invokes_insurance
from decision.packs.reservation.itinerary import Segment, fare_of, offers, segments
from decision.packs.reservation.records import Problems, Record, parse_moment
from decision.packs.reservation.standing import CABINS, MEMBERSHIPS, Standing, sent_money
from decision.packs.reservation.wishes import Wish, wishes_of

RECORDS: Final = frozenset({"user", "reservation", "request"})
"""What a case in records is told by."""

BESIDE: Final = frozenset(
    {
        "as_of",
        "currency",
        "unverified_user_claims",
        "all_reservations",
        "new_flight_prices_per_passenger",
        "new_flight_prices",
        "flight_prices",
    }
)
"""What else such a case may have."""


def unfold(sent: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Give the facts that records hold; a case that has none of them is taken as it is.

    InvalidCaseError names every field that is wrong. What stands beside the records stays, to be read as facts.
    """
    if not RECORDS & set(sent):
        return sent
    problems = Problems()
    case = Record(sent, "", problems, _currency(sent, problems))
    asked = _asked_at(case)
    facts = _facts(case, asked)
    if problems.found:
        raise InvalidCaseError(tuple(problems.found))
    kept = {name: value for name, value in sent.items() if name not in RECORDS | BESIDE}
    return {**kept, **{name: value for name, value in facts.items() if value is not None}}


def _facts(case: Record, asked: datetime | None) -> Mapping[str, JsonValue]:
    user, request = case.record("user"), case.record("request")
    kind = request.text("type") if request else None
    if request is None or not kind:
        case.wrong("request.type", "what the customer wants, such as cancel", "send the kind of the request")
        return {}
    wishes = wishes_of(kind)
    zone = asked.tzinfo if asked is not None and asked.tzinfo is not None else UTC
    reservation = _reservation(case, request, wishes, zone, asked)
    standing = _standing(case, user, reservation, asked, zone)
    claims = [compare(claim, _on_record(standing)) for claim in case.texts("unverified_user_claims")]
    return {
        "asked_at": None if asked is None else asked.isoformat(),
        "currency": case.currency,
        **_recorded(standing, user, reservation),
        **asked_facts(request, wishes, standing),
        "claims": [str(one) for one in claims],
        "claim_contradicted": any(one.finding == "contradicts" for one in claims),
        "insurance_invoked": invokes_insurance(case.texts("unverified_user_claims")),
    }


def _currency(sent: Mapping[str, JsonValue], problems: Problems) -> str | None:
    currency = sent.get("currency")
    if isinstance(currency, str) and len(currency) == len("USD") and currency.isascii() and currency.isupper():
        return currency
    problems.add("currency", "the currency of the case (ISO 4217), such as USD", f"send it, not {currency!r}")
    return None


def _asked_at(case: Record) -> datetime | None:
    text = case.text("as_of")
    if text is None:
        case.wrong("as_of", "the moment of the request, such as 2026-06-01T15:00:00-05:00", "send it")
        return None
    moment = parse_moment(text, UTC)
    if moment is None:
        case.wrong("as_of", "a moment such as 2026-06-01T15:00:00-05:00", f"correct it, not {text!r}")
    return moment


def _reservation(
    case: Record, request: Record, wishes: Sequence[Wish], zone: tzinfo, asked: datetime | None
) -> Record | None:
    """Find the reservation that the request is about, if need be among all that the customer has."""
    if case.has("reservation"):
        return case.record("reservation")
    others = case.records("all_reservations") or ()
    named = request.text("reservation_id")
    if named is not None:
        return next((one for one in others if one.text("reservation_id") == named), None)
    if any(wish.step == "compensation" for wish in wishes):
        troubled = [one for one in others if _fits_complaint(request, segments(one, zone, asked, None))]
        return troubled[0] if len(troubled) == 1 else None
    return None


def _fits_complaint(request: Record, legs: Sequence[Segment]) -> bool:
    return trouble_of(complaint_words(request), legs).on_record


def _standing(
    case: Record, user: Record | None, reservation: Record | None, asked: datetime | None, zone: tzinfo
) -> Standing:
    booked = reservation.instant("created_at", zone) if reservation else None
    if booked is not None and asked is not None and booked > asked and reservation is not None:
        reservation.wrong("created_at", f"a moment before the request at {asked.isoformat()}", "correct one of them")
    legs = segments(reservation, zone, asked, booked) if reservation else ()
    return Standing(
        asked_at=asked,
        booked_at=booked,
        legs=legs,
        passengers=_party(reservation) if reservation else None,
        cabin=reservation.word("cabin", CABINS) if reservation else None,
        membership=user.word("membership", MEMBERSHIPS) if user else None,
        insured=reservation.flag("insurance") if reservation else None,
        bags=reservation.whole("total_baggages") if reservation else None,
        origin=reservation.text("origin") if reservation else None,
        destination=reservation.text("destination") if reservation else None,
        trip=reservation.text("flight_type") if reservation else None,
        profile=_profile(user),
        offers=offers(case, CABINS),
        searched=reservation is not None or case.has("all_reservations"),
    )


def _party(reservation: Record) -> int | None:
    listed, stated = reservation.records("passengers"), reservation.whole("n_passengers")
    count = stated if listed is None else len(listed)
    if count is None or count == 0:
        reservation.wrong("passengers", "at least one passenger", "send who travels")
    elif stated is not None and stated != count:
        reservation.wrong("n_passengers", f"{count}, the number of passengers listed", f"correct it, not {stated}")
    return count or None


def _profile(user: Record | None) -> Mapping[str, Record] | None:
    methods = user.record("payment_methods") if user else None
    if methods is None:
        return None
    read = {name: methods.record(name) for name in methods.fields}
    return {name: method for name, method in read.items() if method is not None}


def _on_record(standing: Standing) -> OnRecord:
    return OnRecord(
        standing.membership,
        standing.passengers,
        standing.insured,
        standing.asked_at,
        standing.booked_at,
        standing.troubles,
    )


def _recorded(standing: Standing, user: Record | None, reservation: Record | None) -> Mapping[str, JsonValue]:
    fare = fare_of(standing.legs)
    flown = [leg.flown(standing.asked_at) for leg in standing.legs]
    facts: dict[str, JsonValue] = {
        "membership": standing.membership,
        "cabin": standing.cabin,
        "passengers": standing.passengers,
        "insured": standing.insured,
        "booked_at": None if standing.booked_at is None else standing.booked_at.isoformat(),
        "fare": sent_money(fare),
    }
    if standing.legs:
        facts["segments_cancelled"] = sum(leg.cancelled for leg in standing.legs)
        facts["segments_flown"] = None if None in flown and not any(flown) else sum(bool(one) for one in flown)
    if reservation is not None:
        owner, asking = reservation.text("user_id"), user.text("user_id") if user else None
        facts["own_reservation"] = None if owner is None or asking is None else owner == asking
        facts["bags"] = standing.bags
        facts["paid_bags"] = reservation.whole("nonfree_baggages")
        facts["payments"] = _payments(reservation)
    return facts


def _payments(reservation: Record) -> JsonValue:
    paid: dict[str, Money] = {}
    for payment in reservation.records("payment_history") or ():
        method, amount = payment.text("payment_id"), payment.money("amount", signed=True)
        if method is not None and amount is not None:
            before = paid.get(method)
            paid[method] = Money(value=amount.value + (before.value if before else 0), currency=amount.currency)
    total, stated = sum(one.value for one in paid.values()), reservation.money("paid_total")
    if any(one.value < 0 for one in paid.values()):
        reservation.wrong("payment_history", "no more refunded to a method than was paid with it", "correct it")
    elif stated is not None and paid and stated.value != total:
        reservation.wrong("paid_total", f"{total}, the sum of the payments", f"correct it, not {stated.value}")
    return [f"{method} {amount.value}" for method, amount in paid.items() if amount.value > 0] or None
