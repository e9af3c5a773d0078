"""Turns figures of the valuation, flags and recorded decisions into the report on the five quality-control factors.

They are those of the rule on quality-control standards for automated valuation models (12 CFR part 34 subpart I and
12 CFR 1026.42(i)): confidence, manipulation of data, conflicts of interest, random sample testing, nondiscrimination.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from pydantic import JsonValue

from decision.packs.real_estate.quality import Flag
from evals.avm.recorded import inputs_read, random_sample, repeated_runs
from service.records import ReleasedDecision
from service.review import ReviewTask

Standing = Literal["shown", "attention", "not_shown"]
"""Whether the evidence is there, speaks for a look by a person, or is lacking, which never counts as in order."""

PROTECTED: Final = (
    "race",
    "color",
    "colour",
    "ethnicity",
    "religion",
    "national_origin",
    "sex",
    "gender",
    "marital_status",
    "familial_status",
    "age_of_applicant",
    "disability",
    "public_assistance",
)
"""Attributes that federal law on fair lending and housing protects; none may be an input."""

COVERED: Final = ((79.0, 82.0), (89.0, 92.0))
"""Where the coverage of the 80 % and the 90 % interval should lie, in percent."""

IAAO: Final[Mapping[str, tuple[float, float]]] = {
    "median_ratio": (0.90, 1.10),
    "cod": (5.0, 15.0),
    "prd": (0.98, 1.03),
    "prb": (-0.05, 0.05),
}
"""Ranges of the IAAO Standard on Ratio Studies for houses of a mixed age."""

LISTED: Final = 50
"""How many flags of each kind are listed."""

_CONFIDENCE: Final = (
    "n",
    "mdape",
    "cod",
    "prd",
    "prb",
    "median_ratio",
    "coverage_80",
    "coverage_90",
    "mean_width_80",
    "mean_width_90",
    "worst_decile_coverage_80",
    "worst_decile_coverage_90",
    "fsd_hit_rate",
    "review_rate",
    "mdape_not_reviewed",
)

Section = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the report rests on. `figures` is None where no table was named, `decisions` where no records were read.

    `inputs` are the characteristics that the model reads, `seed` is what the random sample is drawn by.
    """

    figures: Mapping[str, JsonValue] | None
    flags: Sequence[Flag]
    inputs: Sequence[str]
    decisions: Sequence[ReleasedDecision] | None
    tasks: Sequence[ReviewTask]
    seed: str


def avm_report(basis: Basis) -> dict[str, JsonValue]:
    """Give the five factors, each with how it stands, what was found in words, and the evidence."""
    factors: dict[str, JsonValue] = {
        "confidence": _confidence(basis.figures),
        "data_integrity": _integrity(basis),
        "independence": _independence(basis.decisions),
        "random_sample": _sampled(basis),
        "nondiscrimination": _nondiscrimination(basis),
    }
    return {
        "report": "quality control of the automated valuation model",
        "rule": "12 CFR part 34 subpart I; 12 CFR 1026.42(i)",
        "recorded_decisions": None if basis.decisions is None else len(basis.decisions),
        "config": basis.figures.get("config") if basis.figures else None,
        "factors": factors,
    }


def _confidence(figures: Mapping[str, JsonValue] | None) -> Section:
    if figures is None:
        return _section("not_shown", ["No table of sales was named, so nothing was measured: give --sales, --mapping."])
    outside = _outside(figures)
    found = outside or ["Coverage and ratio statistics lie in their ranges."]
    return {
        **_section("attention" if outside else "shown", found),
        "overall": {name: figures.get(name) for name in _CONFIDENCE},
        "comparables_only": figures.get("comps_only"),
        "fsd_bands": figures.get("fsd_bands"),
        "by_price": figures.get("price_deciles"),
        "by_area": figures.get("areas"),
        "by_kind": figures.get("segments"),
    }


def _outside(figures: Mapping[str, JsonValue]) -> list[str]:
    ranges = {**IAAO, **{f"coverage_{level}": limits for level, limits in zip((80, 90), COVERED, strict=True)}}
    found: list[str] = []
    for name, (low, high) in ranges.items():
        value = figures.get(name)
        if not isinstance(value, int | float):
            found.append(f"{name} could not be measured.")
        elif not low <= value <= high:
            found.append(f"{name} is {value:g}, outside {low:g} to {high:g}.")
    return found


def _integrity(basis: Basis) -> Section:
    generations: Section = dict(Counter(str(one.generation) for one in basis.decisions or ()).most_common())
    evidence: Section = {"generations_of_recorded_decisions": generations}
    if basis.figures is None:
        return {**_section("not_shown", ["No table of sales was named, so none was checked."]), **evidence}
    kinds = Counter(flag.kind for flag in basis.flags)
    listed: list[JsonValue] = [
        dict[str, JsonValue](asdict(flag))
        for kind in kinds
        for flag in [flag for flag in basis.flags if flag.kind == kind][:LISTED]
    ]
    config = basis.figures.get("config")
    words = [f"{count} sales flagged: {kind}." for kind, count in kinds.items()] or ["No sale was flagged."]
    leaks = "No leak was found: own parcel, later sales, and columns known only after a sale were looked for."
    return {
        **_section("shown", [*words, leaks]),
        "counts": dict(kinds),
        "sources_sha256": config.get("sha256") if isinstance(config, dict) else None,
        "flags": listed,
        **evidence,
    }


def _independence(decisions: Sequence[ReleasedDecision] | None) -> Section:
    if not decisions:
        return _section("not_shown", ["No recorded valuations were read."])
    series = repeated_runs(decisions)
    drifting = [one for one in series if one.direction == "toward"]
    words = (
        f"{len(series)} properties were valued repeatedly with changed facts while a price or amount stood; "
        f"{len(drifting)} of these series moved toward it."
    )
    return {
        **_section("attention" if drifting else "shown", [words]),
        "series": [one.figures() for one in series],
    }


def _sampled(basis: Basis) -> Section:
    if not basis.decisions:
        return _section("not_shown", ["No recorded valuations were read."])
    sample = random_sample(basis.decisions, basis.tasks, basis.seed)
    open_ones = len(sample.drawn) - len(sample.reviewed)
    words = (
        f"{len(sample.drawn)} of {sample.eligible} decisions that were not escalated were drawn, "
        f"{len(sample.reviewed)} of them have a verdict."
    )
    standing: Standing = "not_shown" if not sample.drawn else "attention" if open_ones else "shown"
    return {**_section(standing, [words]), "sample": sample.figures()}


def _nondiscrimination(basis: Basis) -> Section:
    inputs = sorted({*basis.inputs, *inputs_read(basis.decisions or ())})
    protected = [name for name in inputs if name.casefold() in PROTECTED]
    named = f"Protected attributes among the inputs: {', '.join(protected)}." if protected else _NONE_PROTECTED
    areas = basis.figures.get("areas") if basis.figures else None
    weak = [name for name, row in areas.items() if _biased(row)] if isinstance(areas, dict) else []
    words = [named, *([f"Median ratio outside .90 to 1.10 in: {', '.join(weak)}."] if weak else [])]
    if not areas:
        words.append("Error by area could not be measured.")
    standing: Standing = "attention" if protected or weak else "shown" if areas and inputs else "not_shown"
    return {**_section(standing, words), "inputs": [*inputs], "by_area": areas}


_NONE_PROTECTED: Final = "No protected attribute is among the inputs; place can stand in for one, hence the areas."


def _biased(row: JsonValue) -> bool:
    ratio = row.get("median_ratio") if isinstance(row, dict) else None
    low, high = IAAO["median_ratio"]
    return not isinstance(ratio, int | float) or not low <= ratio <= high


def _section(standing: Standing, words: Sequence[str]) -> Section:
    return {"standing": standing, "found": [*words]}
