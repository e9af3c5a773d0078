"""Turns estimates and prices into the statistics of ratio studies, in the terms of assessors and of lenders.

Formulas are those of the IAAO Standard on Ratio Studies (International Association of Assessing Officers, 2013, part 1
and its appendices); a ratio is an estimate over the price that was paid.
"""

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from pydantic import JsonValue

from decision.packs.real_estate.market import Floats

FEWEST: Final = 3
"""With fewer sales a regression of ratios on value says nothing."""


@dataclass(frozen=True, slots=True)
class RatioStatistics:
    """How estimates compare with prices. Errors, `cod` and shares (`ppe10`: within 10 %) are in percent of the price.

    `prd`, `prb` and `median_ratio` are pure numbers; they are None where too few sales tell.
    """

    n: int
    mdape: float
    mape: float
    ppe10: float
    ppe20: float
    cod: float
    prd: float | None
    prb: float | None
    median_ratio: float

    def figures(self) -> dict[str, JsonValue]:
        """Give every statistic by name, to four places."""
        return {name: round(found, 4) if isinstance(found, float) else found for name, found in asdict(self).items()}


def ratio_statistics(estimates: Floats, prices: Floats) -> RatioStatistics:
    """Compare at least one estimate with its price, both in currency."""
    ratios = estimates / prices
    errors = np.abs(ratios - 1.0)
    enough = len(ratios) >= FEWEST
    return RatioStatistics(
        n=len(ratios),
        mdape=percent(np.median(errors)),
        mape=percent(np.mean(errors)),
        ppe10=percent(np.mean(errors <= 0.10)),  # noqa: PLR2004  the bands that lenders speak of
        ppe20=percent(np.mean(errors <= 0.20)),  # noqa: PLR2004  as above
        cod=cod(ratios),
        prd=prd(estimates, prices) if enough else None,
        prb=prb(estimates, prices) if enough else None,
        median_ratio=float(np.median(ratios)),
    )


def cod(ratios: Floats) -> float:
    """Coefficient of dispersion: mean absolute deviation from the median ratio, in percent of it (IAAO, COD)."""
    median = float(np.median(ratios))
    return percent(np.mean(np.abs(ratios - median)) / median)


def prd(estimates: Floats, prices: Floats) -> float:
    """Price-related differential: mean ratio over the ratio of sums (IAAO, PRD); above 1.03 dear ones come out low."""
    return float(np.mean(estimates / prices) / (estimates.sum() / prices.sum()))


def prb(estimates: Floats, prices: Floats) -> float | None:
    """Coefficient of price-related bias: by which share ratios change when value doubles (IAAO, PRB).

    It is the slope of (ratio - median) / median on the base-2 logarithm of value, where value is half the price plus
    half the estimate over the median ratio; None where all values are the same.
    """
    ratios = estimates / prices
    median = float(np.median(ratios))
    doublings = np.log2(0.5 * prices + 0.5 * estimates / median)
    centred = doublings - doublings.mean()
    spread = float(centred @ centred)
    return float(centred @ ((ratios - median) / median)) / spread if spread > _NO_SPREAD else None


def percent(share: float | np.floating) -> float:
    """Give a share in percent."""
    return 100.0 * float(share)


_NO_SPREAD: Final = 1e-12
