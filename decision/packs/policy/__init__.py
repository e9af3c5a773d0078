"""Turns a question and passages of documents into an answer made of exact quotes, or into an abstention."""

from decision.packs.policy.pack import PACK

__all__ = ["PACK"]
