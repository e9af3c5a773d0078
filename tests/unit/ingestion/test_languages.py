"""A language is named when there are words enough to be sure, and not otherwise."""

import pytest

from ingestion.languages import recognised

TEXTS = {
    "en": "The carrier shall refund the passenger within seven days, unless the passenger has agreed to a voucher.",
    "de": "Das Unternehmen erstattet dem Fluggast binnen sieben Tagen den vollen Preis, es sei denn, er will es nicht.",
    "fr": "Le transporteur rembourse le passager dans un délai de sept jours, sauf si celui-ci a accepté un bon.",
    "es": "La compañía reembolsará al pasajero en un plazo de siete días, salvo que este haya aceptado un vale.",
    "nl": "De vervoerder betaalt de passagier binnen zeven dagen terug, tenzij deze met een tegoedbon heeft ingestemd.",
    "it": "Il vettore non può rifiutare il rimborso ed è tenuto a pagare il prezzo del biglietto entro sette giorni.",
    "pl": "Przewoźnik zwraca pasażerowi pełną cenę biletu w ciągu siedmiu dni, chyba że pasażer zgodził się na bon.",
    "pt": "A transportadora não pode recusar o reembolso e devolve o preço ao passageiro no prazo de quinze dias.",
    "sv": "Företaget ska betala tillbaka biljettpriset inom sju dagar, om inte passageraren har godtagit en kupong.",
    "ja": "運送人は、旅客が引換券に同意した場合を除き、七日以内に航空券の全額を払い戻さなければならない。",
    "el": "\u039f μεταφορέας επιστρέφει στον επιβάτη το πλήρες αντίτιμο εντός επτά ημερών, εκτός εάν δέχθηκε κουπόνι.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_is_enough(language: str) -> None:
    assert recognised(TEXTS[language]) == language


@pytest.mark.parametrize("text", ["", "   \n", "§ 4.2.1", "1,034.50 | 2024-01-01", "Scope", "Prospectus content"])
def test_few_words_are_never_judged(text: str) -> None:
    assert recognised(text) is None


def test_a_table_of_numbers_has_no_language() -> None:
    rows = "\n".join(f"{number},{number * 37 % 9901},2014-05-{number % 28 + 1:02d}" for number in range(500))
    assert recognised(f"id,price,date\n{rows}") is None


def test_codes_without_words_have_no_language() -> None:
    assert recognised(" ".join(f"X{number:x}QZ-{number * 7919:x}" for number in range(200))) is None


def test_capitals_and_numbers_do_not_disguise_it() -> None:
    shouted = "4.2.1(a) " + TEXTS["en"].upper() + " (b) $1,034.50; 40 %; 14 CFR § 260.6(a)(1)-(3)."
    assert recognised(shouted) == "en"


def test_a_long_text_is_judged_by_its_start_its_middle_and_its_end() -> None:
    assert recognised("1 2 3 4 5 6 7 8 9 " * 2_000 + TEXTS["de"] * 40) == "de"


def test_half_a_character_is_no_error() -> None:
    assert recognised(TEXTS["en"] + " \ud83d") == "en"
