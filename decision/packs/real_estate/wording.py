"""The standing words of a valuation: what it is, what it is not, how it is controlled."""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

PRODUCT: Final = "Estimate of market value as of {date}, produced by an automated valuation model without inspection"
"""What the product is called, wherever it is stated."""

MARKET_VALUE: Final = (
    "The most probable price that a property should bring in a competitive and open market under all conditions "
    "requisite to a fair sale, buyer and seller each acting prudently and knowledgeably, and the price not affected by "
    "undue stimulus."
)

LIMITING_CONDITIONS: Final = (
    "Nobody inspected the property; its condition and its interior are as stated or as assumed.",
    "Characteristics are taken from the case and from records as received and were not verified.",
    "The estimate is not an appraisal, and by itself it is not an evaluation.",
    "It holds as of its effective date and for its intended use only.",
    "Title, encumbrances, environmental hazards, easements and permits were not examined.",
    "Only sales that had been recorded before the publication lag could be used.",
)


def quality_control(measured: Mapping[str, JsonValue] | None) -> list[JsonValue]:
    """Give what stands behind each of the five factors of the US rule on automated valuation models."""
    confidence = (
        "no measurement: too few months of sales"
        if measured is None
        else f"80 % intervals covered {measured['coverage_80']:.1%} of {measured['n']} later sales, "
        f"median absolute error {measured['median_absolute_error']:.1%} ({measured['window']})"
    )
    words = {
        "confidence": confidence,
        "data_manipulation": "each sale is cited from the stored table by hash; sales not at arm's length, later sales "
        "and the subject's own sale were kept out by the query",
        "conflicts_of_interest": "neither contract price nor transaction amount enters the estimate",
        "random_sample_testing": "estimates that no rule sent to a person are sampled for blind review by the service",
        "nondiscrimination": "no protected attribute is an input; location is, so errors are to be reported by area",
    }
    reference = "12 CFR 1026.42(i); 12 CFR 34, subpart I"
    return [{"factor": name, "control": control, "reference": reference} for name, control in words.items()]


def reconciliation_words(value: Mapping[str, JsonValue], comparables: int) -> dict[str, JsonValue]:
    """Why these comparables and these weights."""
    return {
        "comparables": f"The {comparables} sales that differ least from the subject in characteristics, place and "
        "time, among those the index offered within the policy's radius and period, three recent ones first; "
        "sales above the gross adjustment limit were passed over while at least three others were left.",
        "weights": "A comparable weighs less the less alike it is and the more it had to be adjusted. Model and "
        "comparables are weighted as would have given the least mean absolute error over earlier months.",
        "components": value["components"],
    }
