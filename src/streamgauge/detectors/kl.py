"""KL: how surprising the current window makes the reference look."""

import numpy as np
from scipy import special

from streamgauge.detectors.psi import JEFFREYS
from streamgauge.detectors.window_test import Found, Sides, WindowTest


class Kl(WindowTest, frozen=True, tag="kl"):
    """Kullback-Leibler divergence of the reference p from the current q: sum of p ln(p / q), nats.

    `prior` is added to each used bin on both sides; without it a bin that is empty now makes the
    divergence infinite.

    >>> Kl(prior=0).compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.0523248144]
    """

    prior: float = JEFFREYS

    def measure(self, sides: Sides) -> Found:
        smooth = sides.smooth(self.prior)
        if self.prior > 0:
            told = -np.vecdot(smooth.reference, smooth.log_ratio)
        else:
            told = special.rel_entr(smooth.reference, smooth.current).sum(axis=1)
        return Found(sides.told(np.maximum(told, 0.0)), sides.no_p)
