"""Turns a span of numbers into round steps and into places on a line."""

import math
from dataclasses import dataclass
from typing import Final

from service.present.reading import money

_THOUSAND: Final = 1000
_MILLION: Final = 1_000_000
_ROUND: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A span of numbers drawn from `start` to `end`; what lies outside is drawn at its ends."""

    low: float
    high: float
    start: float
    end: float

    def at(self, number: float) -> float:
        """Give the place of a number."""
        reach = (self.high - self.low) or 1.0
        return self.start + (min(max(number, self.low), self.high) - self.low) / reach * (self.end - self.start)

    def ticks(self, most: int = 4) -> list[float]:
        """Give round numbers within the span, at most so many."""
        step = next_round((self.high - self.low) / most)
        first = math.ceil(self.low / step)
        return [n * step for n in range(first, math.floor(self.high / step) + 1)][: most + 1]


def next_round(least: float) -> float:
    """Give the least of 1, 2, 5, 10, 20, ... (and of .5, .2, ...) that is not below a number."""
    if not least > 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * one for one in _ROUND if power * one >= least * (1 - 1e-9))


def short_money(amount: float) -> str:
    """Write an amount of an axis: 180k from ten thousand on, 1.2M from a million on."""
    if abs(amount) >= _MILLION:
        return f"{amount / _MILLION:.4g}M"
    return f"{amount / _THOUSAND:g}k" if abs(amount) >= 10 * _THOUSAND else money(amount)
