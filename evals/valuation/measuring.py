"""Turns a table of sales into everything that is measured on it: figures, flags, and what the model reads."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from decision.packs.real_estate import PACK
from decision.packs.real_estate.comparables import month_name
from decision.packs.real_estate.quality import Flag, flags, record_flags
from decision.packs.real_estate.subject import settings_of
from evals.consoles import err
from evals.runs import Tell
from evals.valuation.canaries import features, require_honest_mapping
from evals.valuation.figures import figures_of
from evals.valuation.reviewing import rules_left_out
from evals.valuation.sales import read_sales, sale_only
from evals.valuation.walking import Said, Span, value_forward


@dataclass(frozen=True, slots=True)
class MeasuredSales:
    """The figures as they are written, the flags of the sales, and the characteristics that the model reads."""

    figures: dict[str, JsonValue]
    flags: tuple[Flag, ...]
    inputs: tuple[str, ...]


def measure_sales(sales: Path, mapping: Path, span: Span, said: Said) -> MeasuredSales:
    """Read a table, value it forward and give all figures, with what they were measured on."""
    table = read_sales(sales, mapping)
    forbidden = sale_only(table.mapping)
    require_honest_mapping(table.mapping, forbidden)
    settings = settings_of(PACK.rulebook.on(span.first).parameters)
    began = time.monotonic()
    valued = value_forward(table.market, span, settings, forbidden, said)
    as_read = table.market.take(np.arange(len(valued.last.market)))  # in order of date, and with its typos
    odd = (*flags(as_read, valued.last), *record_flags(table.records))
    left_out = ", ".join(rules_left_out())
    figures: dict[str, JsonValue] = {
        **figures_of(valued),
        "quality": dict(Counter(flag.kind for flag in odd).most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "remarks": [*table.remarks, f"Reviews are without rules on the assignment, which no table has: {left_out}."],
        "config": {
            "sales": sales.name,
            "mapping": mapping.name,
            "sha256": dict(table.sources),
            "test_from": span.first.isoformat(),
            "test_to": _last(span, valued.sales.days[-1]),
            "lag_days": span.lag_days,
            "rules": PACK.rulebook.version,
        },
    }
    return MeasuredSales(figures, odd, features(valued.last))


def month_progress(tell: Tell) -> Said:
    """Show months; on what is not a terminal a line for each, with the time that is left by those before."""
    began = time.monotonic()

    def said(month: int, done: int, total: int) -> None:
        if err.is_terminal:
            tell("months valued", done, total)
            return
        left = (time.monotonic() - began) / done * (total - done) if done else None
        words = "" if left is None else f", about {left / 60:.1f} minutes left"
        if done < total:
            err.print(f"{month_name(month)} ({done + 1} of {total}){words} ...", markup=False, soft_wrap=True)

    return said


def _last(span: Span, day: int) -> str:
    return (span.last or date.fromordinal(int(day))).isoformat()
