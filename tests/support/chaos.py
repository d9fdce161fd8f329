"""Faults by chance: which of a provider's answers go wrong, and how, decided by one seed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, replace

from support.upstream_script import behaviour, seen_request


@dataclass(frozen=True)
class chance:
    """With probability `probability` the answer is changed by `change`: fields of `behaviour`."""

    probability: float
    change: dict[str, object]
    name: str


class unsettled:
    """A playbook for `fake_upstream.playbook`: most answers as `calm`, the others by one of the chances.

    The n-th request gets the n-th draw of the seed, so a run can be repeated with the same faults in the same order.
    """

    def __init__(self, seed: int, chances: list[chance], calm: behaviour | None = None) -> None:
        if sum(one.probability for one in chances) > 1:
            raise ValueError("the probabilities add up to more than 1")
        self.counts: Counter[str] = Counter()
        self._chances = chances
        self._calm = calm or behaviour()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, _: seen_request) -> behaviour:
        with self._lock:
            drawn = self._random.random()
            for one in self._chances:
                drawn -= one.probability
                if drawn < 0:
                    self.counts[one.name] += 1
                    return replace(self._calm, **one.change)  # type: ignore[arg-type]
            self.counts["calm"] += 1
            return self._calm
