"""Names what the rules conclude for each regime, and the numbers that the policy has for it."""

from collections.abc import Mapping
from typing import Final, Literal

Regime = Literal["EU261", "UK261", "US", "APPR", "MC99"]
REGIMES: Final[tuple[Regime, ...]] = ("EU261", "UK261", "APPR", "US", "MC99")
EUROPEAN: Final[frozenset[Regime]] = frozenset({"EU261", "UK261"})
"""The regimes that share one structure of rights."""

BY_NAME: Final[Mapping[str, Regime]] = {regime: regime for regime in REGIMES}
"""The regimes by what an answer calls them."""

PREFIXES: Final[Mapping[Regime, str]] = {"EU261": "EU", "UK261": "UK", "US": "US", "APPR": "CA", "MC99": "MC"}
"""What the ids of a regime's rules begin with."""

TITLES: Final[Mapping[Regime, str]] = {
    "EU261": "EU261",
    "UK261": "UK261",
    "US": "United States law",
    "APPR": "the Canadian regulations",
    "MC99": "the Montreal Convention",
}
"""How a regime is named in a sentence."""

Right = Literal[
    "applies",
    "band",
    "amount",
    "compensation_due",
    "reduction_percent",
    "care",
    "hotel",
    "refund",
    "reroute",
    "downgrade_percent",
    "downgrade_sum",
    "voucher",
    "disembark",
    "expenses",
    "expenses_sum",
    "meal",
    "hotel_limited",
    "significant",
    "refund_days",
    "tarmac_food",
    "bag_fee",
    "control",
    "rerouting",
    "limit",
]
"""What the rules conclude for a regime; not every regime knows every right."""

Number = Literal[
    "refund_time",
    "messages",
    "request_time",
    "answer_time",
    "downgrade_time",
    "hotel_nights",
    "denied_time",
    "inform_time",
    "self_time",
    "voucher_time",
]
"""What the policy has numbers for that code states and no rule reads; not every regime has every one."""

NUMBERS: Final[Mapping[Regime, Mapping[Number, str]]] = {
    "EU261": {
        "refund_time": "eu_refund_days",
        "messages": "eu_messages",
        "request_time": "eu_request_months",
        "answer_time": "eu_answer_days",
        "downgrade_time": "eu_downgrade_days",
        "hotel_nights": "eu_hotel_nights",
        "inform_time": "eu_inform_hours",
        "self_time": "eu_self_reroute_days",
        "voucher_time": "eu_voucher_refund_days",
    },
    "UK261": {"refund_time": "uk_refund_days", "messages": "uk_messages", "downgrade_time": "uk_downgrade_days"},
    "APPR": {
        "refund_time": "ca_refund_days",
        "request_time": "ca_request_months",
        "answer_time": "ca_answer_days",
        "denied_time": "ca_denied_pay_hours",
    },
    "US": {"denied_time": "us_denied_pay_hours"},
    "MC99": {},
}

CONCLUDED: Final[Mapping[Regime, Mapping[Right, str]]] = {
    "EU261": {
        "applies": "eu_applies",
        "band": "eu_band",
        "amount": "eu_amount",
        "compensation_due": "eu_compensation_due",
        "reduction_percent": "eu_reduction_percent",
        "care": "eu_care",
        "hotel": "eu_hotel",
        "refund": "eu_refund",
        "reroute": "eu_reroute",
        "downgrade_percent": "eu_downgrade_percent",
        "downgrade_sum": "eu_downgrade_sum",
        "voucher": "eu_voucher",
        "disembark": "eu_disembark",
        "expenses": "eu_expenses",
        "expenses_sum": "eu_expenses_sum",
        "meal": "eu_meal",
        "hotel_limited": "eu_hotel_limited",
    },
    "UK261": {
        "applies": "uk_applies",
        "band": "uk_band",
        "amount": "uk_amount",
        "compensation_due": "uk_compensation_due",
        "reduction_percent": "uk_reduction_percent",
        "care": "uk_care",
        "hotel": "uk_hotel",
        "refund": "uk_refund",
        "reroute": "uk_reroute",
        "downgrade_percent": "uk_downgrade_percent",
        "downgrade_sum": "uk_downgrade_sum",
        "voucher": "uk_voucher",
    },
    "US": {
        "applies": "us_applies",
        "significant": "us_significant",
        "refund": "us_refund",
        "refund_days": "us_refund_days",
        "compensation_due": "us_compensation_due",
        "amount": "us_amount",
        "disembark": "us_disembark",
        "tarmac_food": "us_tarmac_food",
        "voucher": "us_voucher",
        "bag_fee": "us_bag_fee",
        "expenses": "us_expenses",
        "expenses_sum": "us_expenses_sum",
    },
    "APPR": {
        "applies": "ca_applies",
        "control": "ca_control",
        "compensation_due": "ca_compensation_due",
        "amount": "ca_amount",
        "care": "ca_care",
        "hotel": "ca_hotel",
        "reroute": "ca_reroute",
        "rerouting": "ca_rerouting",
        "refund": "ca_refund",
        "disembark": "ca_disembark",
    },
    "MC99": {
        "applies": "mc_applies",
        "expenses": "mc_expenses",
        "expenses_sum": "mc_expenses_sum",
        "limit": "mc_limit",
    },
}
"""The fact that holds each right of a regime."""
