"""Turns the days of a market's sales into how lively it was before the effective date, and where its sales break off.

One late sale says little about a market whose sales otherwise ended years ago: the last month with a sale hides that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.market import Ints, Market

YEAR_DAYS: Final = 365
"""Twelve months, in days."""


@dataclass(frozen=True, slots=True)
class Recency:
    """Sales of the 12 and the 24 months before the effective day, and the longest stretch of months without a sale.

    `last_before` is the last month with a sale before the stretch, `first_after` the first after it (the month of the
    effective date where none follows), both as running months.
    """

    last_year: int
    two_years: int
    last_before: int
    first_after: int

    @property
    def months_without(self) -> int:
        """Whole months without a sale in the longest stretch."""
        return max(0, self.first_after - self.last_before - 1)


def recency(market: Market, day: int, month: int) -> Recency:
    """Count the sales before an effective day (an ordinal) in its running month; the market has at least one sale."""
    ages = day - market.days
    months: Ints = np.append(np.unique(market.months), month).astype(np.int64)
    at = int(np.argmax(np.diff(months)))
    return Recency(
        last_year=int(np.sum(ages <= YEAR_DAYS)),
        two_years=int(np.sum(ages <= 2 * YEAR_DAYS)),
        last_before=int(months[at]),
        first_after=int(months[at + 1]),
    )
