"""Reads labelled cases of this pack, and says what an answer comes to in the words of their labels."""

from collections.abc import Mapping

from pydantic import JsonValue

from decision.packs.reservation.unfolding import BESIDE, RECORDS, unfold


def read_case(facts: Mapping[str, JsonValue], as_of: str | None = None) -> Mapping[str, JsonValue]:
    """Give the pack's facts for the records of a labelled case; what stands beside them bears on nothing.

    A request without its moment is refused: `as_of`, a day, cannot stand in for it.
    """
    del as_of
    if not RECORDS & set(facts):
        return facts
    return unfold({name: value for name, value in facts.items() if name in RECORDS | BESIDE})


def verdict(answer: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Give the decision, its amounts and the ids of the rules that made it."""
    return {name: answer.get(name) for name in ("decision", "amounts", "actions", "human_handoff", "decided_by")}
