"""Turns a disrupted flight into what its passengers are owed under the laws of five regimes."""

from decision.packs.passenger_rights.pack import PACK

__all__ = ["PACK"]
