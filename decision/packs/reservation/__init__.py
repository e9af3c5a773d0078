"""Turns a request about a reservation into what one carrier's own policy makes of it."""

from decision.packs.reservation.pack import PACK

__all__ = ["PACK"]
