"""Whatever single thing is done to a log, its verification finds it and says where."""

from dataclasses import replace
from datetime import UTC
from random import Random
from typing import get_args

from hypothesis import assume, given
from hypothesis import strategies as st

from service.audit import GENESIS, Event, EventKind, Head, Link, link, verify

EVENTS = st.builds(
    Event,
    at=st.datetimes(timezones=st.just(UTC)),
    kind=st.sampled_from(get_args(EventKind)),
    subject=st.text(min_size=1, max_size=10),
    actor=st.just("test"),
    payload=st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.text(max_size=5), max_size=3),
)


@st.composite
def logs(draw: st.DrawFn, min_size: int = 1) -> list[Link]:
    """Make a log."""
    links: list[Link] = []
    head = GENESIS
    for event in draw(st.lists(EVENTS, min_size=min_size, max_size=8)):
        links.append(link(head, event))
        head = Head(seq=links[-1].seq, hash=links[-1].hash)
    return links


@given(links=logs())
def test_a_log_as_it_was_written_is_intact(links: list[Link]) -> None:
    kept = Head(seq=links[-1].seq, hash=links[-1].hash)
    assert verify(links, expected=kept).intact
    assert verify(links).head == kept


@given(links=logs(), choice=st.randoms(use_true_random=False), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_where_it_is(links: list[Link], choice: Random, bit: int) -> None:
    place = choice.randrange(len(links))
    body = bytearray(links[place].body)
    body[choice.randrange(len(body))] ^= 1 << bit
    links[place] = replace(links[place], body=bytes(body))
    result = verify(links)
    assert (result.intact, result.fault, result.seq) == (False, "changed", place + 1)


@given(links=logs(), choice=st.randoms(use_true_random=False))
def test_a_changed_hash_is_found_where_it_is(links: list[Link], choice: Random) -> None:
    place, digit = choice.randrange(len(links)), choice.randrange(64)
    old = links[place].hash
    other = "0" if old[digit] != "0" else "1"
    links[place] = replace(links[place], hash=old[:digit] + other + old[digit + 1 :])
    assert (verify(links).fault, verify(links).seq) == ("changed", place + 1)


@given(links=logs(), choice=st.randoms(use_true_random=False))
def test_a_removed_event_is_found_where_it_was(links: list[Link], choice: Random) -> None:
    kept = Head(seq=links[-1].seq, hash=links[-1].hash)
    place = choice.randrange(len(links))
    last = place == len(links) - 1
    del links[place]
    result = verify(links, expected=kept)
    assert (result.fault, result.seq) == ("truncated" if last else "removed", place + 1)


@given(links=logs(min_size=2), choice=st.randoms(use_true_random=False))
def test_two_exchanged_events_are_found_at_the_first(links: list[Link], choice: Random) -> None:
    first, second = sorted(choice.sample(range(len(links)), 2))
    links[first], links[second] = links[second], links[first]
    assert (verify(links).fault, verify(links).seq) == ("reordered", first + 1)


@given(links=logs(), choice=st.randoms(use_true_random=False))
def test_a_repeated_event_is_found_by_its_number(links: list[Link], choice: Random) -> None:
    place = choice.randrange(len(links))
    links.insert(choice.randrange(place + 1, len(links) + 1), links[place])
    assert (verify(links).fault, verify(links).seq) == ("duplicated", place + 1)


@given(links=logs(), forged=EVENTS, choice=st.randoms(use_true_random=False))
def test_an_inserted_event_is_found_where_it_stands(links: list[Link], forged: Event, choice: Random) -> None:
    place = choice.randrange(len(links))
    before = GENESIS if place == 0 else Head(seq=links[place - 1].seq, hash=links[place - 1].hash)
    false_link = link(before, forged)
    assume(false_link != links[place])
    links.insert(place, false_link)
    result = verify(links)
    assert not result.intact
    assert result.seq in {place + 1, place + 2}
