from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.event import MINUTE, T0, heartbeat, plain, predictions, traffic

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.fold import add_predictions
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.summary import Summary, nothing
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.state_record import (
    PulseTotal,
    StateRecord,
    UnknownVersionError,
    WindowTotal,
    pack,
    unpack,
)


def series_of(events: list[Prediction]) -> dict[tuple[str, ...], Summary]:
    opened: OpenWindows[Summary] = OpenWindows(Widths(10 * MINUTE, 0, 0))
    add_predictions(opened, events, np.arange(len(events)))
    return {key: one for w in opened.windows.values() for key, one in w.series.items()}


def record(windows: list[WindowTotal]) -> StateRecord:
    return StateRecord(
        partition=3,
        owner="one",
        since=10,
        first=5,
        next=20,
        watermark=T0,
        accepted=9,
        rejected=1,
        late=2,
        windows=windows,
        known={"web": T0},
    )


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(predictions(), max_size=20))
def test_a_summary_comes_back_as_it_was(events: list[Prediction]) -> None:
    held = series_of(events)
    written = state_record.encode(record([WindowTotal(T0, predictions=pack(held.items()))]))
    (window,) = state_record.decode(written).windows
    back = {total.key: unpack(total) for total in window.predictions}
    assert {key: plain(one) for key, one in back.items()} == {
        key: plain(one) for key, one in held.items()
    }


def test_what_comes_back_can_be_added_to() -> None:
    (held, *_) = series_of(traffic(Random(1), 50)).values()
    back = unpack(pack([(("m", "1"), held)])[0])
    assert plain(back.merge(held)) == plain(held.merge(held))
    back.cells += 1


def test_a_summary_of_nothing_is_small() -> None:
    (total,) = pack([(("m", "1"), nothing())])
    assert (total.cells, total.counts) == (b"", b"")
    assert plain(unpack(total)) == plain(nothing())
    assert len(msgspec.msgpack.encode(total)) < 32


def test_heartbeats_come_back_as_they_were() -> None:
    pulse = Pulse()
    pulse.add([heartbeat(instance="a", models={"m@1": True}), heartbeat(instance="b", cpu=1.5)])
    held = record([WindowTotal(T0, pulses=[PulseTotal(("web",), pulse)])])
    assert state_record.decode(state_record.encode(held)) == held


def test_a_record_without_windows_comes_back_as_it_was() -> None:
    assert state_record.decode(state_record.encode(record([]))) == record([])


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_record_of_another_version_is_not_guessed_at(version: int) -> None:
    held = record([])
    held.v = version
    with pytest.raises(UnknownVersionError, match=f"version {version}"):
        state_record.decode(state_record.encode(held))


def test_a_newer_version_is_told_even_if_nothing_else_of_it_is_known() -> None:
    with pytest.raises(UnknownVersionError):
        state_record.decode(msgspec.msgpack.encode({"v": 2, "shape": ["unheard", "of"]}))
