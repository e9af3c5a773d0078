"""Turns findings into the sentence that heads the answer: what is certain, and what is missing for the rest."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from decision.decision import Status
from decision.pack import Findings
from decision.packs.passenger_rights.findings import EARLIER_LAW, Reading, in_doubt, passengers, presented, stated
from decision.packs.passenger_rights.rights import EUROPEAN, PREFIXES, REGIMES, Regime, Right
from decision.packs.passenger_rights.rows import total

_LICENCE: Final = "the operating carrier's licence"
_MISSING: Final = {
    "carrier_is_community": _LICENCE,
    "carrier_is_uk": _LICENCE,
    "origin": "the departure airport",
    "destination": "the final destination",
    "origin_country": "the country of departure",
    "destination_country": "the country of the final destination",
    "distance_km": "the distance",
    "arrival_delay": "the delay at arrival",
    "notice_days": "the number of days of notice",
    "rerouting_offered": "a record of whether re-routing was offered",
    "rerouting_departs_early": "the departure of the re-routing",
    "rerouting_arrives_late": "the arrival of the re-routing",
    "involuntary": "a record of whether the passenger volunteered",
    "departure_advanced": "by how much the departure was brought forward",
    "doors_opened": "the time at which the doors were opened",
    "on_block": "the time on block",
    "control": "the category of the cause",
    "earlier_control": "the category of the earlier cause",
    "carrier_size": "the size of the operating carrier",
    "notice_hours": "the time of the notice",
    "one_way_fare": "the one-way fare",
    "aircraft_seats": "the number of seats of the aircraft",
    "since_booking": "the time between booking and withdrawal",
    "booked_before_departure": "the number of days between booking and departure",
    "bag_event": "what happened to the bag",
    "bag_report_filed": "a record of whether the bag was reported",
    "bag_late": "the time at which the bag was delivered",
    "complaint_days": "the day of the complaint",
}
_LATE: Final = frozenset({"delay", "missed_connection"})
_OF_REROUTING: Final = frozenset({"rerouting_departs_early", "rerouting_arrives_late"})
_TERRITORIES: Final = {"origin": "origin_in_eu", "destination": "destination_in_eu"}
_DECIDING: Final = ("-SCOPE", "-COMP-", "-EXCLUDE-", "-AMOUNT-", "-ADVANCED", "CA-CONTROL", "CA-LARGE", "US-", "MC-")
_RIGHTS: Final[Mapping[str, Right]] = {
    "compensation": "compensation_due",
    "refund": "refund",
    "expenses": "expenses",
}
_EVENTS: Final = {"downgrade": "downgrade", "baggage": "expenses", "withdrawal": "refund"}


def headline(findings: Findings, status: Status, outcome: str) -> str:
    """Say the outcome with its total, or what is certain and what else cannot be decided, and why."""
    if status == "abstained":
        return f"Cannot be decided: {'; '.join(findings.derivation.impossible)}"
    if status == "needs_facts":
        known = certain(findings)
        sums = [compensation_words(findings, regime) for regime in known]
        still_open = [regime for regime in REGIMES if _is_open(findings, regime)]
        what = f"{' and '.join(still_open)} cannot" if sums and still_open else "Cannot"
        return "; ".join((*sums, f"{what} be decided yet: {lacking(findings)}"))
    chosen = presented(findings)
    if chosen is None or chosen == "none" or main_kind(findings, chosen) != "compensation":
        return outcome
    if not Reading(findings, chosen).flag("compensation_due"):
        return outcome
    return compensation_words(findings, chosen)


def main_kind(findings: Findings, regime: Regime) -> str:
    """Name the kind of entitlement that an event is about under a regime."""
    event = str(stated(findings, "event"))
    if regime == "MC99":
        return "expenses"
    if regime == "US" and event != "baggage" and stated(findings, "passenger_travels") is False:
        return "refund"
    return _EVENTS.get(event, "compensation")


def certain(findings: Findings) -> Sequence[Regime]:
    """List the regimes that are known to apply and to give a known sum, whichever of them is presented."""
    readings = [Reading(findings, regime) for regime in REGIMES]
    return [
        reading.regime
        for reading in readings
        if reading.flag("applies") and reading.flag("compensation_due") and reading.money("amount") is not None
    ]


def compensation_words(findings: Findings, regime: Regime) -> str:
    """Say what a regime gives to one passenger and, where there are more, to all of them."""
    amount, persons = Reading(findings, regime).money("amount"), passengers(findings)
    whole = f", {total(amount, persons)} in total for {persons} passengers" if amount and persons > 1 else ""
    return f"{regime} compensation {amount} per passenger{whole}"


def lacking(findings: Findings) -> str:
    """Say what keeps the case from being decided: a missing fact, a contradiction, a special status or a law."""
    if special := special_places(findings):
        return "; ".join(f"the status of the {side} in the territory of EU261 is special" for side in special)
    if rests_on_earlier_law(findings):
        return "the law of the day of the flight is not encoded"
    wanted = dict.fromkeys(_lacking(findings))
    later = _OF_REROUTING if "rerouting_offered" in wanted else frozenset[str]()
    names = dict.fromkeys(_MISSING[name] for name in wanted if name in _MISSING and name not in later)
    said = [_missing([*names])] if names else []
    if stated(findings, "event") in _LATE and not isinstance(stated(findings, "delay_at_arrival"), timedelta):
        contradictions = findings.derivation.working.get("contradictions")
        said += [str(words) for words in contradictions] if isinstance(contradictions, list) else []
    return "; ".join(said) or "a fact that decides the outcome is missing"


def rests_on_earlier_law(findings: Findings) -> bool:
    """Tell whether the case is about a right of which the law of the day of the flight is not encoded."""
    chosen = presented(findings)
    if chosen is None or chosen == "none":
        return False
    right = _RIGHTS.get(main_kind(findings, chosen))
    reading = Reading(findings, chosen)
    decided_by = reading.decided_by(right) if right and reading.flag(right) is None else ()
    return any(outcome.rule_id.endswith(EARLIER_LAW) for outcome in decided_by)


def _is_open(findings: Findings, regime: Regime) -> bool:
    return Reading(findings, regime).flag("applies") is None and not in_doubt(findings, regime)


def special_places(findings: Findings) -> Sequence[str]:
    """List the ends of the journey whose country is known and whose status in the territory of EU261 is not."""
    return [side for side, fact in _TERRITORIES.items() if _is_special(findings, side, fact)]


def _is_special(findings: Findings, side: str, fact: str) -> bool:
    place = findings.derivation.working.get(side)
    is_placed = isinstance(place, dict) and place["country"] is not None
    return is_placed and stated(findings, fact) is None and presented(findings) is None


def _missing(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is missing"
    return f"{', '.join(names[:-1])} and {names[-1]} are missing"


def _lacking(findings: Findings) -> Iterator[str]:
    """Name the unknown facts that rules of scope, right or amount read, and those that the code lacked."""
    chosen = presented(findings)
    prefixes = tuple(PREFIXES[one] for one in REGIMES if one == chosen or (chosen is None and one in EUROPEAN))
    waits, missing = findings.derivation.waits, findings.derivation.missing
    for outcome in findings.outcomes:
        of_rule = outcome.state == "undetermined" and any(part in outcome.rule_id for part in _DECIDING)
        if of_rule and outcome.rule_id.startswith(prefixes):
            for name in (name for name, value in outcome.facts_read.items() if value is None):
                yield from (one for one in waits.get(name, (name,)) if name not in waits or one in missing)
    if stated(findings, "event") in _LATE and "arrival_delay" in missing:
        yield "arrival_delay"
