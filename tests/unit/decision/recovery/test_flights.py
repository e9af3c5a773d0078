"""Rows of flight tables: times on local clocks, days when clocks change, and rows that cannot be relied on."""

import pytest
from flying import flown, row

from decision.recovery.flights import typed
from retrieval.corpus import RecordRefusedError, Scalar


def read(origin: str, destination: str, departure: Scalar, arrival: Scalar, **other: Scalar) -> tuple[str, str]:
    values = {"carrier": "UA", "number": 1, "origin": origin, "destination": destination}
    found = flown({**values, "departure": departure, "arrival": arrival, **other})
    return (f"{found.departs:%d %H:%M}", f"{found.arrives:%d %H:%M}")


@pytest.mark.parametrize(
    ("origin", "destination", "departure", "arrival", "expected"),
    [
        ("EWR", "HNL", "2013 2 8 1330", 1920, ("08 18:30", "09 05:20")),
        ("SYD", "LAX", "2013-02-08 1000", "0610", ("07 23:00", "08 14:10")),
        ("LAX", "SYD", "2013-02-08 22:30", "08:00+2", ("09 06:30", "09 21:00")),
        ("JFK", "LHR", "2013-02-08 2030", "0840", ("09 01:30", "09 08:40")),
        ("JFK", "LHR", "2013-02-08 20:30", "0840+1", ("09 01:30", "09 08:40")),
        ("JFK", "BOS", "2013-02-08 2400", "0110", ("09 05:00", "09 06:10")),
        ("JFK", "BOS", "2013-02-08 5", "115", ("08 05:05", "08 06:15")),
        ("AMS", "LIS", "2026-06-01T11:05:00+02:00", "2026-06-01T13:05+01:00", ("01 09:05", "01 12:05")),
        ("JFK", "BOS", "2013-03-10 0130", "0345", ("10 06:30", "10 07:45")),
        ("JFK", "BOS", "2013-11-03 0030", "0215", ("03 04:30", "03 07:15")),
        ("JFK", "BOS", "2013-11-03T01:30-05:00", "0245", ("03 06:30", "03 07:45")),
    ],
)
def test_times_become_instants(
    origin: str, destination: str, departure: str, arrival: Scalar, expected: tuple[str, str]
) -> None:
    assert read(origin, destination, departure, arrival) == expected


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"origin": "XQX"}, "origin: expected the IATA code"),
        ({"destination": None}, "destination: expected the IATA code"),
        ({"destination": "AMS"}, "another airport than the origin"),
        ({"arrival": "2026-06-01T11:59+00:00"}, "arrival: expected a time within"),
        ({"arrival": "2026-06-03T12:00+00:00"}, "arrival: expected a time within"),
        ({"departure": "1900-01-01 1200"}, "since 1970, found one in 1900"),
        ({"departure": "2026-03-29 0230"}, "does not exist at AMS"),
        ({"departure": "2026-10-25 0230"}, "comes twice at AMS"),
        ({"departure": "1200"}, "expected a day with the time"),
        ({"departure": "2026-06-01 1261"}, "expected a time such as"),
        ({"departure": "2026-02-30 1200"}, "expected a time such as"),
        ({"departure": None}, "departure: expected a time"),
        ({"seats_economy": -1}, "seats_economy: expected a whole number from 0 up"),
        ({"seats_economy": 1.5}, "seats_economy: expected a whole number"),
        ({"seats_economy": "many"}, "seats_economy: expected a whole number"),
        ({"fare_economy": -3, "currency": "EUR"}, "fare_economy: expected an amount"),
        ({"fare_economy": 3}, "currency: expected an ISO 4217 code"),
        ({"status": "boardng"}, "status: expected one of"),
        ({"carrier": " "}, "carrier: expected a value"),
    ],
)
def test_a_row_that_cannot_be_relied_on_is_refused_by_the_name_of_its_value(
    changed: dict[str, Scalar], said: str
) -> None:
    with pytest.raises(RecordRefusedError, match=said):
        typed({**row(1, 0), **changed})


def test_what_a_table_does_not_tell_stays_unknown() -> None:
    untold = flown(row(1, 0, status=None))
    assert (untold.status, dict(untold.seats), dict(untold.fares)) == (None, {}, {})
    delayed = flown(row(1, 0, status="delayed"))
    assert (delayed.leaves, delayed.lands) == (None, None), "a delayed flight without a time is not on time"
    expected = {"expected_departure": "2026-06-01T13:00Z", "expected_arrival": "2026-06-01T16:10Z"}
    late = flown({**row(1, 0, status="delayed"), **expected})
    assert late.lands is not None
    assert f"{late.lands:%H:%M}" == "16:10"
    assert f"{late.arrives:%H:%M}" == "15:00"
