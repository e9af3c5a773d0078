"""A price is split over methods of payment as the customer puts it, as far as the numbers allow."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from decision.facts import Fact, FactValue, Money
from decision.packs.reservation.purse import pay

METHODS = (
    "certificate_1 certificate 50",
    "certificate_2 certificate 80",
    "gift_card_1 gift_card 30",
    "gift_card_2 gift_card 20",
    "gift_card_3 gift_card 10",
    "gift_card_4 gift_card 5",
    "credit_card_1 credit_card - visa 1111",
    "credit_card_2 credit_card - mastercard 2222",
)
MOST = {"certificate": Decimal(1), "gift_card": Decimal(3), "credit_card": Decimal(1)}


def facts(preference: str | None = None, wanted: tuple[str, ...] | None = None) -> Mapping[str, Fact]:
    values: dict[str, FactValue | None] = {"methods": METHODS, "preference": preference, "wanted_methods": wanted}
    return {name: Fact(name, value, "given") for name, value in values.items()}


def split(price: int, preference: str | None = None, wanted: tuple[str, ...] | None = None) -> list[tuple[str, int]]:
    found = pay(Money(value=Decimal(price), currency="USD"), facts(preference, wanted), MOST)
    return [(method.id, int(amount.value)) for method, amount in found.parts]


@pytest.mark.parametrize(
    ("preference", "parts"),
    [
        (
            None,
            [
                ("certificate_2", 80),
                ("gift_card_1", 30),
                ("gift_card_2", 20),
                ("gift_card_3", 10),
                ("credit_card_1", 60),
            ],
        ),
        ("the Mastercard", [("credit_card_2", 200)]),
        ("card ending 2222", [("credit_card_2", 200)]),
        ("certificate, rest on the card 2222", [("certificate_2", 80), ("credit_card_2", 120)]),
        ("the smaller certificate, then visa", [("certificate_1", 50), ("credit_card_1", 150)]),
        ("certificate_1 and the Visa", [("certificate_1", 50), ("credit_card_1", 150)]),
        (
            "a voucher first",
            [
                ("certificate_2", 80),
                ("gift_card_1", 30),
                ("gift_card_2", 20),
                ("gift_card_3", 10),
                ("credit_card_1", 60),
            ],
        ),
        ("gift cards only", [("gift_card_1", 30), ("gift_card_2", 20), ("gift_card_3", 10)]),
    ],
)
def test_a_price_is_split_as_the_customer_puts_it(preference: str | None, parts: list[tuple[str, int]]) -> None:
    assert split(200, preference) == parts


def test_gift_cards_go_before_certificates_where_they_are_named_first() -> None:
    assert split(60, "gift cards, then the certificate") == [
        ("gift_card_1", 30),
        ("gift_card_2", 20),
        ("gift_card_3", 10),
    ]
    assert split(60, "certificate, then gift cards") == [("certificate_2", 60)]


@pytest.mark.parametrize(("price", "left"), [(79, 0), (80, 0), (81, 1)])
def test_what_is_left_of_a_price_is_told(price: int, left: int) -> None:
    found = pay(Money(value=Decimal(price), currency="USD"), facts(wanted=("certificate_2",)), MOST)
    assert found.left == left


def test_no_more_methods_of_a_kind_are_used_than_may_be() -> None:
    found = pay(
        Money(value=Decimal(500), currency="USD"), facts(wanted=tuple(line.split()[0] for line in METHODS)), MOST
    )
    assert found.wanted == {"credit_card": 2, "gift_card": 4, "certificate": 2}
    assert [method.kind for method, _ in found.parts] == ["certificate", *["gift_card"] * 3, "credit_card"]


def test_a_method_that_the_profile_does_not_have_is_counted_and_not_used() -> None:
    found = pay(Money(value=Decimal(50), currency="USD"), facts(wanted=("gift_card_9", "credit_card_1")), MOST)
    assert (found.unknown, found.left) == (1, 0)
