"""Turns a subject and a market into a valuation: model and comparables, combined, with their measured errors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import CONSIDERED, Estimates, estimate, gross_adjustment
from decision.packs.real_estate.comparables import Comparable, grid, month_name
from decision.packs.real_estate.design import characteristic
from decision.packs.real_estate.distances import nearest_km
from decision.packs.real_estate.fitting import Fitted, parts_of
from decision.packs.real_estate.further import FURTHER, completed, understood
from decision.packs.real_estate.intervals import Calibration, Measured
from decision.packs.real_estate.lessons import Lesson
from decision.packs.real_estate.market import Floats, Ints, Market, parcel_of, places
from decision.packs.real_estate.recency import Recency, recency
from decision.packs.real_estate.similarity import Choice, Reach, Unlikeness, nearest, unlikeness

ALIKE: Final = 30
"""How many sales tell what a house is like where the case does not."""

MOST_PASSED: Final = 5
"""How many sales that were considered and not used are listed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The policy's numbers that shape a valuation: days, months, counts, kilometres.

    `market_km` is how far the nearest sale may lie, `market_radius_km` how far the farthest one that is used.
    """

    lag_days: int
    reach: Reach
    backtest_months: int
    fewest_sales: int
    fewest_in_two_years: int
    market_km: float
    market_radius_km: float
    most_sales: int
    most_months_extrapolated: int


@dataclass(frozen=True, slots=True)
class Stated:
    """What a case states beside its characteristics: the subject's own sale, and what was stated and contradicted.

    Intervals widen for `doubtful` characteristics as for unknown ones; the own sale's parcel tells nothing.
    """

    own: str | None = None
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passed:
    """A sale that was considered and not used, and why."""

    id: str
    column: int
    reason: str


@dataclass(frozen=True, slots=True)
class Valuation:
    """Everything that was found about one subject's value; amounts in currency, `widening` in log currency.

    `nearby` is what nearby sales add to the model's value (log). `unmatched` has the names (neighbourhood, type, style)
    that were stated and that no sale of the market bears. Of the further features, `taken` are as the sales most like
    the house have them, and `unread` says why what is stated of others is not used.
    """

    fitting: Fitted
    subject: Market
    parts: Floats
    estimates: Estimates
    nearby: float
    calibration: Calibration
    measured: Measured | None
    comparables: tuple[Comparable, ...]
    passed: tuple[Passed, ...]
    unknown: tuple[tuple[str, float], ...]
    unmatched: Mapping[str, str]
    taken: tuple[str, ...]
    unread: Mapping[str, str]

    @property
    def widening(self) -> float:
        """Standard deviation of what the unknown characteristics may add or take."""
        return float(np.sqrt(sum(spread**2 for _, spread in self.unknown)))

    @property
    def model_value(self) -> float:
        """The hedonic model's value."""
        return float(np.exp(self.estimates.model[0]))

    @property
    def comparables_value(self) -> float:
        """The weighted mean of the adjusted prices."""
        return self.model_value * float(np.exp(self.estimates.local[0]))

    @property
    def value(self) -> float:
        """Both, weighted as past months taught, before rounding."""
        return float(np.exp(self.calibration.log_value(self.estimates)[0]))

    @property
    def months_extrapolated(self) -> int:
        """Whole months between the last month with a sale and the month of the effective date."""
        return max(0, int(self.subject.months[0]) - self.fitting.model.last_month - 1)

    @property
    def recency(self) -> Recency:
        """How lively the market was before the effective date."""
        return recency(self.fitting.market, int(self.subject.days[0]), int(self.subject.months[0]))

    def interval(self, level: float) -> tuple[float, float]:
        """Lower and upper bound of the interval with this nominal coverage."""
        below, above = self.calibration.reach(self.estimates, level, self.widening)
        return self.value * float(np.exp(-below[0])), self.value * float(np.exp(above[0]))

    @property
    def fsd(self) -> float:
        """Forecast standard deviation: half the width of the 68.3 % interval over the value."""
        low, high = self.interval(0.683)
        return (high - low) / 2 / self.value


def value(
    subject: Market, lesson: Lesson, candidates: frozenset[str], settings: Settings, stated: Stated
) -> Valuation | str:
    """Value one house on its effective day; a string says why that is not possible.

    `candidates` are the ids that the index offered as comparables, of sales that the lesson's market holds.
    """
    if lesson.calibration is None:
        return "Too few earlier sales could be valued for a measured interval; without one no value is stated."
    fitting = lesson.fitting.blind_to(stated.own) if stated.own else lesson.fitting
    market, design = fitting.market, fitting.model.design
    unmatched = design.unmatched(subject.houses)[0]
    read = understood(_without_names(subject, unmatched).houses, design.further)
    known = replace(subject, houses=read.house)
    unlike = unlikeness(known.houses, known.days, market, settings.reach)
    if stated.own:
        unlike.in_reach[:, market.parcels == parcel_of(stated.own)] = False
    alike = _alike(unlike)
    subject = replace(known, houses=completed(known.houses, market.houses.take(alike), design.further))
    parts = parts_of(fitting, subject)
    unlike.squared[:, [name not in candidates for name in market.ids]] = np.inf
    made = estimate(fitting, subject, parts, unlike, settings.reach.gross_limit)
    levels = fitting.now(subject.months) - fitting.levels
    apart = gross_adjustment(parts.each - fitting.parts, levels)
    return Valuation(
        fitting=fitting,
        subject=subject,
        parts=parts.each,
        estimates=made.estimates,
        nearby=float(made.nearby[0]),
        calibration=lesson.calibration,
        measured=lesson.measured,
        comparables=grid(fitting, subject, parts.each, made.choice),
        passed=_passed(unlike.squared, made.choice, apart, market.ids, settings.reach.gross_limit),
        unknown=_unknown(fitting, known, alike, stated.doubtful),
        unmatched=unmatched,
        taken=tuple(name for name in design.further.names if not known.houses.words(name)[0]),
        unread=read.unread,
    )


def refusal(subject: Market, market: Market, settings: Settings) -> str | None:
    """Say why a house cannot be valued from a market, or None."""
    if len(market) < settings.fewest_sales:
        return (
            f"Only {len(market)} arm's-length sales with price and living area, within {settings.market_radius_km:g} "
            f"km of the property where its coordinates are known, were visible before the effective date; at least "
            f"{settings.fewest_sales} are needed. Ingest more sales or choose a later date. For a table without "
            "coordinates, send the neighbourhood and no coordinates."
        )
    if np.isnan(subject.houses.column("living_area")[0]):
        return "The living area is not known, and no house is valued without it. Send living_area."
    gap = int(subject.months[0] - market.months[-1]) - 1
    if gap > settings.most_months_extrapolated:
        return (
            f"The last visible sale is {gap} whole months before the effective date; a market is extrapolated over at "
            f"most {settings.most_months_extrapolated}. Ingest later sales or choose an earlier date."
        )
    return _ended(subject, market, settings) or _outside(subject, market, settings.market_km)


def _ended(subject: Market, market: Market, settings: Settings) -> str | None:
    found = recency(market, int(subject.days[0]), int(subject.months[0]))
    if found.two_years >= settings.fewest_in_two_years:
        return None
    return (
        f"The market's sales end in {month_name(found.last_before)}; too few since: {found.two_years} of its "
        f"{len(market)} sales were made in the 24 months before the effective date, and at least "
        f"{settings.fewest_in_two_years} are needed. Ingest later sales or choose an earlier date."
    )


def _outside(subject: Market, market: Market, market_km: float) -> str | None:
    least = nearest_km(subject.houses, market.houses)
    if least is None or least <= market_km:
        return None
    return f"The nearest sale is {least:.1f} km away; beyond {market_km:g} km the subject lies outside this market."


def _alike(unlike: Unlikeness) -> Ints:
    """Give the sales most like a house of those that may tell of it at all."""
    apart = np.where(unlike.in_reach, unlike.squared, np.inf)
    columns = nearest(apart, ALIKE)[0]
    return columns[np.isfinite(apart[0, columns])]


def _without_names(subject: Market, unmatched: Mapping[str, str]) -> Market:
    """Give the subject without the names that its market does not know, so that none of them has an effect."""
    labels = {name: ("",) if name in unmatched else words for name, words in subject.houses.labels.items()}
    return replace(subject, houses=replace(subject.houses, labels=labels))


def _passed(
    found: Floats, choice: Choice, apart: Floats, ids: tuple[str, ...], gross_limit: float
) -> tuple[Passed, ...]:
    """Give the next best sales, and why each was not used; `apart` is the gross adjustment of every sale."""
    used = {column for column, weight in zip(places(choice.columns[0]), choice.weights[0], strict=True) if weight > 0}
    most = max((float(u) for u in choice.unlikeness[0] if np.isfinite(u)), default=0.0)
    best = [column for column in places(nearest(found, CONSIDERED)[0]) if column not in used]
    return tuple(
        Passed(ids[column], column, _reason(float(found[0, column]), float(apart[column]), most, gross_limit))
        for column in best[:MOST_PASSED]
        if np.isfinite(found[0, column])
    )


def _reason(found: float, apart: float, most: float, gross_limit: float) -> str:
    if apart > gross_limit:
        return f"needs a gross adjustment of about {apart:.0%}, above the limit of {gross_limit:.0%}"
    return f"less alike: {found**0.5:.2f} clear differences; the comparables used have at most {most**0.5:.2f}"


def _unknown(fitting: Fitted, subject: Market, alike: Ints, doubtful: frozenset[str]) -> tuple[tuple[str, float], ...]:
    """Characteristics that the market tells and the subject does not, with what each is worth (log, one sigma).

    What further ones are worth shows in the sales that are `alike`, since the subject takes theirs.
    """
    spread = dict(zip(fitting.names, np.std(fitting.parts, axis=0).tolist(), strict=True))
    if FURTHER in spread and len(alike):
        spread[FURTHER] = float(np.std(fitting.parts[alike, fitting.names.index(FURTHER)]))
    missing = fitting.model.design.unknown(subject.houses)[0]
    told = {name for name in doubtful if characteristic(name) in spread}
    names = sorted({FURTHER if characteristic(name) == FURTHER else name for name in missing} | told)
    seen: set[str] = set()
    result: list[tuple[str, float]] = []
    for name in names:
        group = characteristic(name)
        result.append((name, 0.0 if group in seen else float(spread.get(group, 0.0))))
        seen.add(group)
    return tuple(result)
