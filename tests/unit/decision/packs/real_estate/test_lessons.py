"""What was learned from a market is kept as bytes and decides as before; a house never learns from its own parcel."""

import io
import zipfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import pytest
from pydantic import JsonValue
from towns import CaseOf, Town

from decision.engine import decide
from decision.facts import DecisionError
from decision.packs.real_estate import PACK
from decision.packs.real_estate import forest as forests
from decision.packs.real_estate.courses import course_for, course_of, learn
from decision.packs.real_estate.extent import all_of
from decision.packs.real_estate.fitting import fitted, parts_of
from decision.packs.real_estate.forest import folds_of
from decision.packs.real_estate.learning import learned
from decision.packs.real_estate.lessons import Lesson, read, written
from decision.packs.real_estate.market import Market, market_of
from decision.packs.real_estate.pack import RealEstate
from decision.packs.real_estate.subject import settings_of

AS_OF = date(2020, 11, 15)
PARAMETERS = PACK.rulebook.on(AS_OF).parameters
SETTINGS = settings_of(PARAMETERS)


@pytest.fixture(scope="module", autouse=True)
def _small_forests() -> Generator[None]:
    """Let a town of some hundred sales have a forest, of few trees."""
    patch = pytest.MonkeyPatch()
    patch.setattr("decision.packs.real_estate.fitting.FEWEST_SALES", 300)
    patch.setattr("decision.packs.real_estate.courses.FEWEST_SALES", 300)
    patch.setattr(forests, "KINDS", tuple((20, kind) for _, kind in forests.KINDS))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def market(town: Town) -> Market:
    return market_of(town.sales, date(2020, 10, 1))


@pytest.fixture(scope="module")
def lesson(town: Town, market: Market) -> Lesson:
    sales = [sale for sale in town.sales if sale.observed_on < date(2020, 10, 1)]
    return learned(market, all_of(sales, SETTINGS), SETTINGS)


def test_a_lesson_is_read_as_it_was_written(lesson: Lesson) -> None:
    content = written(lesson)
    again = read(content)
    assert written(again) == content
    assert again.fitting.market.ids == lesson.fitting.market.ids
    assert np.array_equal(again.fitting.unexplained, lesson.fitting.unexplained)
    assert again.calibration is not None
    assert again.measured == lesson.measured


def test_nothing_in_a_lesson_is_code(lesson: Lesson) -> None:
    with zipfile.ZipFile(io.BytesIO(written(lesson))) as packed:
        names = packed.namelist()
        assert packed.read("forest/00.txt").startswith(b"tree\n")
        with np.load(io.BytesIO(packed.read("arrays.npz")), allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays.files)
    assert len([name for name in names if name.startswith("forest/")]) == forests.FOLDS


def test_a_lesson_of_other_columns_is_refused_in_words(lesson: Lesson) -> None:
    market = lesson.fitting.market
    unplaced = replace(market.houses, latitudes=market.houses.latitudes * np.nan)
    other = replace(lesson, fitting=replace(lesson.fitting, market=replace(market, houses=unplaced)))
    with pytest.raises(DecisionError, match="other columns; learn it again"):
        read(written(other))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_lesson_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(DecisionError, match="learn it again"):
        read(content)


def test_a_taught_pack_values_as_one_that_looks_at_the_sales(town: Town, case_of: CaseOf) -> None:
    case = case_of(as_of=date(2020, 10, 31))  # sales are hidden from the first of a month on, as for a lesson
    found = town.evidence(case)
    untaught = decide(PACK, case, found, probe=False)
    pack = RealEstate()
    content = learn({"market": found["market"]}, PARAMETERS)
    assert content is not None
    without = {name: hits for name, hits in found.items() if name not in pack.learns_from}
    taught = decide(pack.taught(content), case, without, probe=False)
    assert taught.status == "decided"
    assert taught.answer["value"] == untaught.answer["value"]
    assert taught.answer["comparables"] == untaught.answer["comparables"]
    assert pack.lesson is None


def test_sales_after_a_lesson_are_comparables_too(town: Town, case_of: CaseOf) -> None:
    earlier = list(town.evidence(case_of(as_of=date(2020, 8, 31)))["market"])
    content = learn({"market": earlier}, PARAMETERS)
    assert content is not None
    case = case_of(as_of=date(2020, 12, 31))
    found = town.evidence(case)
    decision = decide(RealEstate().taught(content), case, {**found, "market": []}, probe=False)
    assert decision.status == "decided"
    known = {hit.item.id for hit in earlier}
    used = {str(row["id"]) for row in cast("Sequence[Mapping[str, JsonValue]]", decision.answer["comparables"])}
    assert used - known


def test_the_forest_never_saw_the_parcel_it_speaks_of(market: Market) -> None:
    """A price a hundredfold changes what is said of other parcels of other folds, never of its own."""
    row = len(market) // 2
    dear = replace(market, prices=np.where(np.arange(len(market)) == row, market.prices * 1.5, market.prices))
    honest, tampered = fitted(market), fitted(dear)
    assert honest.forest is not None
    assert tampered.forest is not None
    fold = int(folds_of(market.parcels)[row])
    columns = np.random.default_rng(1).normal(size=(5, honest.forest.members[0].num_feature()))
    assert len({honest.forest.members[fold].num_trees(), tampered.forest.members[fold].num_trees()}) == 1
    blind = honest.blind_to(market.ids[row])
    assert blind.forest is not None
    assert np.array_equal(blind.forest.each(columns)[0], honest.forest.each(columns)[fold])
    assert parts_of(blind, market).each.shape == honest.parts.shape


def test_equal_tables_months_and_settings_have_one_key(town: Town, case_of: CaseOf) -> None:
    case = case_of()
    one = course_for(case, town.evidence(case), PARAMETERS)
    assert one is not None
    assert one.key == course_of({"town": "town-1"}, date(2020, 10, 16), SETTINGS).key
    assert one.key == course_of({"town": "town-1"}, date(2020, 10, 1), SETTINGS).key
    assert one.key != course_of({"town": "town-1"}, date(2020, 11, 1), SETTINGS).key
    assert one.key != course_of({"town": "town-2"}, date(2020, 10, 16), SETTINGS).key
    assert course_for(case, {"comparables": []}, PARAMETERS) is None


def test_a_small_table_is_not_worth_a_lesson(town: Town, case_of: CaseOf) -> None:
    assert learn({"market": town.evidence(case_of())["market"][:200]}, PARAMETERS) is None
