"""Which countries the scope of EU261 and UK261 speaks of, and since when."""

from datetime import date

import pytest

from decision.packs.passenger_rights.territory import Territory, country_code, territory_of

INSIDE = Territory(eu=True, uk=False)
OUTSIDE = Territory(eu=False, uk=False)


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        ("HR", date(2013, 6, 30), OUTSIDE),
        ("HR", date(2013, 7, 1), INSIDE),
        ("BG", date(2006, 12, 31), OUTSIDE),
        ("RO", date(2007, 1, 1), INSIDE),
        ("CH", date(2006, 11, 30), OUTSIDE),
        ("CH", date(2006, 12, 1), INSIDE),
        ("GB", date(2020, 12, 31), Territory(eu=True, uk=True)),
        ("GB", date(2021, 1, 1), Territory(eu=False, uk=True)),
        ("IS", date(2026, 1, 1), INSIDE),
        ("NO", date(2026, 1, 1), INSIDE),
        ("GF", date(2026, 1, 1), INSIDE),
        ("AX", date(2026, 1, 1), INSIDE),
        ("PF", date(2026, 1, 1), OUTSIDE),
        ("GL", date(2026, 1, 1), OUTSIDE),
        ("AW", date(2026, 1, 1), OUTSIDE),
        ("IM", date(2026, 1, 1), OUTSIDE),
        ("US", date(2026, 1, 1), OUTSIDE),
    ],
)
def test_territory_on_a_day(country: str, day: date, expected: Territory) -> None:
    assert territory_of(country, day) == expected


def test_airport_with_a_special_status_is_unknown_and_not_outside() -> None:
    assert territory_of("CY", date(2026, 1, 1), "LCA") == INSIDE
    assert territory_of("CY", date(2026, 1, 1), "ECN").eu is None
    assert territory_of("NO", date(2026, 1, 1), "LYR").eu is None


def test_country_codes_as_european_law_writes_them() -> None:
    assert [country_code(code) for code in (" el ", "uk", "fr")] == ["GR", "GB", "FR"]
