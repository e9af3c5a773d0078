"""Turns a country and a date into the territory that a regime's scope speaks of (policy clause 3.6)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

BREXIT: Final = date(2021, 1, 1)
"""First day of flight under UK261, and on which the United Kingdom is a third country (policy clause 3.7)."""
_SINCE_ENACTED: Final = date(2005, 2, 17)

# fmt: off
_MEMBERS_OF_2004: Final = (
    "AT", "BE", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "SE", "SI", "SK",
)
# fmt: on
_JOINED: Final = {
    # Treaty on European Union, with the accession treaties of 2005 (BG, RO) and 2011 (HR).
    **dict.fromkeys(_MEMBERS_OF_2004, date.min),
    "BG": date(2007, 1, 1),
    "RO": date(2007, 1, 1),
    "HR": date(2013, 7, 1),
    # Outermost regions and Aland, which have ISO codes of their own: TFEU Articles 349 and 355(1) and (4).
    **dict.fromkeys(("AX", "GF", "GP", "MQ", "RE", "MF", "BL"), date.min),
    "YT": date(2014, 1, 1),
    # EEA Agreement, Annex XIII; EC-Switzerland air transport agreement, in force for 261/2004 from 1 December 2006.
    "IS": _SINCE_ENACTED,
    "NO": _SINCE_ENACTED,
    "CH": date(2006, 12, 1),
}
_LEFT: Final = {"GB": BREXIT, "BL": date(2012, 1, 1)}
_SPECIAL_COUNTRIES: Final = frozenset({"SJ"})
_SPECIAL_AIRPORTS: Final = frozenset({"ECN", "LYR"})
_ALIASES: Final = {"EL": "GR", "UK": "GB"}


@dataclass(frozen=True, slots=True)
class Territory:
    """Whether a place is in the territory of EU261 and in the United Kingdom; None where its status is special."""

    eu: bool | None
    uk: bool


def territory_of(country: str, day: date, airport: str | None = None) -> Territory:
    """Find the territory of an ISO 3166 country code on a day; some airports have a status of their own."""
    code = country_code(country)
    if code in _SPECIAL_COUNTRIES or airport in _SPECIAL_AIRPORTS:
        return Territory(eu=None, uk=False)
    joined, left = _JOINED.get(code), _LEFT.get(code)
    return Territory(eu=joined is not None and joined <= day and (left is None or day < left), uk=code == "GB")


def country_code(country: str) -> str:
    """Give the ISO 3166 code in capitals; `EL` and `UK`, which European law writes, become GR and GB."""
    code = country.strip().upper()
    return _ALIASES.get(code, code)
