"""Turns the prices of a market's latest months into a distribution that a value can be seen in."""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from pydantic import JsonValue

from decision.packs.real_estate.comparables import cents
from decision.packs.real_estate.sections import percentile, share_of
from decision.packs.real_estate.valuation import Valuation

_BINS: Final = 24
_FEWEST: Final = 10
_TAIL: Final = 1.0
_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def distribution(valuation: Valuation, months: int) -> dict[str, JsonValue] | None:
    """Count the market's sales of the latest months by price, in round steps; None where they are too few to tell.

    The dearest and the cheapest hundredth count in the outermost steps. `below` is the share that sold below the value.
    """
    market = valuation.fitting.market
    first = int(valuation.subject.months[0]) - months
    prices = market.prices[market.months >= first]
    if len(prices) < _FEWEST:
        return None
    low, high = (float(edge) for edge in np.percentile(prices, [_TAIL, 100 - _TAIL]))
    step = _step(max(high - low, 1.0) / _BINS)
    edges = [n * step for n in range(math.floor(low / step), math.ceil(high / step) + 1)]
    counts: list[int] = np.histogram(np.clip(prices, edges[0], edges[-1]), edges)[0].tolist()
    return {
        "months": months,
        "sales": len(prices),
        "below": share_of(percentile(valuation, months) / 100),
        "median": str(cents(float(np.median(prices)))),
        "bins": [
            {"from": str(cents(start)), "to": str(cents(end)), "sales": count}
            for (start, end), count in zip(pairwise(edges), counts, strict=True)
        ],
    }


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * one for one in _ROUND if power * one >= least)
