"""The standing words of a valuation: what it is, what it is not, how it is controlled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import JsonValue

MARKET_VALUE: Final = (
    "The most probable price that a property should bring in a competitive and open market under all conditions "
    "requisite to a fair sale, buyer and seller each acting prudently and knowledgeably, and the price not affected by "
    "undue stimulus."
)

_LIMITS: Final = (
    "Characteristics are taken from the case and from records as received and were not verified.",
    "The estimate is not an appraisal, and by itself it is not an evaluation.",
    "It holds as of its effective date and for its intended use only.",
    "Title, encumbrances, environmental hazards, easements and permits were not examined.",
    "Only sales that had been recorded before the publication lag could be used.",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Who saw the property, if the file names one (`seen_by`), and whether the condition is stated or assumed."""

    seen_by: str | None
    is_stated: bool

    @property
    def is_reported(self) -> bool:
        """Whether the condition that entered the estimate is that of somebody who saw the property."""
        return self.seen_by is not None and self.is_stated


def sight(condition_basis: str | None, *, is_stated: bool) -> Sight:
    """Give who saw the property, by the fact `condition_basis`."""
    return Sight(_SEEN_BY.get(condition_basis or ""), is_stated)


def product(as_of: date, seen: Sight) -> str:
    """Give what the product is called, wherever it is stated."""
    how = f", its condition as stated by {seen.seen_by}" if seen.is_reported else ""
    without = "" if seen.seen_by else " without inspection"
    return f"Estimate of market value as of {as_of}, produced by an automated valuation model{without}{how}"


def sight_words(seen: Sight) -> str:
    """Say what the estimate knows of the condition, and from whom."""
    if seen.seen_by is None:
        return "The file names nobody who saw the property; its condition and interior are as stated or as assumed."
    if seen.is_stated:
        return f"The program did not visit the property; its condition is as stated by {seen.seen_by}, not verified."
    return (
        f"The file names {seen.seen_by} but not the condition that it found; the program did not visit the property, "
        "and its condition is assumed."
    )


def limiting_conditions(seen: Sight) -> list[JsonValue]:
    """List what limits the estimate."""
    return [sight_words(seen), *_LIMITS]


_SEEN_BY: Final[Mapping[str, str]] = {
    "inspection": "an inspection on file",
    "third_party_report": "a third party's report",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What an estimate really rested on, as far as words tell it.

    `market_sales` counts what the model learned from, `comparables` the sales in the grid; `hidden_from` is the first
    day (ISO) whose sales were left out; `own_sale` is the record named as the subject's own, and whether it is on file.
    `measured` is the test on past sales, None where there was too little to test.
    """

    market_sales: int
    comparables: int
    hidden_from: str
    own_sale: str | None
    own_sale_on_file: bool
    is_placed: bool
    neighbourhood: str | None
    measured: Mapping[str, JsonValue] | None


def coverage_words(measured: Mapping[str, JsonValue]) -> str:
    """Say what the test on past sales showed."""
    inside, count = percent(measured["coverage_80"]), measured["n"]
    return f"of {count} past sales ({measured['window']}), {inside} fell inside their 80 % interval"


def percent(share: JsonValue) -> str:
    """Give a share in percent, with one decimal."""
    return f"{float(str(share)):.1%}".replace("%", " %")


def quality_control(basis: Basis) -> list[JsonValue]:
    """Give what stands behind each of the five factors of the US rule on automated valuation models, and what not."""
    measured = basis.measured
    confidence = (
        "not measured: there are too few months of sales"
        if measured is None
        else f"{coverage_words(measured)}; the median absolute error was {percent(measured['median_absolute_error'])}"
    )
    others = basis.market_sales - basis.comparables
    words = {
        "confidence": confidence,
        "data_manipulation": f"the {basis.comparables} comparables are cited row by row, with the hash of their table; "
        f"the other {others} sales of the market are counted, not cited. Sales marked as not at arm's length and sales "
        f"from {basis.hidden_from} on were kept out. {_own_sale_words(basis)}",
        "conflicts_of_interest": "neither contract price nor transaction amount enters the estimate",
        "random_sample_testing": "no part of this estimate: nothing here draws a random sample for review; clause "
        "11.4 leaves that to the lender",
        "nondiscrimination": "no protected attribute is an input. Location is one; errors by area (clause 13.2) are "
        "not part of this estimate",
    }
    reference = "12 CFR 1026.42(i); 12 CFR 34, subpart I"
    return [{"factor": name, "control": control, "reference": reference} for name, control in words.items()]


def reconciliation_words(value: Mapping[str, JsonValue], basis: Basis) -> dict[str, JsonValue]:
    """Why these comparables and these weights."""
    return {
        "comparables": f"The {basis.comparables} sales that differ least from the subject in characteristics, place "
        f"and time, among the most alike {_reach_words(basis)}, three recent ones first; sales above the gross "
        "adjustment limit were passed over while at least three others were left.",
        "weights": "A comparable weighs less the less alike it is and the more it had to be adjusted. Model and "
        "comparables are weighted as would have given the least mean absolute error over earlier months.",
        "components": value["components"],
    }


def range_words(basis: Basis, low: str, high: str, *, widened: bool) -> str:
    """Say to a consumer what the range is, and how often such ranges held."""
    measured = basis.measured
    tested = (
        "How often such ranges hold the price has not been measured."
        if measured is None
        else f"In a test on {measured['n']} past sales, {percent(measured['coverage_80'])} of the prices fell inside "
        "the range that was given for them."
    )
    wider = " It was made wider because some things about the home are not known." if widened else ""
    return f"The price may well be different: the range is {low} to {high}.{wider} {tested}"


def _own_sale_words(basis: Basis) -> str:
    if basis.own_sale is None:
        return "No record was named as the subject's own sale, so none was kept out as such."
    if not basis.own_sale_on_file:
        return (
            f"{basis.own_sale}, named as the subject's own sale, is not on file at the effective date, so "
            "nothing was kept out by it."
        )
    return f"{basis.own_sale}, the subject's own sale, was kept out."


def _reach_words(basis: Basis) -> str:
    if basis.is_placed:
        return "within the policy's radius and period"
    if basis.neighbourhood is not None:
        return "in the same neighbourhood within the policy's period (coordinates are not known)"
    return "within the policy's period, wherever they lie (neither coordinates nor neighbourhood are known)"
