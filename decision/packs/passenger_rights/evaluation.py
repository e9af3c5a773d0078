"""Reads labelled cases of this pack, and says what an answer comes to in the words of their labels."""

from collections.abc import Mapping

from pydantic import JsonValue


def read_case(facts: Mapping[str, JsonValue], as_of: str | None = None) -> Mapping[str, JsonValue]:
    """Name a labelled case's facts in the pack's words: its WGS84 distance is our `distance_km`."""
    named = {name: value for name, value in facts.items() if name != "distance"}
    if as_of is not None:
        named.setdefault("flight_date", as_of)
    distance = facts.get("distance")
    if isinstance(distance, Mapping) and "wgs84_km" in distance:
        named["distance_km"] = distance["wgs84_km"]
    return named


def verdict(answer: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Give the regime, whether compensation is due, and how much for one passenger."""
    sum_due = answer.get("compensation")
    found: dict[str, JsonValue] = {"regime": answer.get("regime"), "eligible": answer.get("eligible")}
    if isinstance(sum_due, Mapping):
        found |= {"amount": sum_due.get("per_passenger"), "currency": sum_due.get("currency")}
    return found
