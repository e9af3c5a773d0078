"""Families agree with what comparing every pair says, in whatever order revisions come."""

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.families import Signature, families_of, signature, similarity

BASE = [[f"{subject}{number}" for number in range(120)] for subject in ("refund", "cabin", "claim")]


def edited(base: int, edits: frozenset[int]) -> str:
    return " ".join("edited" if place in edits else word for place, word in enumerate(BASE[base]))


TEXTS = st.builds(edited, st.integers(0, 2), st.frozensets(st.integers(0, 119), max_size=6))
NEW = st.dictionaries(st.integers(0, 99).map(lambda n: f"rev_{n}"), TEXTS, max_size=8)
FAMILIES = st.sampled_from([None, "fam_a", "fam_b"])
KNOWN = st.dictionaries(st.integers(0, 99).map(lambda n: f"old_{n}"), st.tuples(FAMILIES, TEXTS), max_size=6)
LIMITS = st.sampled_from([0.3, 0.6, 0.8, 0.9, 1.0])

Known = dict[str, tuple[str | None, Signature]]


def signed(texts: Mapping[str, str]) -> dict[str, Signature]:
    return {key: signature(text) for key, text in texts.items()}


def reachable(start: str, new: Mapping[str, Signature], known: Known, limit: float) -> set[str]:
    """Find, pair by pair, all that is linked to a revision through pairs of which one at least is new."""
    every = {**{key: one for key, (_, one) in known.items()}, **new}
    found, waiting = {start}, [start]
    while waiting:
        one = waiting.pop()
        near = {
            key
            for key in every
            if key not in found and (key in new or one in new) and similarity(every[one], every[key]) >= limit
        }
        found |= near
        waiting += sorted(near)
    return found


@settings(deadline=None)
@given(NEW, KNOWN, LIMITS)
def test_a_family_is_what_is_linked(
    texts: Mapping[str, str], older: Mapping[str, tuple[str | None, str]], limit: float
) -> None:
    new = signed(texts)
    known: Known = {key: (family, signature(text)) for key, (family, text) in older.items()}
    found = families_of(new, known, limit)
    assert set(found) == set(new)
    for key, own in new.items():
        linked = reachable(key, new, known, limit)
        heard = {family for one in linked & set(known) if (family := known[one][0])}
        equal = {family for family, one in known.values() if family and one == own}
        if equal:
            assert found[key] == min(equal)
        elif heard:
            assert found[key] == min(heard)
        else:
            assert {other for other in new if found[other] == found[key]} == linked & set(new)


@settings(deadline=None)
@given(NEW, KNOWN, LIMITS, st.randoms(use_true_random=False))
def test_the_order_of_revisions_does_not_matter(
    texts: Mapping[str, str], older: Mapping[str, tuple[str | None, str]], limit: float, chance: random.Random
) -> None:
    new = signed(texts)
    known: Known = {key: (family, signature(text)) for key, (family, text) in older.items()}
    turned, turned_known = list(new), list(known)
    chance.shuffle(turned)
    chance.shuffle(turned_known)
    again = families_of({key: new[key] for key in turned}, {key: known[key] for key in turned_known}, limit)
    assert again == families_of(new, known, limit)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_every_text_has_a_signature_of_its_words(text: str) -> None:
    signed_text = signature(text)
    assert len(signed_text) in {0, 128}
    assert signature(f"  {text}\n\n") == signed_text
    assert not signed_text or similarity(signed_text, signed_text) == 1.0
