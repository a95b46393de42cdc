"""The newest windows of parts, of which there may be ever new ones."""

import numpy as np

from streamgauge.contracts.measure import Part
from streamgauge.contracts.reference import Number
from streamgauge.detectors.window_test import Ruler, Side
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.segment_window import SegmentWindows

MINUTE = 60_000
FIELD = Number(cuts=[0.5], low=0, high=1, least=0, most=1, mean=0.5, deviation=0.5)
EVEN = np.array([[500] * 2 + [0] * 14])
ODD = np.array([[0, 500] + [0] * 14])
YARDSTICK = Yardstick(
    {"age": FIELD},
    {},
    Side(EVEN),
    Side(np.zeros((0, 2))),
    Ruler(np.zeros((1, 512)), np.ones(1)),
    np.zeros((1, 16)),
)
FOUND = Found(
    detector="psi",
    stream="features",
    score=1.0,
    before=0.0,
    after=1.0,
    samples=9,
    reference="one",
    parts=[Part(name="age", share=1.0, score=1.0)],
)


def labels(region: str, version: str = "1") -> dict[str, str]:
    return {"model": "m", "version": version, "region": region}


def put(windows: SegmentWindows, minute: int, region: str, counts: np.ndarray, **more: str) -> None:
    window = Window(counts, np.zeros((0, 2), np.int64))
    reference = more.pop("reference", "one")
    windows.put(labels(region, **more), (minute + 1) * MINUTE, window, reference)


def blamed(windows: SegmentWindows, minute: int) -> list[str]:
    whole = {"model": "m", "version": "1"}
    parts = windows.blame(whole, FOUND, minute * MINUTE, MINUTE, YARDSTICK)
    return [part.name for part in parts]


def test_the_part_that_moved_is_named() -> None:
    windows = SegmentWindows()
    put(windows, 0, "a", EVEN)
    put(windows, 0, "b", ODD)
    assert blamed(windows, 1) == ["region=b"]


def test_parts_that_are_gone_make_room() -> None:
    windows = SegmentWindows(most=4)
    for region in "cdef":
        put(windows, 0, region, EVEN, version="0")
    put(windows, 90, "a", EVEN)
    put(windows, 90, "b", ODD)
    assert blamed(windows, 91) == ["region=b"]


def test_windows_that_stand_by_another_reference_say_nothing() -> None:
    windows = SegmentWindows()
    put(windows, 0, "a", EVEN)
    put(windows, 0, "b", ODD, reference="other")
    assert blamed(windows, 1) == []
