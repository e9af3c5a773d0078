"""Turns the facts of a labelled case into this pack's facts, and this pack's answer into what a label states."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.facts import FactType
from decision.packs.passenger_rights.pack import PACK

UNDATED: Final = "2026-06-15"
"""The day on which a labelled case that states none is taken to fly.

Labels state the sums in force today (the limits of the United States since January 2025, those of Montreal since
December 2024); for EU261 and UK261 that day gives the same law as June 2024, from which the labelled flights are.
"""

_DATES: Final = ("flight_date", "departure_date", "date", "as_of")
_UNITS: Final = {"_minutes": 1, "_min": 1, "_hours": 60, "_h": 60}
_SUMS: Final = {"_usd": "USD", "_eur": "EUR", "_gbp": "GBP", "_cad": "CAD", "_sdr": "XDR", "_xdr": "XDR"}

_NAMES: Final[Mapping[str, str]] = {
    "from": "origin",
    "to": "destination",
    "departure_airport": "origin",
    "arrival_airport": "destination",
    "departure_country": "origin_country",
    "arrival_country": "destination_country",
    "distance": "distance_km",
    "event_type": "event",
    "disruption": "event",
    "delay": "arrival_delay",
    "arrival_delay_at_final_destination": "arrival_delay",
    "final_arrival_delay": "arrival_delay",
    "expected_departure_delay": "departure_delay",
    "notice": "notice_days",
    "days_notice": "notice_days",
    "notice_period_days": "notice_days",
    "rerouting": "rerouting_offered",
    "reroute_offered": "rerouting_offered",
    "reroute_departs_early": "rerouting_departs_early",
    "rerouting_departure_early": "rerouting_departs_early",
    "rerouting_departure_advance": "rerouting_departs_early",
    "reroute_arrives_late": "rerouting_arrives_late",
    "rerouting_arrival_delay": "rerouting_arrives_late",
    "reroute_arrival_delay": "rerouting_arrives_late",
    "alternate_arrival_delay": "rerouting_arrives_late",
    "alternative_arrival_delay": "rerouting_arrives_late",
    "alternate_offered": "rerouting_offered",
    "alternate_arrives_late": "rerouting_arrives_late",
    "alternative_arrives_late": "rerouting_arrives_late",
    "rerouting_arr_delay": "rerouting_arrives_late",
    "rerouting_arrival_late": "rerouting_arrives_late",
    "reroute_arrival_late": "rerouting_arrives_late",
    "reroute_departure_early": "rerouting_departs_early",
    "rerouting_departure_earlier": "rerouting_departs_early",
    "rerouting_dep_early": "rerouting_departs_early",
    "community_carrier": "carrier_is_community",
    "carrier_is_eu": "carrier_is_community",
    "eu_carrier": "carrier_is_community",
    "uk_carrier": "carrier_is_uk",
    "extraordinary_circumstances": "extraordinary",
    "extraordinary_proven": "extraordinary",
    "fare": "ticket_price",
    "price": "ticket_price",
    "ticket_cost": "ticket_price",
    "flight_fare": "flight_price",
    "downgraded_flight_price": "flight_price",
    "control_category": "control",
    "category": "control",
    "carrier_category": "carrier_size",
    "passenger_accepted_refund": "refund_taken",
    "refunded": "refund_taken",
    "damage": "proven_damage",
    "proven_damage_xdr": "proven_damage_sdr",
    "damage_sdr": "proven_damage_sdr",
    "passenger_travelled": "passenger_travels",
    "travelled": "passenger_travels",
    "n_passengers": "passengers",
    "number_of_passengers": "passengers",
    "tarmac": "tarmac_delay",
    "advanced": "departure_advanced",
    "overbooked": "oversold",
}
"""How labelled cases name what this pack names otherwise; a unit at the end of a name is read apart from it."""

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "event": {
        "cancelled": "cancellation",
        "canceled": "cancellation",
        "delayed": "delay",
        "long_delay": "delay",
        "denied": "denied_boarding",
        "overbooking": "denied_boarding",
        "advanced": "advance",
        "missed_connecting_flight": "missed_connection",
        "downgrading": "downgrade",
        "schedule_change": "change",
    },
    "control": {
        "outside_control": "outside",
        "within_control": "within",
        "within_control_safety": "safety",
        "safety_required": "safety",
        "required_for_safety": "safety",
    },
}
_IGNORED: Final = frozenset(
    [
        "airline",
        "carrier",
        "operating_carrier",
        "marketing_carrier",
        "flight",
        "flight_number",
        "aircraft",
        "note",
        "notes",
        "jurisdiction",
    ]
)
"""What a label may tell beside its facts and no rule reads: names, whose licence or size is stated apart."""

_PRICES: Final = {"downgrade": ("flight_price", None), "denied_boarding": ("one_way_fare", "USD")}
"""Which price a ticket's price is for an event that asks for another one, in the only currency it can have."""

_FLAGS: Final[Mapping[str, tuple[str, Mapping[bool, JsonValue]]]] = {
    "volunteer": ("involuntary", {True: False, False: True}),
    "voluntary": ("involuntary", {True: False, False: True}),
    "large_carrier": ("carrier_size", {True: "large", False: "small"}),
    "small_carrier": ("carrier_size", {True: "small", False: "large"}),
    "credit_card": ("paid_by", {True: "credit_card", False: "other"}),
}
"""Yes-or-no facts of labelled cases that this pack states in other words."""


def read_case(facts: Mapping[str, JsonValue], as_of: str | None = None) -> dict[str, JsonValue]:
    """Name a labelled case's facts in the pack's words; `as_of` dates a case whose facts state no day, else `UNDATED`.

    A label tells its whole case: a re-routing, a notice or a second licence that it does not mention was not there. A
    fact that the pack does not know keeps its name, so that the schema refuses it instead of losing it.
    """
    currency = facts.get("currency")
    found = dict(_read(name, value, currency) for name, value in _flat(facts) if value is not None)
    dated = next((facts[name] for name in _DATES if facts.get(name) is not None), as_of or UNDATED)
    return {**_untold(found), **_priced(found), **found, "flight_date": dated}


def verdict(answer: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Give what a label states: the regime, whether money is due, and how much for one passenger.

    `eligible` is None where a fact that decides it is missing; what is not due is an amount of 0 in no currency.
    """
    amount, eligible = answer.get("compensation"), answer.get("eligible")
    is_due = eligible is True and isinstance(amount, dict)
    return {
        "regime": answer.get("regime"),
        "eligible": eligible if isinstance(eligible, bool) else None,
        "amount": _number(amount["per_passenger"]) if is_due and isinstance(amount, dict) else "0",
        "currency": str(amount["currency"]) if is_due and isinstance(amount, dict) else None,
    }


def _flat(facts: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    """Give every stated fact by one name; of a distance the one on the ellipsoid counts."""
    for name, value in facts.items():
        if name in _DATES or name in _IGNORED or name == "currency":
            continue
        if isinstance(value, dict) and "wgs84_km" in value:
            yield "distance_km", value["wgs84_km"]
        elif isinstance(value, dict) and "value" not in value:
            yield from ((f"{name}_{part}", inner) for part, inner in value.items())
        else:
            yield name, value


def _read(name: str, value: JsonValue, currency: JsonValue) -> tuple[str, JsonValue]:
    own = _own(name)
    if own in PACK.schema.definitions:
        return own, _worded(own, value, currency)
    if name in _FLAGS and isinstance(value, bool):
        other, words = _FLAGS[name]
        return other, words[value]
    for ending, minutes in _UNITS.items():
        if name.endswith(ending) and _kind(_own(name.removesuffix(ending))) is FactType.DURATION:
            return _own(name.removesuffix(ending)), _minutes(value, minutes)
    for ending, unit in _SUMS.items():
        if name.endswith(ending) and _kind(_own(name.removesuffix(ending))) is FactType.MONEY:
            return _own(name.removesuffix(ending)), _worded(_own(name.removesuffix(ending)), value, unit)
    return name, value


def _own(name: str) -> str:
    return name if name in PACK.schema.definitions else _NAMES.get(name, name)


def _kind(name: str) -> FactType | None:
    definition = PACK.schema.definitions.get(name)
    return None if definition is None else definition.type


def _worded(name: str, value: JsonValue, currency: JsonValue) -> JsonValue:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    definition = PACK.schema.definitions[name]
    if is_number and definition.type is FactType.MONEY and (definition.currency or currency):
        return {"value": str(value), "currency": definition.currency or currency}
    return _WORDS.get(name, {}).get(value, value) if isinstance(value, str) else value


def _minutes(value: JsonValue, each: int) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    seconds = Decimal(str(value)) * each * 60
    return f"{seconds:f} s"


def _number(amount: JsonValue) -> str:
    value = Decimal(str(amount))
    return f"{value:f}".rstrip("0").rstrip(".") if value != value.to_integral_value() else f"{value:.0f}"


def _priced(found: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Take the price of a ticket that is the only one told for the price that the event asks for."""
    name, currency = _PRICES.get(str(found.get("event")), ("ticket_price", None))
    price = found.get("ticket_price")
    fits = isinstance(price, dict) and (currency is None or price.get("currency") == currency)
    return {name: price} if fits else {}


def _untold(found: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Give what a label leaves unsaid because it was not there."""
    told_rerouting = "rerouting_departs_early" in found or "rerouting_arrives_late" in found
    untold: dict[str, JsonValue] = {}
    if told_rerouting or found.get("event") in {"cancellation", "denied_boarding", "advance"}:
        untold["rerouting_offered"] = told_rerouting
    if found.get("event") == "cancellation" and not {"notice_days", "notice_hours"} & found.keys():
        untold["notice_days"] = 0
    if "carrier_is_community" in found:
        untold["carrier_is_uk"] = False
    return untold
