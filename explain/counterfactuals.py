"""Turns a decided case into the smallest changes of one fact that change its outcome, each found by deciding again."""

from retrieval.corpus import Value


class Counterfactual(Value):
    """One change of one fact, and what would then come out, both in plain words."""

    change: str
    outcome: str
