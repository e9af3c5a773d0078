"""The language of conditions, by plain code. That the index agrees is tested in contract/."""

import pytest

from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within, admits, distance_m, sphere_distance_m

PAYLOAD: dict[str, object] = {
    "tenant": "a",
    "groups": ["red", "blue"],
    "rooms": 3,
    "pool": True,
    "values": {"area": 12.5, "view": None},
    "location": {"lat": 0.0, "lon": 0.0},
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Equals("tenant", "a"), True),
        (Equals("tenant", "b"), False),
        (Equals("groups", "blue"), True),
        (Equals("rooms", 3), True),
        (Equals("rooms", "3"), False),
        (Equals("pool", value=True), True),
        (Equals("pool", 1), False),
        (Equals("missing", "a"), False),
        (Equals("values.view", "a"), False),
        (Equals("tenant.deeper", "a"), False),
        (AnyOf("groups", ("green", "red")), True),
        (AnyOf("groups", ()), False),
        (Between("values.area", at_least=12.5), True),
        (Between("values.area", below=12.5), False),
        (Between("values.area"), True),
        (Between("values.missing"), False),
        (Between("pool", at_least=0), False),
        (Between("tenant", at_least=0), False),
        (Within(0.0, 1.0, 112_000), True),
        (Within(0.0, 1.0, 111_000), False),
        (Within(0.0, 0.0, 1.0, field="tenant"), False),
        (Within(0.0, 0.0, 1.0, field="missing"), False),
        (Not(Equals("tenant", "a")), False),
        (Not(Equals("missing", "a")), True),
    ],
)
def test_a_condition_holds_or_not(condition: Condition, *, holds: bool) -> None:
    assert admits([condition], PAYLOAD) is holds


def test_all_conditions_must_hold() -> None:
    assert admits([], PAYLOAD)
    assert admits([Equals("tenant", "a"), Equals("rooms", 3)], PAYLOAD)
    assert not admits([Equals("tenant", "a"), Equals("rooms", 4)], PAYLOAD)


def test_geodesic_distance_is_that_of_the_ellipsoid() -> None:
    # One degree of the meridian from the equator and of the equator itself, on WGS84.
    assert distance_m(0, 0, 1, 0) == pytest.approx(110_574.4, abs=0.1)
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_319.5, abs=0.1)


def test_distance_on_the_sphere_is_a_share_of_its_circumference() -> None:
    assert sphere_distance_m(0, 0, 0, 180) == pytest.approx(20_015_114.4, abs=1)
    assert sphere_distance_m(0, 0, 1, 0) == sphere_distance_m(0, 0, 0, 1) == pytest.approx(111_195.1, abs=0.1)
