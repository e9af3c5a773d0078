"""Whether evidence suffices: the signals, the formula, and what earlier questions may and may not change."""

from datetime import date

import numpy as np
import pytest

from retrieval.corpus import Chunk, Span
from retrieval.dialogue import REMEMBERED, carried_vector, carried_words, remembered
from retrieval.find import Finder
from retrieval.points import clause_point
from retrieval.ports import CLAUSES, Embedder, Hit, Index
from retrieval.query import ClauseQuery, Found, cut, sufficiency_of
from retrieval.scope import ReadScope, Visibility
from retrieval.sufficiency import Calibration, Signals, covered_by, read_calibration, signals_of, sufficiency
from retrieval.words import weigh_question

SCOPE = ReadScope(as_of=date(2026, 1, 1), generation=1)
SEEN = Visibility(tenant="default", groups=("public",), effective_from=0, effective_to=10**6, valid_from_generation=1)
FORMULA = Calibration(
    version="1",
    model="hash",
    calibrated_on="nothing",
    n=1,
    intercept=-1.0,
    weights={"nearest": 2.0, "lead": 1.0, "covered": 3.0},
    answer_line=0.4,
    sure_line=0.8,
    measured={"auroc": 0.5},
    reliability=(),
)


def hit(clause: str, score: float) -> Hit:
    return Hit(clause, score, {"document_id": "d", "clause_keys": [clause]})


def passage(text: str) -> Hit:
    return Hit(text, 1.0, {"text": text})


def test_the_lead_is_over_the_fifth_clause_and_a_clause_counts_once() -> None:
    nearest = [hit("a", 0.9), hit("a", 0.8), hit("b", 0.7), hit("c", 0.6), hit("d", 0.5), hit("e", 0.4), hit("f", 0.3)]
    signals = signals_of(nearest, 0.0)
    assert signals is not None
    assert (signals.nearest, signals.lead, signals.covered) == (0.9, pytest.approx(0.5), 0.0)
    alone = signals_of([hit("a", 0.9)], 0.0)
    assert alone is not None
    assert alone.lead == 0.0


def test_without_any_candidate_nothing_is_said() -> None:
    assert signals_of((), 0.5) is None


def test_a_rare_word_that_no_passage_has_weighs_most() -> None:
    words = weigh_question("loan refund")
    found = [passage("a loan"), passage("the loan is paid"), passage("a loan for a house")]
    missing = covered_by(words, found)
    whole = covered_by(words, [passage("refund of a loan"), *found])
    assert missing < 0.2 < whole <= 1.0
    assert covered_by(words, []) == 0.0


@pytest.mark.parametrize(
    ("signals", "verdict"),
    [
        (Signals(nearest=0.1, lead=0.0, covered=0.0), "insufficient"),
        (Signals(nearest=0.5, lead=0.2, covered=0.2), "doubtful"),
        (Signals(nearest=0.9, lead=0.4, covered=0.8), "sufficient"),
    ],
)
def test_the_formula_is_logistic_and_two_lines_part_its_verdicts(signals: Signals, verdict: str) -> None:
    told = sufficiency(signals, FORMULA)
    logit = -1 + 2 * signals.nearest + signals.lead + 3 * signals.covered
    assert told.probability == pytest.approx(1 / (1 + np.exp(-logit)))
    assert told.verdict == verdict
    assert (told.calibrated_on, told.n, told.reliability) == ("nothing", 1, {"auroc": 0.5})


def test_the_calibration_that_is_used_is_whole_and_says_what_it_was_measured_on() -> None:
    used = read_calibration()
    assert used.judges("all-MiniLM-L6-v2@0123456789ab")
    assert not used.judges("bge-small-en-v1.5@0123456789ab")
    assert set(used.measured) == {"ece", "brier", "auroc", "aurc"}
    assert sum(one.n for one in used.reliability) == used.n
    assert 0 < used.answer_line <= used.sure_line
    assert all(weight > 0 for weight in used.weights.values())


def test_earlier_questions_fade_and_lend_only_words_that_the_question_lacks() -> None:
    before = remembered(("the refund refund of a fee", " ", "a loan for a house"))
    assert before == ("a loan for a house", "the refund refund of a fee")
    weights = carried_words("how long is the loan", before)
    own, loan, refund = (weigh_question(text) for text in ("how long is the loan", "house", "refund"))
    assert {word: weights[word] for word in own} == own
    assert [weights[word] for word in loan] == [pytest.approx(0.3 * weight) for weight in loan.values()]
    assert [weights[word] for word in refund] == [pytest.approx(0.15 * weight) for weight in refund.values()]
    assert len(remembered(["why"] * 50)) == REMEMBERED


def test_the_vectors_of_earlier_questions_are_added_and_the_sum_has_length_1() -> None:
    rows = np.eye(3, dtype=np.float32)
    assert carried_vector(rows) == pytest.approx(np.array([1, 0.3, 0.15]) / np.linalg.norm([1, 0.3, 0.15]))
    assert carried_vector(rows[:1]) == [1, 0, 0]


async def test_earlier_questions_find_more_but_nearness_is_told_by_the_question_alone(
    index: Index, embedder: Embedder
) -> None:
    texts = ["the refund is paid within seven days", "a desk review is ordered", "loans have limits"]
    for number, (text, vector) in enumerate(zip(texts, await embedder.embed(texts), strict=True)):
        chunk = Chunk(
            id=f"c{number}",
            revision_id="r",
            document_id="d",
            clause_key=f"k{number}",
            headings=(),
            span=Span(start=0, end=len(text)),
            text=text,
        )
        await index.upsert(CLAUSES, [clause_point(chunk, SEEN, vector.tolist())])
    formula = FORMULA.model_copy(update={"model": embedder.model.partition("@")[0]})
    finder = Finder(index, embedder, calibration=formula)
    alone = await finder.find(ClauseQuery(text="when exactly"), SCOPE)
    after = await finder.find(ClauseQuery(text="when exactly", earlier=("is the refund paid",)), SCOPE)
    assert after[0].item.id == "c0"
    assert alone.sufficiency is not None
    assert after.sufficiency is not None
    assert after.sufficiency.signals.nearest == pytest.approx(alone.sufficiency.signals.nearest)
    other = Finder(index, embedder, calibration=formula.model_copy(update={"model": "another"}))
    assert (await other.find(ClauseQuery(text="refund"), SCOPE)).sufficiency is None


def test_what_is_known_of_a_search_stays_with_its_evidence() -> None:
    known = sufficiency(Signals(nearest=0.5, lead=0.1, covered=0.3), FORMULA)
    found = Found((), "full", known)
    assert sufficiency_of(cut(found, 3)) == known
    assert sufficiency_of(()) is None
