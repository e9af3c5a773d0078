"""Turns a disrupted flight into what its passengers are owed: EU261 and UK261."""

from decision.packs.passenger_rights.pack import PACK

__all__ = ["PACK"]
