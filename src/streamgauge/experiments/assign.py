"""Which arm a unit sees: a pure hash, the same in every service, without a table."""

import math
from collections.abc import Mapping

import mmh3

_SPACE = 2.0**64


def assign(experiment: str, unit: str, weights: Mapping[str, float]) -> str:
    """The arm of a unit (a user, or a request), sticky while the weights stand still.

    Weighted rendezvous hashing: each arm draws -ln(u)/weight, an exponential clock of its rate, and
    the first to ring wins, so arm i wins with probability w_i / sum(w) (the minimum of independent
    exponentials). When one arm's weight grows, units move to it and nowhere else.

    >>> assign("e", "user-1", {"a": 0.5, "b": 0.5}) == assign("e", "user-1", {"b": 0.5, "a": 0.5})
    True
    """
    chosen, first = "", math.inf
    for arm, weight in weights.items():
        if weight <= 0:
            continue
        drawn = mmh3.hash64(f"{experiment}\x1f{arm}\x1f{unit}", signed=False)[0]
        rings = -math.log((drawn + 1) / (_SPACE + 1)) / weight
        if rings < first or (rings == first and arm < chosen):
            chosen, first = arm, rings
    if not chosen:
        raise ValueError(f"experiment {experiment}: no arm has a weight above 0")
    return chosen
