"""An Index admits what plain code admits, whatever the conditions and the payloads."""

from collections.abc import Mapping
from typing import cast

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from indexing import Pair, found, sale

from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within, admits, sphere_distance_m
from retrieval.ports import Index

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3, width=16),
    st.sampled_from(["a", "b", "True", "1", ""]),
)
places = st.fixed_dictionaries({"lat": st.floats(-80, 80), "lon": st.floats(-179, 179)})
payloads = st.fixed_dictionaries(
    {},
    optional={
        "tenant": st.sampled_from(["a", "b"]),
        "groups": st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
        "effective_from": st.integers(-3, 3),
        "location": places,
        "values": st.dictionaries(st.sampled_from("xyz"), scalars | st.lists(scalars, max_size=3)),
    },
)
bounds = st.none() | st.floats(-3, 3, width=16)
simple = st.one_of(
    st.builds(Equals, st.sampled_from(["tenant", "groups"]), st.sampled_from(["a", "b", "c"])),
    st.builds(Equals, st.just("effective_from"), st.integers(-3, 3)),
    st.builds(
        Equals,
        st.sampled_from(["values.x", "values.y"]),
        st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "True", "1", ""]),
    ),
    st.builds(AnyOf, st.sampled_from(["groups", "values.x"]), st.tuples(st.sampled_from("abc")) | st.just(())),
    st.builds(Between, st.sampled_from(["effective_from", "values.x", "values.y"]), bounds, bounds),
    st.builds(Within, st.floats(-80, 80), st.floats(-179, 179), st.floats(1, 2e7)),
)
conditions = st.lists(st.builds(Not, simple) | simple, min_size=1, max_size=3)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(payloads=st.lists(payloads, min_size=1, max_size=6), conditions=conditions)
async def test_the_index_admits_what_plain_code_admits(
    index: Index, collections: Pair, payloads: list[Mapping[str, object]], conditions: list[Condition]
) -> None:
    _, sales = collections
    assume(not any(on_the_rim(condition, payload) for condition in conditions for payload in payloads))
    await index.delete(sales.name, [Not(AnyOf("none", ()))])
    await index.upsert(sales.name, [sale(number, **payload) for number, payload in enumerate(payloads)])
    expected = [number for number, payload in enumerate(payloads) if admits(conditions, payload)]
    assert await found(index, sales, *conditions) == expected


def on_the_rim(condition: Condition, payload: Mapping[str, object]) -> bool:
    """Tell whether rounding decides if a place is within a radius."""
    inner = condition.condition if isinstance(condition, Not) else condition
    if not isinstance(inner, Within) or "location" not in payload:
        return False
    place = cast("Mapping[str, float]", payload["location"])
    distance = sphere_distance_m(inner.latitude, inner.longitude, place["lat"], place["lon"])
    return abs(distance - inner.radius_m) < 1e-6 * inner.radius_m + 0.01
