"""The real-estate pack: what a home would sell for, for a lender's decision."""

from decision.packs.real_estate.pack import PACK

__all__ = ["PACK"]
