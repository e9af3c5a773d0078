"""Turns chosen sales into the comparable grid: each price adjusted to the subject, line by line, exact to the cent.

In the model's log terms a sale and the subject differ by a sum of parts. A part becomes currency through the
logarithmic mean of the two prices (the logarithmic mean Divisia index), so that parts in currency sum to the whole.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import NO_GAP
from decision.packs.real_estate.features import LABELS, SQUARE_FEET, TOLD_BY_YES
from decision.packs.real_estate.fitting import COMBINATION, LOCATION, Fitted
from decision.packs.real_estate.further import FURTHER
from decision.packs.real_estate.market import Floats, Houses, Market, places
from decision.packs.real_estate.similarity import Choice

CENT: Final = Decimal("0.01")

SHOWN: Final = {
    "age": "year_built",
    "remodelling": "year_remodelled",
    "garage": "garage_cars",
    "basement": "basement_area",
}
"""The field that is shown for a characteristic whose name is not a field's."""


@dataclass(frozen=True, slots=True)
class Line:
    """One adjustment: what the subject and the comparable have, the rate per unit where there is one, the amount."""

    feature: str
    subject: str | None
    comparable: str | None
    unit_rate: Decimal | None
    amount: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class Comparable:
    """A sale in the grid: `price` plus the sum of its lines is `adjusted`, to the cent. Shares are of the price."""

    column: int
    id: str
    price: Decimal
    lines: tuple[Line, ...]
    weight: float
    unlikeness: float

    @property
    def adjusted(self) -> Decimal:
        """The price, adjusted to the subject and to the effective date."""
        return self.price + sum((line.amount for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        """The sum of adjustments as a share of the price."""
        return (self.adjusted - self.price) / self.price

    @property
    def gross(self) -> Decimal:
        """The sum of absolute adjustments as a share of the price."""
        return sum((abs(line.amount) for line in self.lines), Decimal(0)) / self.price


def grid(fitting: Fitted, subject: Market, parts: Floats, choice: Choice) -> tuple[Comparable, ...]:
    """Give the comparables of one subject (row 0 of everything), best first; places left empty are passed over."""
    market, columns = fitting.market, places(choice.columns[0])
    return tuple(
        Comparable(
            column=column,
            id=market.ids[column],
            price=cents(float(market.prices[column])),
            lines=_lines(fitting, subject, parts, column),
            weight=float(choice.weights[0, at]),
            unlikeness=math.sqrt(float(choice.unlikeness[0, at])),
        )
        for at, column in enumerate(columns)
        if choice.weights[0, at] > 0
    )


def cents(amount: float) -> Decimal:
    """Give a float of currency, rounded to the cent."""
    return Decimal(repr(amount)).quantize(CENT, rounding=ROUND_HALF_EVEN)


def in_currency(start: float, differences: Sequence[float]) -> tuple[float, ...]:
    """Give what each log difference is worth where all of them lead from one price to another; they sum to the gap."""
    whole = sum(differences)
    mean = start * (math.expm1(whole) / whole if abs(whole) > NO_GAP else 1.0)
    return tuple(mean * part for part in differences)


def shown(houses: Houses, row: int, characteristic: str) -> str | None:
    """Give what a house has of a characteristic, in plain words; None where it is not known or nothing one can have."""
    if characteristic in (LOCATION, COMBINATION, FURTHER):
        return None
    if characteristic in LABELS:
        return houses.labels[characteristic][row] or None
    words = _number(houses, row, SHOWN.get(characteristic, characteristic))
    finished = _number(houses, row, "basement_finished_area") if characteristic == "basement" else None
    return words if finished is None else f"{words}, of which {finished} finished"


def _number(houses: Houses, row: int, name: str) -> str | None:
    value = float(houses.column(name)[row])
    if math.isnan(value):
        return None
    if name in TOLD_BY_YES:
        return "yes" if value else "no"
    return f"{value:.0f}" if name in SQUARE_FEET else f"{value:g}"


def _lines(fitting: Fitted, subject: Market, parts: Floats, column: int) -> tuple[Line, ...]:
    """Market conditions first, then every characteristic that makes a difference."""
    market = fitting.market
    price = float(market.prices[column])
    levels = (float(fitting.levels[column]), float(fitting.now(subject.months)[0]))
    timed = price * math.exp(levels[1] - levels[0])
    found = [_time_line(market, subject, column, cents(timed - price))]
    differences: list[float] = np.subtract(parts[0], fitting.parts[column]).tolist()
    for name, amount in zip(fitting.names, in_currency(timed, differences), strict=True):
        if cents(amount) != 0:
            pair = shown(subject.houses, 0, name), shown(market.houses, column, name)
            found.append(Line(name, *pair, _rate(pair, cents(amount)), cents(amount), _BASIS.get(name, _ORDINARY)))
    return tuple(found)


def _time_line(market: Market, subject: Market, column: int, amount: Decimal) -> Line:
    then, now = int(market.months[column]), int(subject.months[0])
    return Line(
        feature="market_conditions",
        subject=month_name(now),
        comparable=month_name(then),
        unit_rate=(amount / (now - then)).quantize(CENT) if now != then else None,
        amount=amount,
        basis="change of the smoothed month index between sale and effective date; rate per month",
    )


def month_name(month: int) -> str:
    """Give a running month as YYYY-MM."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def _rate(pair: tuple[str | None, str | None], amount: Decimal) -> Decimal | None:
    try:
        apart = Decimal(pair[0] or "") - Decimal(pair[1] or "")
    except ArithmeticError:
        return None
    return (amount / apart).quantize(CENT) if apart else None


_ORDINARY: Final = "hedonic model of the sales visible at the effective date"
_BASIS: Final[Mapping[str, str]] = {
    "living_area": f"{_ORDINARY}, with the slope of the neighbourhood",
    "age": f"{_ORDINARY}; age at the sale against age at the effective date",
    "remodelling": f"{_ORDINARY}; years since remodelling at the sale and at the effective date",
    "basement": f"{_ORDINARY}; whole and finished basement area together",
    "neighborhood": f"{_ORDINARY}; neighbourhood level, shrunk where sales are few",
    FURTHER: f"{_ORDINARY}; what the tables have of a house beside the other lines",
    LOCATION: "boosted trees on what the hedonic model leaves: a typical house here against one there",
    COMBINATION: "boosted trees on what the hedonic model leaves: characteristics that act together",
}
