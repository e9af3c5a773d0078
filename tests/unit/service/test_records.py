"""A released decision has one canonical form, which its hash covers whole."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise

import pytest
from pydantic import ValidationError

from retrieval.corpus import Value
from service import records
from service.errors import InvalidInputError
from service.records import (
    AuditPlace,
    CitedClaim,
    ReleasedDecision,
    canonical,
    content_hash,
    decision_bytes,
    sortable_id,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_canonical_json_is_sorted_and_without_spaces() -> None:
    assert canonical({"b": [1.0, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"answer": {"value": float("nan")}}, "$.answer.value"),
        ({"answer": [0, float("inf")]}, "$.answer[1]"),
        ({"id": 2**53}, "$.id"),
        ({"size": 1e16}, "$.size"),
        ({"text": "\ud800"}, "$.text"),
    ],
)
def test_what_has_no_canonical_form_is_named(value: dict[str, object], place: str) -> None:
    with pytest.raises(InvalidInputError, match=place.replace("$", r"\$").replace("[", r"\[")):
        canonical(value)  # pyright: ignore[reportArgumentType]


def test_the_hash_is_that_of_the_stored_bytes(decision: ReleasedDecision) -> None:
    assert content_hash(decision) == sha256(decision_bytes(decision)).hexdigest()


def test_the_place_in_the_log_is_not_hashed(decision: ReleasedDecision) -> None:
    placed = decision.model_copy(update={"audit": AuditPlace(seq=3, hash="b" * 64)})
    assert content_hash(placed) == content_hash(decision)


def test_stored_bytes_read_back_as_the_same_decision(decision: ReleasedDecision) -> None:
    again = ReleasedDecision.model_validate_json(decision_bytes(decision))
    assert again == decision
    assert decision_bytes(again) == decision_bytes(decision)


def test_a_claim_cites_only_what_is_there(decision: ReleasedDecision) -> None:
    document = decision.model_dump()
    document["claims"] = [CitedClaim(text="x", citations=(1, 7))]
    with pytest.raises(ValidationError, match=r"cite \[7\]"):
        ReleasedDecision.model_validate(document)


def test_a_citation_number_is_there_once(decision: ReleasedDecision) -> None:
    document = decision.model_dump()
    document["citations"] = [*document["citations"], *document["citations"]]
    with pytest.raises(ValidationError, match="every n must be there once"):
        ReleasedDecision.model_validate(document)


def test_every_field_is_described() -> None:
    schema = ReleasedDecision.model_json_schema()
    own = [schema, *(part for name, part in schema["$defs"].items() if name in _OURS)]
    undescribed = [
        f"{part['title']}.{name}"
        for part in own
        for name, field in part["properties"].items()
        if "description" not in field
    ]
    assert len(own) > 10
    assert undescribed == []


def test_ids_sort_by_time() -> None:
    ids = [sortable_id("dec", NOON + timedelta(milliseconds=step), bytes(10)) for step in range(0, 5000, 7)]
    assert all(earlier < later for earlier, later in pairwise(ids))


def test_an_id_has_time_and_all_the_randomness() -> None:
    assert sortable_id("dec", datetime(1970, 1, 1, tzinfo=UTC), b"\xff" * 10) == "dec_0000000000ZZZZZZZZZZZZZZZZ"
    assert sortable_id("dec", NOON, bytes(10)) != sortable_id("dec", NOON, bytes(9) + b"\x01")


@pytest.mark.parametrize(("at", "randomness"), [(NOON.replace(tzinfo=None), bytes(10)), (NOON, bytes(9))])
def test_an_id_needs_an_instant_and_ten_bytes(at: datetime, randomness: bytes) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        sortable_id("dec", at, randomness)


_OURS = {
    name
    for name, model in vars(records).items()
    if isinstance(model, type) and issubclass(model, Value) and model.__module__ == "service.records"
}
