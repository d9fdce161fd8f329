"""How long a fake provider takes: one number, or a distribution with a seed."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable


class latency:
    """Draws times in seconds. Two of the same kind and seed give the same times in the same order; safe from any thread."""

    def __init__(self, draw: Callable[[random.Random], float], seed: int = 0) -> None:
        self._draw = draw
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next_s(self) -> float:
        with self._lock:
            return max(0.0, self._draw(self._random))


def fixed(seconds: float) -> latency:
    return latency(lambda _: seconds)


def uniform(least_s: float, most_s: float, seed: int = 0) -> latency:
    return latency(lambda source: source.uniform(least_s, most_s), seed)


def lognormal(median_s: float, sigma: float, seed: int = 0, most_s: float = math.inf) -> latency:
    """Most answers near `median_s`, a few far above it, as providers' are; `most_s` cuts the tail."""
    return latency(lambda source: min(most_s, source.lognormvariate(math.log(median_s), sigma)), seed)
