"""A chain of events shows whether and where it was tampered with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from service.audit import GENESIS, Event, Head, Link, chain, link, read_head, verify
from service.errors import InvalidInputError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def log(length: int) -> list[Link]:
    """Make a log of that many events."""
    links: list[Link] = []
    head = GENESIS
    for number in range(length):
        event = Event(at=NOON, kind="requested", subject=f"dec_{number}", actor="test", payload={"n": number})
        links.append(link(head, event))
        head = Head(seq=links[-1].seq, hash=links[-1].hash)
    return links


def test_an_event_is_bound_to_the_one_before() -> None:
    first, second = log(2)
    assert (first.seq, second.seq) == (1, 2)
    material = b"toulmin audit event v1\x00" + bytes.fromhex(first.hash) + second.body
    assert second.hash == sha256(material).hexdigest() == chain(first.hash, second.body)


def test_an_event_is_kept_in_utc() -> None:
    event = Event(at=NOON.astimezone(timezone(timedelta(hours=9))), kind="decided", subject="d", actor="a")
    assert b'"at":"2026-06-01T12:00:00Z"' in link(GENESIS, event).body


def test_a_whole_log_is_intact() -> None:
    result = verify(log(5))
    assert result.intact
    assert (result.checked, result.head.seq) == (5, 5)
    assert verify([]).intact


def test_a_changed_event_is_found() -> None:
    links = log(5)
    links[2] = replace(links[2], body=links[2].body.replace(b'"n":2', b'"n":3'))
    result = verify(links)
    assert (result.intact, result.fault, result.seq, result.checked) == (False, "changed", 3, 2)


def test_an_event_rewritten_with_its_hash_shows_at_the_next() -> None:
    links = log(5)
    body = links[2].body.replace(b'"n":2', b'"n":3')
    links[2] = Link(3, body, chain(links[1].hash, body))
    assert (verify(links).fault, verify(links).seq) == ("changed", 4)


def test_bytes_that_are_no_event_are_found() -> None:
    links = log(2)
    links[1] = Link(2, b"nonsense", chain(links[0].hash, b"nonsense"))
    assert (verify(links).fault, verify(links).seq) == ("changed", 2)


def test_a_removed_event_is_found() -> None:
    links = log(5)
    del links[1]
    assert (verify(links).fault, verify(links).seq) == ("removed", 2)


def test_exchanged_events_are_found() -> None:
    links = log(5)
    links[1], links[3] = links[3], links[1]
    assert (verify(links).fault, verify(links).seq) == ("reordered", 2)


def test_a_repeated_event_is_found() -> None:
    links = log(5)
    links.insert(4, links[1])
    assert (verify(links).fault, verify(links).seq) == ("duplicated", 2)


@pytest.mark.parametrize("place", [2, 3])
def test_an_inserted_event_is_found(place: int) -> None:
    links = log(5)
    forged = Event(at=NOON, kind="released", subject="dec_2", actor="nobody")
    links.insert(place, link(Head(seq=2, hash=links[1].hash), forged))
    assert (verify(links).fault, verify(links).seq) == ("inserted", 3)


def test_a_cut_shows_only_against_a_kept_head() -> None:
    links = log(5)
    kept = Head(seq=5, hash=links[-1].hash)
    assert verify(links, expected=kept).intact
    assert verify(links[:3]).intact
    result = verify(links[:3], expected=kept)
    assert (result.fault, result.seq) == ("truncated", 4)


def test_another_history_shows_only_against_a_kept_head() -> None:
    kept = Head(seq=3, hash="c" * 64)
    assert verify(log(5), expected=kept).fault == "other_history"


def test_an_empty_log_is_compared_with_a_kept_head_too() -> None:
    assert verify([], expected=GENESIS).intact
    assert verify([], expected=Head(seq=0, hash="c" * 64)).fault == "other_history"


def test_a_head_is_read_as_it_is_written() -> None:
    assert read_head(f"42:{'a' * 64}") == Head(seq=42, hash="a" * 64)


@pytest.mark.parametrize(
    "written",
    ["", "42", f"-1:{'a' * 64}", f"42:{'a' * 63}", f"42:{'g' * 64}", f"{10**30}:{'a' * 64}", f"1:{'a' * 64}\n"],
)
def test_what_is_no_head_is_refused(written: str) -> None:
    with pytest.raises(InvalidInputError, match="SEQ:HASH"):
        read_head(written)


def test_a_part_is_verified_after_its_head() -> None:
    links = log(5)
    assert verify(links[2:], after=Head(seq=2, hash=links[1].hash)).intact
    assert verify(links[2:], after=Head(seq=2, hash=links[0].hash)).fault == "changed"
