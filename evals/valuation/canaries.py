"""Turns one month of a walk into an alarm where something was used that nobody could have known then.

The checks look at what the estimates were really made of, since leaks flatter figures and do not show in them.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import Step
from decision.packs.real_estate.features import LABELS, NUMBERS
from decision.packs.real_estate.fitting import Fitted
from decision.packs.real_estate.further import ranks
from decision.packs.real_estate.market import Flags, Market, same_parcel
from evals.datasets import EvaluationError
from ingestion.mappings import TableMapping
from ingestion.rows import snake_case

TELLS_PRICE: Final = 0.995
"""Rank correlation with the price above which a characteristic is no characteristic but the price in other words."""


class LeakError(EvaluationError):
    """Estimates were made of what could not be known; their figures would flatter."""


def require_no_leak(step: Step, forbidden: Collection[str]) -> None:
    """Check one month; `forbidden` names what is known only with or after a sale."""
    require_honest_features(step.fitting, forbidden)
    market, subjects = step.fitting.market, step.subjects
    choice = step.estimated.choice
    used = np.zeros((len(subjects), len(market)), dtype=np.bool_)
    np.put_along_axis(used, choice.columns, (choice.weights > 0) & np.isfinite(choice.unlikeness), axis=1)
    _require_others(used, subjects, market, "comparables")
    _require_others(step.apart.in_reach, subjects, market, "nearby sales")
    _require_earlier(used, step, "a comparable")
    _require_earlier(step.apart.in_reach, step, "a nearby sale")
    _require_earlier(np.ones((1, len(market)), dtype=np.bool_), step, "a sale that the model learned from")
    if not np.isfinite(step.estimated.estimates.model).all():
        raise LeakError(
            "Leak: an estimate is not a number although only the subject's price was hidden from it, so the price is "
            "read somewhere. Find where, and remove it."
        )


def require_honest_features(fitting: Fitted, forbidden: Collection[str]) -> None:
    """Check that the model reads nothing that is known only with or after a sale, and nothing that tells the price."""
    if leaked := sorted(set(features(fitting)) & set(forbidden)):
        raise LeakError(
            f"Leak: {', '.join(leaked)} is known only with or after a sale, and the model reads it. Take it out of "
            "[columns] and [sums], where the mapping gives it the name of a characteristic."
        )
    market = fitting.market
    areas = market.houses.column("living_area")
    for prices in (market.prices, market.prices / areas):
        for name in _numeric(fitting):
            column = market.houses.column(name)
            known = np.isfinite(column)
            if (
                np.ptp(column[known]) > 0
                and abs(float(np.corrcoef(ranks(column[known]), ranks(prices[known]))[0, 1])) > TELLS_PRICE
            ):
                raise LeakError(
                    f"Leak: {name} orders the sales as their prices do (rank correlation above {TELLS_PRICE}); it is "
                    "the price in other words. Name it in [exclude] of the mapping, or in never_features of [validity]."
                )


def require_honest_mapping(mapping: TableMapping, forbidden: Collection[str]) -> None:
    """Check that no characteristic is read from a column that is known only with or after a sale."""
    taboo = {column: name for name in forbidden for column in _columns(mapping, name)}
    for name in (*NUMBERS, *LABELS):
        for column in _columns(mapping, name):
            if column in taboo or snake_case(column) in forbidden:
                raise LeakError(
                    f"Leak: {name} is read from the column {column!r}, which is known only with or after a sale "
                    f"({taboo.get(column, snake_case(column))}). Correct [columns] or [sums] of the mapping."
                )


def features(fitting: Fitted) -> tuple[str, ...]:
    """Name what the model reads of a house: its numbers and its words."""
    design = fitting.model.design
    return (*_numeric(fitting), *(name for name, words in design.words.items() if words))


def _numeric(fitting: Fitted) -> list[str]:
    return [name for name, median in fitting.model.design.medians.items() if np.isfinite(median)]


def _require_others(used: Flags, subjects: Market, market: Market, role: str) -> None:
    if not (own := used & same_parcel(subjects, market)).any():
        return
    row, column = (int(at) for at in np.argwhere(own)[0])
    raise LeakError(
        f"Leak: {subjects.ids[row]} is valued with a sale of its own parcel, {market.ids[column]}, among its {role}. "
        "Keep a subject's parcel out before sales are chosen."
    )


def _require_earlier(used: Flags, step: Step, role: str) -> None:
    late = step.fitting.market.days >= np.minimum(step.subjects.days.min(), step.day)
    if not (used & late).any():
        return
    column = int(np.argwhere(used & late)[0][1])
    day = date.fromordinal(int(step.fitting.market.days[column]))
    raise LeakError(
        f"Leak: {role}, {step.fitting.market.ids[column]}, was sold on {day}, on or after the date as of which houses "
        f"of that month are valued. Only earlier sales may be used."
    )


def _columns(mapping: TableMapping, name: str) -> tuple[str, ...]:
    """Give the file's columns behind one of our names; what is not mapped keeps the file's own name."""
    column = mapping.columns.get(name)
    if column is not None:
        return (column,) if isinstance(column, str) else column
    return tuple(mapping.sums[name]) if name in mapping.sums else ()
