import numpy as np

from streamgauge.bench.detector.synthetic import WORLDS, worlds


def test_the_frozen_model_errs_only_when_the_new_concept_comes() -> None:
    streams = worlds(1)
    assert len(streams) == 2 * len(WORLDS)
    for stream in streams:
        (change,) = stream.changes
        # Before the change a few events of the new concept may come: 4 % of the sigmoid's width.
        assert stream.reference.mean() == 0.0
        assert stream.values[:change].sum() <= 15
        assert stream.values[-1_000:].mean() > 0.08


def test_the_errors_are_those_that_the_old_concept_makes_in_the_new_world() -> None:
    rates = {stream.name: stream.values[-1_000:].mean() for stream in worlds(2)}
    # Research measured .53 for AGRAWAL from function 0 to 2, and .59 for STAGGER from 0 to 1.
    assert np.isclose(rates["agrawal suddenly"], 0.53, atol=0.08)
    assert np.isclose(rates["stagger suddenly"], 0.59, atol=0.08)
    # Labels of Sine and Mixed are turned round.
    assert rates["sine suddenly"] > 0.98
    assert rates["mixed suddenly"] > 0.98
