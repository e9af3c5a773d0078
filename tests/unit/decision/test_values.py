"""Values as they are sent, and as they are said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from decision.facts import FactDefinition, FactType, FactValue, Money
from decision.values import ValueRefusedError, did_you_mean, parse_duration, parse_value, plain


def declared(kind: FactType, **more: object) -> FactDefinition:
    return FactDefinition.model_validate({"name": "fact", "title": "Fact", "type": kind, **more})


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("boolean", True, True),
        ("number", 12, Decimal(12)),
        ("number", 0.1, Decimal("0.1")),
        ("money", {"value": "250", "currency": "EUR"}, Money(value=Decimal(250), currency="EUR")),
        ("money", {"value": 99.5, "currency": "GBP"}, Money(value=Decimal("99.5"), currency="GBP")),
        ("date", "2026-11-22", date(2026, 11, 22)),
        ("instant", "2026-11-22T10:00:00+01:00", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("duration", "PT3H10M", timedelta(hours=3, minutes=10)),
        ("string", "a word", "a word"),
        ("list", ["a", "b"], ("a", "b")),
        ("list", [], ()),
    ],
)
def test_reads_what_json_can_say(kind: FactType, sent: object, value: FactValue) -> None:
    assert parse_value(declared(kind), sent) == value


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        ("boolean", "yes", "true or false"),
        ("boolean", 1, "true or false"),
        ("number", True, "a number"),
        ("number", "12", "a number"),
        ("number", float("nan"), "a finite number"),
        ("number", float("inf"), "a finite number"),
        ("number", 10**40, "a finite number"),
        ("money", 250, "an amount such as"),
        ("money", {"value": "250"}, "an amount such as"),
        ("money", {"value": "250", "currency": "euro"}, "an amount such as"),
        ("money", {"value": "much", "currency": "EUR"}, "a number"),
        ("date", "22.11.2026", "a date such as"),
        ("date", "2026-02-30", "a date such as"),
        ("date", 20261122, "a date such as"),
        ("instant", "2026-11-22T10:00:00", "an instant such as"),
        ("instant", "tomorrow", "an instant such as"),
        ("duration", 180, "a duration such as"),
        ("duration", "P1M", "a duration such as"),
        ("duration", "3 fortnights", "a duration such as"),
        ("string", "  ", "text"),
        ("string", 7, "text"),
        ("list", "a", "a list of texts"),
        ("list", ["a", 1], "a list of texts"),
    ],
)
def test_refuses_other_types_and_says_what_was_expected(kind: FactType, sent: object, expected: str) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        parse_value(declared(kind), sent)
    assert refused.value.expected.startswith(expected)
    assert refused.value.remedy


def test_a_bare_number_is_an_amount_where_the_currency_is_declared() -> None:
    price = declared(FactType.MONEY, currency="USD", minimum=0)
    assert str(parse_value(price, 185_000)) == "USD 185,000"
    with pytest.raises(ValueRefusedError, match="an amount in USD"):
        parse_value(price, {"value": 1, "currency": "EUR"})
    with pytest.raises(ValueRefusedError, match="at least 0"):
        parse_value(price, -1)


@pytest.mark.parametrize(("sent", "fits"), [(0, True), (10, True), (-1, False), (10.5, False)])
def test_bounds_are_inclusive(sent: float, *, fits: bool) -> None:
    bounded = declared(FactType.NUMBER, minimum=0, maximum=10)
    if fits:
        assert parse_value(bounded, sent) == Decimal(str(sent))
    else:
        with pytest.raises(ValueRefusedError, match="a number from 0 to 10"):
            parse_value(bounded, sent)


def test_words_are_those_of_the_enumeration() -> None:
    condition = declared(FactType.ENUM, values=["poor", "fair", "good"])
    assert parse_value(condition, "fair") == "fair"
    with pytest.raises(ValueRefusedError, match=r"one of poor, fair, good.*did you mean 'good'"):
        parse_value(condition, "goood")
    with pytest.raises(ValueRefusedError, match="one of poor"):
        parse_value(declared(FactType.LIST, values=["poor"]), ["rich"])


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("3 h 10 min", 190),
        ("3h10min", 190),
        ("14 days", 14 * 24 * 60),
        ("2 weeks", 14 * 24 * 60),
        ("1.5 h", 90),
        ("-10 min", -10),
        ("PT3H", 180),
        ("P14D", 14 * 24 * 60),
        ("P1DT1H", 25 * 60),
        ("-PT10M", -10),
    ],
)
def test_reads_durations_in_words_and_iso_8601(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "3", "h", "P", "PT", "P1Y", "3 h and 10 min", f"{10**20} days"])
def test_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="a duration such as"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, None),
        (True, "true"),
        (Decimal("0.20"), "0.20"),
        (Decimal("1E+3"), "1000"),
        (Decimal(1) / Decimal(6), "0.1666666667"),
        (Money(value=Decimal(250), currency="EUR"), "EUR 250"),
        (Money(value=Decimal("125.0"), currency="EUR"), "EUR 125"),
        (Money(value=Decimal("1250.5"), currency="EUR"), "EUR 1,250.50"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 9, tzinfo=UTC), "2026-11-22 09:00 UTC"),
        (datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC), "2026-11-22 09:00:05 UTC"),
        (timedelta(hours=3, minutes=10), "3 h 10 min"),
        (timedelta(days=1, hours=2), "1 day 2 h"),
        (timedelta(days=-14), "-14 days"),
        (timedelta(seconds=1.5), "1.5 s"),
        (timedelta(0), "0 min"),
        (("a", "b"), "a, b"),
        ((), "none"),
        ("word", "word"),
    ],
)
def test_says_values_in_plain_words(value: FactValue | None, words: str | None) -> None:
    assert plain(value) == words


def test_suggests_only_what_is_near() -> None:
    assert did_you_mean("lenth", ["length", "width"]) == "; did you mean 'length'?"
    assert did_you_mean("colour", ["length", "width"]) == ""
