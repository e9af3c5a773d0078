"""The samples of the gate: the same whatever the order of the files, and told apart when a word changes."""

from dataclasses import replace

from evals.datasets import Passage, RetrievalSet
from evals.gate import SAMPLES, Sample, draw, fingerprint

SAMPLE = Sample("small", "small", "dev", questions=5, others=10)


def dataset() -> RetrievalSet:
    """Make a dataset of 20 questions, each with one relevant passage, one of them not in the corpus."""
    corpus = {f"p{n}": Passage(None, f"words {n}") for n in range(60)}
    queries = {f"q{n}": f"question {n}" for n in range(20)}
    return RetrievalSet(corpus, queries, {f"q{n}": {f"p{n}" if n else "gone": 1} for n in range(20)})


def test_a_sample_has_all_judged_passages_and_as_many_others_as_it_says() -> None:
    drawn = draw(dataset(), SAMPLE)
    judged = {row for grades in drawn.judgements.values() for row in grades if row != "gone"}
    assert (len(drawn.queries), set(drawn.queries)) == (5, set(drawn.judgements))
    assert judged <= set(drawn.corpus)
    assert len(drawn.corpus) == len(judged) + 10


def test_the_order_of_the_files_does_not_matter() -> None:
    whole = dataset()
    corpus = {row: whole.corpus[row] for row in sorted(whole.corpus, reverse=True)}
    queries = {row: whole.queries[row] for row in sorted(whole.queries, reverse=True)}
    turned = replace(whole, corpus=corpus, queries=queries)
    assert fingerprint(draw(turned, SAMPLE)) == fingerprint(draw(whole, SAMPLE))


def test_a_changed_word_is_another_sample() -> None:
    drawn = draw(dataset(), SAMPLE)
    row = next(iter(drawn.corpus))
    changed = replace(drawn, corpus={**drawn.corpus, row: Passage(None, "other words")})
    assert fingerprint(changed) != fingerprint(drawn)


def test_a_small_dataset_is_taken_whole() -> None:
    drawn = draw(dataset(), Sample("all", "all", "dev", questions=1000, others=1000))
    assert (len(drawn.queries), len(drawn.corpus)) == (20, 60)


def test_names_are_unique() -> None:
    assert len({one.name for one in SAMPLES}) == len(SAMPLES)
