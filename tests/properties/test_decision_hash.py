"""The content hash of a decision covers every value in it."""

import copy
import json
from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.errors import InvalidInputError
from service.records import ReleasedDecision, canonical, content_hash, decision_bytes

SAMPLE: dict[str, Any] = {
    "decision_id": "dec_01K00000000000000000000001",
    "domain": "passenger_rights",
    "status": "decided",
    "summary": "EUR 400 are due.",
    "answer": {"outcome": "due", "amount": {"value": "400", "currency": "EUR"}, "shares": [0.5, 0.5], "final": True},
    "claims": [{"text": "EUR 400 are due.", "citations": [1]}],
    "citations": [
        {
            "n": 1,
            "revision_id": "rev_1",
            "document": "Disruption policy",
            "clause": "4.2",
            "page": 2,
            "char_start": 10,
            "char_end": 17,
            "quote": "EUR 400",
            "sha256": "a" * 64,
            "url": "/v1/sources/rev_1",
        }
    ],
    "assumptions": [
        {
            "id": "A1",
            "fact": "reason",
            "value": "none",
            "source": "policy_default",
            "reason": "Usual.",
            "effect_if_false": "Nothing is due.",
            "changes_outcome": True,
        }
    ],
    "missing_facts": [{"fact": "notice", "why": "It decides on exemption.", "changes_outcome": False}],
    "policy_checks": [
        {
            "rule_id": "PR-1",
            "title": "Distance",
            "kind": "conclusion",
            "result": "pass",
            "clause": "policy#4.2",
            "citation": 1,
            "because": "1,870 km",
            "facts_used": {"distance_km": "1870", "notice": None},
            "parameters": [{"name": "band", "value": "1500", "clause": "policy#4.2", "reference": "Art. 7"}],
            "owner": "legal",
            "effective_from": "2005-02-17",
            "stale": False,
        }
    ],
    "counter_evidence": [{"text": "The strike was announced.", "citations": [1]}],
    "counterfactuals": [{"change": "1,400 km", "outcome": "EUR 250"}],
    "confidence": {
        "value": 0.9,
        "band": "high",
        "method": "fact_certainty",
        "calibrated_on": "2025",
        "n": 120,
        "reliability": {"ece": 0.02},
        "notes": ["few"],
    },
    "review": {
        "required": True,
        "reasons": [{"code": "high", "level": "agent", "message": "m", "measured": "400", "threshold": "300"}],
        "task_id": "task_01K00000000000000000000001",
    },
    "explanation": {
        "summary": "Due.",
        "reasons": [],
        "trace": [],
        "narration": "Due.",
        "argument": {"claim": "c", "grounds": [], "warrant": [], "backing": [], "qualifier": "q", "rebuttal": []},
    },
    "mode": "no_llm",
    "generation": 3,
    "as_of": "2026-06-01",
    "case": {"distance_km": {"value": "1870", "provenance": "given", "basis": None}},
    "versions": {"pack": "1"},
    "reconsiders": "dec_01K00000000000000000000000",
    "changes": {
        "because": "The log says two hours.",
        "facts": [{"fact": "delay", "old": "3 h", "new": "2 h", "old_provenance": "given", "new_provenance": "given"}],
        "outcome": {"old": "due", "new": "not due"},
        "status": {"old": "decided", "new": "decided"},
        "comparables": {"added": ["a:1"], "dropped": [], "kept": ["a:2"]},
        "review": {"old": [], "new": ["x"]},
        "generation": {"old": 1, "new": 2},
        "versions": [{"fact": "rules", "old": "1", "new": "2"}],
    },
    "trace_id": "t",
    "timings_ms": {"decision": 1.5},
}

DECISION = ReleasedDecision.model_validate(SAMPLE)
DOCUMENT: dict[str, Any] = json.loads(decision_bytes(DECISION))


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List where every value in a document stands."""
    if isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from places(inner, (*path, key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for position, inner in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from places(inner, (*path, position))  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield path


def changed(path: tuple[Any, ...], value: object) -> tuple[dict[str, Any], object]:
    """Give the document with another value at one place, and the value that stood there."""
    document = copy.deepcopy(DOCUMENT)
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    before = inner[path[-1]]
    inner[path[-1]] = value
    return document, before


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(-1e15, 1e15),
    st.sampled_from([1e16, 2.0**53, -(2.0**53), 1e21, 1e300]),
    st.text(max_size=20),
    st.sampled_from(["abstained", "fail", "undetermined", "low", "full", "legal", "derived", "2020-01-01", "b" * 64]),
)


def test_every_field_but_the_place_in_the_log_is_hashed() -> None:
    assert set(DOCUMENT) == set(ReleasedDecision.model_fields) - {"audit"}
    assert content_hash(DECISION) == sha256(canonical(DOCUMENT)).hexdigest()


@given(path=st.sampled_from(list(places(DOCUMENT))), value=VALUES)
def test_another_value_anywhere_is_another_hash(path: tuple[Any, ...], value: object) -> None:
    document, before = changed(path, value)
    try:
        same = canonical([before]) == canonical([value])  # pyright: ignore[reportArgumentType]
    except InvalidInputError:
        with pytest.raises(InvalidInputError):
            canonical(document)
        return
    assert (sha256(canonical(document)).hexdigest() == content_hash(DECISION)) == same


@given(path=st.sampled_from(list(places(DOCUMENT))), value=VALUES)
def test_what_is_stored_reads_back_to_the_same_bytes(path: tuple[Any, ...], value: object) -> None:
    document, _ = changed(path, value)
    try:
        stored = decision_bytes(ReleasedDecision.model_validate(document))
    except (ValidationError, InvalidInputError):
        return
    assert decision_bytes(ReleasedDecision.model_validate_json(stored)) == stored


@given(seed=st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(seed: Random) -> None:
    keys = list(DOCUMENT)
    seed.shuffle(keys)
    assert content_hash(ReleasedDecision.model_validate_json(json.dumps({key: DOCUMENT[key] for key in keys}))) == (
        content_hash(DECISION)
    )
