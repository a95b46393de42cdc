"""Thompson sampling: each arm gets traffic in proportion to the chance that it is the best."""

from collections.abc import Mapping

import numpy as np

_DRAWS = 10_000


def allocate(
    trials: Mapping[str, int],
    rewards: Mapping[str, float],
    *,
    floor: float,
    min_trials: int,
    seed: int,
) -> dict[str, float]:
    """Traffic shares of the arms, which add up to 1.

    A reward lies in 0..1. An arm's mean has the posterior Beta(1 + rewards, 1 + trials - rewards)
    under a uniform prior; the shares are the frequencies with which each arm wins over 10,000 draws
    (Thompson, Biometrika 25, 1933). Until every arm has `min_trials` all shares are equal, and none
    falls below `floor`, so that an arm can recover.

    >>> allocate({"a": 0, "b": 0}, {}, floor=0.1, min_trials=1, seed=0)
    {'a': 0.5, 'b': 0.5}
    >>> allocate({"a": 9, "b": 500}, {"a": 1, "b": 400}, floor=0.1, min_trials=1, seed=0)
    {'a': 0.1, 'b': 0.9}
    """
    arms = sorted(trials)
    if min(trials.values()) < min_trials:
        return {arm: 1 / len(arms) for arm in arms}
    rng = np.random.default_rng(seed)
    wins = np.array([min(max(rewards.get(arm, 0.0), 0.0), trials[arm]) for arm in arms])
    losses = np.array([trials[arm] for arm in arms]) - wins
    drawn = rng.beta(1 + wins[:, None], 1 + losses[:, None], (len(arms), _DRAWS))
    share = np.bincount(drawn.argmax(axis=0), minlength=len(arms)) / _DRAWS
    return _raise(dict(zip(arms, share.tolist(), strict=True)), min(floor, 1 / len(arms)))


def _raise(shares: dict[str, float], floor: float) -> dict[str, float]:
    """Lift every share to the floor, at the cost of those above it in proportion.

    Taking from the others can push one of them below; each round fixes at least one more arm.
    """
    low: set[str] = set()
    while True:
        rest = sum(share for arm, share in shares.items() if arm not in low)
        scale = (1 - floor * len(low)) / rest if rest else 0.0
        raised = {arm: floor if arm in low else share * scale for arm, share in shares.items()}
        below = {arm for arm, share in raised.items() if share < floor} - low
        if not below:
            return {arm: round(share, 6) for arm, share in raised.items()}
        low |= below
