"""The named functions that derive a fact from others: pure, each with its inputs and the source it follows.

A fact of `facts.toml` names one with `derivation` and the facts it is computed from with `inputs`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from decision.facts import Fact, FactDefinition, FactType, FactValue

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the earth (IUGG)."""


@dataclass(frozen=True, slots=True)
class DerivationFunction:
    """One function: the types of its inputs and its result, what it computes in words, and the source for that."""

    inputs: tuple[FactType, ...]
    result: FactType
    words: str
    source: str
    compute: Callable[..., FactValue | None]

    def basis(self, names: tuple[str, ...]) -> str:
        """Say how a value was come by."""
        return f"{self.words} ({', '.join(names)}); {self.source}"


def derived_facts(definitions: Mapping[str, FactDefinition], facts: Mapping[str, Fact]) -> Iterator[Fact]:
    """Compute every fact that names its derivation and whose inputs are known, in the order of the schema."""
    values = {name: fact.value for name, fact in facts.items()}
    for name, definition in definitions.items():
        if definition.derivation is None or values.get(name) is not None:
            continue
        function = FUNCTIONS[definition.derivation]
        known = [values.get(one) for one in definition.inputs]
        if None in known:
            continue
        value = function.compute(*known)
        if value is not None:
            values[name] = value
            yield Fact(name, value, "derived", function.basis(definition.inputs))


def waits_for(definitions: Mapping[str, FactDefinition], facts: Mapping[str, Fact]) -> dict[str, frozenset[str]]:
    """Give, for every fact that names its derivation and has no value, the inputs that nobody knows yet."""
    found: dict[str, frozenset[str]] = {}
    for name, definition in definitions.items():
        if definition.derivation is not None and facts[name].value is None:
            unknown = [one for one in definition.inputs if facts[one].value is None]
            found[name] = frozenset[str]().union(*(found.get(one, {one}) for one in unknown))
    return found


def _great_circle(*degrees: Decimal) -> Decimal | None:
    from_latitude, from_longitude, to_latitude, to_longitude = (math.radians(float(one)) for one in degrees)
    if max(abs(degrees[0]), abs(degrees[2])) > _POLE or max(abs(degrees[1]), abs(degrees[3])) > 2 * _POLE:
        return None
    across = math.sin((to_latitude - from_latitude) / 2) ** 2
    along = math.sin((to_longitude - from_longitude) / 2) ** 2
    chord = across + math.cos(from_latitude) * math.cos(to_latitude) * along
    return Decimal(str(round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord))), 1)))


def _delay(first: datetime, last: datetime) -> timedelta:
    return last - first


def _days_of_notice(told: date, departure: date) -> Decimal:
    return Decimal((departure - told).days)


def _whole_years(since: date, on: date) -> Decimal | None:
    years = on.year - since.year - ((on.month, on.day) < (since.month, since.day))
    return Decimal(years) if years >= 0 else None


def _days_between(first: date, last: date) -> timedelta:
    return last - first


_POLE: Final = 90

_NUMBER, _DATE, _INSTANT, _DURATION = FactType.NUMBER, FactType.DATE, FactType.INSTANT, FactType.DURATION

FUNCTIONS: Final[Mapping[str, DerivationFunction]] = {
    "great_circle_km": DerivationFunction(
        (_NUMBER,) * 4,
        _NUMBER,
        "great-circle distance in km from latitude, longitude to latitude, longitude",
        "haversine formula on the mean radius of the earth, 6,371.0088 km (IUGG)",
        _great_circle,
    ),
    "delay_at_final_destination": DerivationFunction(
        (_INSTANT, _INSTANT),
        _DURATION,
        "actual less scheduled arrival at the final destination",
        "Court of Justice, C-11/11 Folkerts, and C-452/13 Germanwings for the moment of arrival",
        _delay,
    ),
    "time_elapsed": DerivationFunction(
        (_INSTANT, _INSTANT),
        _DURATION,
        "time from one instant to another",
        "both instants in universal time",
        _delay,
    ),
    "days_of_notice": DerivationFunction(
        (_DATE, _DATE),
        _NUMBER,
        "whole days from the day of the notice to the day of departure",
        "Regulation (EEC, Euratom) 1182/71, Article 3(1): the day of the notice does not count",
        _days_of_notice,
    ),
    "whole_years": DerivationFunction(
        (_DATE, _DATE),
        _NUMBER,
        "completed years from one day to another",
        "calendar: a year is completed on its anniversary",
        cast("Callable[..., FactValue | None]", _whole_years),
    ),
    "time_between": DerivationFunction(
        (_DATE, _DATE), _DURATION, "time from one day to another", "calendar", _days_between
    ),
}
"""Every function by the name that `facts.toml` gives it."""
