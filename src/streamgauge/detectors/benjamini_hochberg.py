"""Benjamini-Hochberg: which of many tests found something, with few false ones among those."""

import numpy as np

from streamgauge.detectors.window_test import Floats


def adjust(p: Floats) -> Floats:
    """p-values that can be compared with the share of false findings that one accepts.

    Benjamini, Hochberg: "Controlling the False Discovery Rate", 1995. Where nothing has moved at
    all, the chance that any adjusted p is below q is at most q. NaN is not tested and stays NaN.

    >>> adjust(np.array([0.01, np.nan, 0.04, 0.03])).round(3).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    order = np.argsort(p)
    tested = int(np.count_nonzero(~np.isnan(p)))
    ranked = p[order[:tested]] * (tested / np.arange(1, tested + 1))
    told = np.full(len(p), np.nan)
    told[order[:tested]] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return told


def adjust_e(e: Floats) -> Floats:
    """The same for e-values, which need not be independent: e-BH (Wang, Ramdas, 2022).

    An e-value is evidence that is at most one on average where nothing has moved, such as the state
    of an e-process. What is at most q has been found; NaN stays NaN.

    >>> adjust_e(np.array([100.0, 1.0, 0.0])).tolist()
    [0.03, 1.0, 1.0]
    """
    with np.errstate(divide="ignore"):
        return adjust(1 / np.asarray(e, np.float64))
