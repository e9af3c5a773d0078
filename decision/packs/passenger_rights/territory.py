"""Turns a country and a date into the territories that the scope of a regime speaks of (clauses 3.6, 20.1 and 40.1)."""

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
_OVERSEAS_DEPARTMENTS: Final = frozenset({"GP", "MQ", "GF", "RE", "YT"})
_STATES: Final = {
    **dict.fromkeys(("GP", "MQ", "GF", "RE", "YT", "MF", "BL", "PM", "PF", "NC", "WF"), "FR"),
    **dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), "US"),
    **dict.fromkeys(("AW", "CW", "SX", "BQ"), "NL"),
    **dict.fromkeys(("GL", "FO"), "DK"),
    **dict.fromkeys(("JE", "GG", "IM", "GI", "BM", "KY", "VG", "TC", "FK"), "GB"),
    **dict.fromkeys(("HK", "MO"), "CN"),
    "AX": "FI",
    "SJ": "NO",
}
"""The State to which a place with an ISO code of its own belongs."""
DEPENDENT: Final = frozenset(_STATES)
"""Codes of places that belong to a State of another code."""
# fmt: off
_MONTREAL_PARTIES: Final = frozenset({
    "AE", "AL", "AM", "AR", "AT", "AU", "AZ", "BA", "BB", "BE", "BF", "BG", "BH", "BJ", "BO", "BR", "BW", "BZ", "CA",
    "CD", "CG", "CH", "CI", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CY", "CZ", "DE", "DK", "DO", "EC", "EE", "EG",
    "ES", "ET", "FI", "FJ", "FR", "GA", "GB", "GE", "GH", "GM", "GQ", "GR", "GT", "GY", "HN", "HR", "HU", "ID", "IE",
    "IL", "IN", "IS", "IT", "JM", "JO", "JP", "KE", "KR", "KW", "KZ", "LB", "LK", "LT", "LU", "LV", "MA", "MC", "MD",
    "ME", "MG", "MK", "ML", "MN", "MT", "MU", "MV", "MX", "MY", "MZ", "NA", "NE", "NG", "NL", "NO", "NP", "NZ", "OM",
    "PA", "PE", "PH", "PK", "PL", "PT", "PY", "QA", "RO", "RS", "RU", "RW", "SA", "SC", "SD", "SE", "SG", "SI", "SK",
    "SL", "SN", "SV", "TG", "TH", "TN", "TO", "TR", "UA", "UG", "US", "UY", "VN", "VU", "ZA", "ZM", "ZW",
})
# fmt: on
"""States known to be party to the Montreal Convention; of any other it is not known, never that it is none."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Whether a place is in the territory of EU261 and in the United Kingdom; None where its status is special."""

    eu: bool | None
    uk: bool


def state_of(country: str) -> str:
    """Give the State to which a country code belongs."""
    code = country_code(country)
    return _STATES.get(code, code)


def is_overseas_department(country: str) -> bool:
    """Tell whether a country code is that of a French overseas department."""
    return country_code(country) in _OVERSEAS_DEPARTMENTS


def parties_to_montreal(*countries: str) -> bool | None:
    """Tell whether all these countries belong to States that are party to the Convention; None when not on record."""
    return True if all(state_of(country) in _MONTREAL_PARTIES for country in countries) else None


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
