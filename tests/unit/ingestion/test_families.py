"""Copies are found by their words, whatever they look like, and share a family; excerpts and likenesses do not."""

import time

import pytest

from ingestion.families import FEWEST_SHINGLES, PLACES, SHINGLE, copies, families_of, signature, similarity
from ingestion.report import Copies


def words(count: int, of: str = "word") -> str:
    return " ".join(f"{of}{number}" for number in range(count))


TEXT = words(600)
OTHER = words(600, "other")


def edited(text: str, *places: int) -> str:
    return " ".join("edited" if place in places else word for place, word in enumerate(text.split()))


def test_a_signature_has_its_length_and_depends_on_the_words_alone() -> None:
    assert len(signature(TEXT)) == PLACES
    assert all(0 <= place < 2**32 for place in signature(TEXT))
    dressed = "# " + TEXT.upper().replace(" ", " ,\n\t*", 50).replace("WORD99 ", "WO\u00adRD99 ").replace("9 ", "9. ")
    assert signature(dressed) == signature(TEXT)


def test_words_broken_at_the_end_of_a_line_are_whole_again() -> None:
    assert signature(TEXT.replace("word300", "wo-\nrd300")) == signature(TEXT)


def test_ligatures_and_full_width_letters_are_letters() -> None:
    assert signature(f"\ufb01nal \uff4f\uff46\uff46\uff45\uff52 {TEXT}") == signature(f"final offer {TEXT}")


def test_signatures_that_were_kept_still_mean_the_same() -> None:
    assert signature(TEXT)[:4] == (11364140, 4864058, 7227767, 11772507)
    assert signature("no refund")[:2] == (4117348779, 1631402765)


def test_the_similarity_is_that_of_the_shingles() -> None:
    revised = edited(TEXT, 100, 200, 300)
    shingles = 600 - SHINGLE + 1
    exact = (shingles - 3 * SHINGLE) / (shingles + 3 * SHINGLE)
    assert similarity(signature(TEXT), signature(TEXT)) == 1.0
    assert similarity(signature(TEXT), signature(revised)) == pytest.approx(exact, abs=0.08)
    assert similarity(signature(TEXT), signature(OTHER)) == 0.0


def test_the_order_of_words_counts() -> None:
    backwards = " ".join(reversed(TEXT.split()))
    assert similarity(signature(TEXT), signature(backwards)) == 0.0


def test_a_text_longer_than_a_block_has_no_seam() -> None:
    long = words(200_000)
    assert similarity(signature(long), signature("\n" + long)) == 1.0
    assert similarity(signature(long), signature(f"one more {long}")) > 0.95


def test_an_excerpt_is_no_copy() -> None:
    assert similarity(signature(words(1_000)), signature(words(300))) < 0.5


@pytest.mark.parametrize("count", [1, 4, 5, FEWEST_SHINGLES + SHINGLE - 2])
def test_a_short_text_is_similar_to_its_very_words_only(count: int) -> None:
    assert similarity(signature(words(count)), signature(words(count).upper() + "!")) == 1.0
    assert similarity(signature(words(count)), signature(words(count - 1) + " last")) == 0.0
    assert similarity(signature(words(count)), signature(TEXT)) == 0.0


def test_what_has_no_words_is_similar_to_nothing() -> None:
    assert signature(" — \n ") == ()
    assert similarity((), ()) == 0.0
    found = families_of({"a": (), "b": ()}, {"c": ("fam_c", ())}, 0.9)
    assert found["a"] != found["b"]
    assert "fam_c" not in found.values()


def test_text_without_spaces_is_compared_by_its_characters() -> None:
    text = "運送人は旅客が引換券を受け取ることに同意した場合を除き七日以内に航空券の全額を払い戻さなければならない" * 3
    assert 0.5 < similarity(signature(text), signature(text.replace("七", "八", 1))) < 1.0


def test_new_copies_share_a_family_and_others_do_not() -> None:
    found = families_of(
        {"rev_a": signature(TEXT), "rev_b": signature(edited(TEXT, 9)), "rev_c": signature(OTHER)}, {}, 0.9
    )
    assert found["rev_a"] == found["rev_b"] != found["rev_c"]


def test_a_copy_of_a_known_revision_joins_its_family() -> None:
    known = {"rev_old": ("fam_old", signature(TEXT)), "rev_none": (None, signature(OTHER))}
    found = families_of({"rev_a": signature(edited(TEXT, 9)), "rev_b": signature(OTHER)}, known, 0.9)
    assert found["rev_a"] == "fam_old"
    assert found["rev_b"] not in {None, "fam_old"}


def test_copies_of_copies_are_copies() -> None:
    chain = [TEXT]
    for step in range(6):
        chain.append(edited(chain[-1], *range(60 * step + 10, 60 * step + 22, 6)))
    signed = {f"rev_{step}": signature(text) for step, text in enumerate(chain)}
    assert similarity(signed["rev_0"], signed["rev_6"]) < 0.9
    assert all(similarity(signed[f"rev_{at}"], signed[f"rev_{at + 1}"]) >= 0.9 for at in range(6))
    assert len(set(families_of(signed, {}, 0.9).values())) == 1


def test_two_known_families_stay_two() -> None:
    known = {"rev_1": ("fam_b", signature(TEXT)), "rev_2": ("fam_a", signature(edited(TEXT, 9, 99)))}
    between = {"rev_n": signature(edited(TEXT, 9)), "rev_o": signature(TEXT)}
    found = families_of(between, known, 0.9)
    assert found == {"rev_n": "fam_a", "rev_o": "fam_b"}


def test_the_name_of_a_family_tells_nothing() -> None:
    (family,) = families_of({"rev_secret": signature(TEXT)}, {}, 0.9).values()
    assert family.startswith("fam_")
    assert "secret" not in family


def test_a_lower_limit_finds_looser_copies() -> None:
    pair = {"a": signature(TEXT), "b": signature(edited(TEXT, *range(0, 600, 40)))}
    assert len(set(families_of(pair, {}, 0.9).values())) == 2
    assert len(set(families_of(pair, {}, 0.5).values())) == 1


def test_thousands_of_copies_of_one_form_take_seconds_at_most() -> None:
    form = signature(TEXT)
    new = {f"rev_{number}": (number, *form[1:]) for number in range(6_000)}
    known = {f"old_{number}": ("fam_form", (number, *form[1:])) for number in range(6_000, 12_000)}
    started = time.perf_counter()
    assert set(families_of(new, known, 0.9).values()) == {"fam_form"}
    assert time.perf_counter() - started < 20


def test_families_that_gained_a_member_are_reported() -> None:
    before = {"a": "fam_1", "b": "fam_1", "c": "fam_2", "d": None}
    after = {"a": "fam_1", "b": "fam_1", "c": "fam_2", "e": "fam_2", "d": "fam_3", "f": None, "g": None}
    assert copies(before, after) == (Copies(documents=("c", "e")),)


def test_a_document_that_changed_into_a_copy_is_reported() -> None:
    assert copies({"a": "fam_1", "b": "fam_2"}, {"a": "fam_1", "b": "fam_1"}) == (Copies(documents=("a", "b")),)
    assert copies({"a": "fam_1", "b": "fam_1"}, {"a": "fam_1"}) == ()
