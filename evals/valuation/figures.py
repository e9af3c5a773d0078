"""Turns valued sales into figures: the fixed keys, and below them bands, deciles, areas and special segments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from pydantic import JsonValue

from decision.packs.real_estate.market import Flags, Floats, Ints
from evals.valuation.ratios import percent, ratio_statistics
from evals.valuation.walking import Valued

DECILES: Final = 10
FEWEST_IN_AREA: Final = 20
"""An area with fewer tested sales is not judged by itself."""

RISKIEST: Final = 0.2
"""Share of the tested sales, by FSD, that is set aside to see how good the rest is."""

BANDS: Final = (0.0, 0.10, 0.13, 0.16, 0.20, float("inf"))
"""Limits of the bands of FSD; .16 and .20 are those of the policy."""

SPARSE_KM: Final = 1.0
"""An area is sparse where the nearest comparable is farther away."""

NEW_YEARS: Final = 2.0
"""A house is new up to this age."""

TOP_SHARE: Final = 0.05
"""Share of the sales that counts as the dearest, or the cheapest."""

Figures = dict[str, JsonValue]


def figures_of(valued: Valued) -> Figures:
    """Give all figures; errors, coverage and widths in percent, by decile of the price that was paid."""
    prices, values = valued.sales.prices, valued.values
    alone = ratio_statistics(valued.comparables, prices).figures()
    del alone["n"]
    figures = ratio_statistics(values, prices).figures()
    for level in (0.80, 0.90):
        name = f"{level * 100:.0f}"
        figures[f"coverage_{name}"] = _share(_inside(valued, level))
        figures[f"mean_width_{name}"] = _percent(np.mean((valued.high[level] - valued.low[level]) / values))
        for by, order in (("", prices), ("_by_value", values)):
            covered = [np.mean(_inside(valued, level)[rows]) for rows in deciles(order)]
            figures[f"worst_decile_coverage_{name}{by}"] = _percent(min(covered))
    looked = np.array([bool(codes) for codes in valued.reviews])
    errors = np.abs(values / prices - 1)
    figures |= {
        "fsd_hit_rate": _share(_hit(valued)),
        "review_rate": _share(looked),
        "mdape_not_reviewed": _median(errors[~looked]),
        "mdape_without_riskiest_fifth": _median(errors[~_riskiest(valued.fsd)]),
        "comps_only": alone,
        "calibrated_on": valued.calibrated_on,
        "left_out": valued.left_out,
        "fsd_bands": _bands(valued),
        "review_reasons": dict(Counter(code for codes in valued.reviews for code in codes).most_common()),
        "price_deciles": [_row(valued, rows) for rows in deciles(prices)],
        "areas": _areas(valued),
        "segments": {name: _row(valued, rows) for name, rows in segments(valued).items() if rows.any()},
    }
    return figures


def deciles(order: Floats) -> Sequence[Ints]:
    """Split places into ten parts of equal size, from the least to the greatest; fewer where there are fewer."""
    ranked = np.argsort(order, kind="stable").astype(np.int64)
    return np.array_split(ranked, min(DECILES, len(order)))


def segments(valued: Valued) -> Mapping[str, Flags]:
    """Mark the kinds of houses that valuations are known to be weak on."""
    houses, prices = valued.sales.houses, valued.sales.prices
    with_water = houses.column("waterfront") == 1
    age = houses.years - houses.column("year_built")
    top, bottom = np.quantile(prices, [1 - TOP_SHARE, TOP_SHARE])
    km = valued.nearest_km
    return {
        "waterfront": with_water,
        "dearest 5 %": prices >= top,
        "cheapest 5 %": prices <= bottom,
        f"no sale within {SPARSE_KM:g} km": (km > SPARSE_KM) & np.isfinite(km),
        "new house": age <= NEW_YEARS,
        "sent to a person": np.array([bool(codes) for codes in valued.reviews]),
    }


def _row(valued: Valued, rows: Ints | Flags) -> Figures:
    prices, values = valued.sales.prices[rows], valued.values[rows]
    return {
        **ratio_statistics(values, prices).figures(),
        "coverage_80": _share(_inside(valued, 0.80)[rows]),
        "coverage_90": _share(_inside(valued, 0.90)[rows]),
        "lowest_price": float(prices.min()),
        "highest_price": float(prices.max()),
    }


def _areas(valued: Valued) -> dict[str, JsonValue]:
    """Give the figures of each area with enough tested sales, the worst first."""
    words = valued.sales.houses.labels["neighborhood"]
    placed = np.array(words)
    rows = {
        name: _row(valued, placed == name) for name, count in Counter(words).items() if name and count >= FEWEST_IN_AREA
    }
    return {name: rows[name] for name in sorted(rows, key=lambda one: -_number(rows[one]["mdape"]))}


def _bands(valued: Valued) -> list[JsonValue]:
    fsd, hits = valued.fsd, _hit(valued)
    found: list[JsonValue] = []
    for low, high in pairwise(BANDS):
        rows = (fsd > low) & (fsd <= high)
        row: Figures = {"above": low, "to": high if np.isfinite(high) else None, "n": int(rows.sum())}
        errors = np.abs(valued.values / valued.sales.prices - 1)[rows]
        found.append({**row, "hit_rate": _share(hits[rows]), "mdape": _median(errors)})
    return found


def _inside(valued: Valued, level: float) -> Flags:
    prices = valued.sales.prices
    return np.logical_and(valued.low[level] <= prices, prices <= valued.high[level])


def _hit(valued: Valued) -> Flags:
    """Whether the price lies within one FSD of the value."""
    return np.abs(valued.sales.prices / valued.values - 1) <= valued.fsd


def _riskiest(fsd: Floats) -> Flags:
    aside = np.argsort(-fsd, kind="stable")[: round(RISKIEST * len(fsd))]
    found = np.zeros(len(fsd), dtype=np.bool_)
    found[aside] = True
    return found


def _share(flags: Flags) -> float | None:
    return _percent(np.mean(flags)) if len(flags) else None


def _median(errors: Floats) -> float | None:
    return _percent(np.median(errors)) if len(errors) else None


def _percent(share: float | np.floating) -> float:
    return round(percent(share), 4)


def _number(value: JsonValue) -> float:
    return value if isinstance(value, float) else 0.0
