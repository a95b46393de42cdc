import numpy as np

from streamgauge.bench.detector.simulated import FEATURES, table_change
from streamgauge.bench.detector.stream import REFERENCE, Stream
from streamgauge.bench.detector.tabled import tabled
from streamgauge.contracts.reference import GROUPS

SEED = 20261121


def test_each_window_has_the_groups_of_its_rows() -> None:
    before = np.column_stack([np.arange(1.0, 1_601.0), np.arange(1_600.0, 0.0, -1.0)])
    rows = np.array([[1.0, 1_600.0], [100.0, 100.0], [101.0, 1.0]])
    made = tabled(Stream("s", "table", rows, before), size=2)
    assert made.names == ["f00", "f01"]
    assert made.ends.tolist() == [2, 3]
    assert made.before.tolist() == [[100] * GROUPS] * 2
    assert made.groups.shape == (2, 2, GROUPS)
    assert made.groups[0, 0].nonzero()[0].tolist() == [0]
    assert made.groups[0, 1].nonzero()[0].tolist() == [0, 15]
    assert made.groups[1, :, :2].tolist() == [[0, 1], [1, 0]]


def test_no_value_is_lost_and_only_the_feature_that_moves_does() -> None:
    stream = table_change(1.0, 1.0, np.random.default_rng(SEED))
    made = tabled(stream)
    assert (made.groups.sum(axis=2) == 100).all()
    assert (made.before.sum(axis=1) == REFERENCE).all()
    old, new = made.groups[:50].sum(axis=0), made.groups[50:].sum(axis=0)
    far = np.abs(old / old.sum(axis=1, keepdims=True) - new / new.sum(axis=1, keepdims=True))
    assert far.sum(axis=1).argmax() == stream.moved
    assert len(far) == FEATURES
