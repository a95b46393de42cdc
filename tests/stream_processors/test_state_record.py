from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.event import MINUTE, T0, folded, heartbeat, plain, predictions, traffic

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.sample import FEATURES, SIZE, Draw, Drawn, Features, carried
from streamgauge.metrics.total import Total
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.log_record import UnknownVersionError
from streamgauge.stream_processors.measured import MeasuredSums
from streamgauge.stream_processors.state_record import VERSION, Body, pack, unpack

SHAPE = summary.shape()
DAY = Widths(24 * 60 * MINUTE, 0, 0)


def total_of(events: list[Prediction]) -> Total:
    totals = list(folded([events], DAY).totals.values())
    return totals[0] if totals else Total(SHAPE, fine=True)


def through(total: Total, rows: int) -> Total:
    """A total as it comes back from parts of so many rows, through bytes."""
    back = Total(SHAPE, fine=total.profile.fine)
    parts = list(pack(MINUTE, T0, total, rows=rows))
    for body in (state_record.decode(state_record.encode(Body(totals=[one]))) for one in parts):
        for part in body.totals:
            assert (part.width, part.start) == (MINUTE, T0)
            back.add(unpack(part, SHAPE))
    return back


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(predictions(), max_size=20), st.sampled_from((1, 3, 64)))
def test_a_total_comes_back_as_it_was(events: list[Prediction], rows: int) -> None:
    total = total_of(events)
    assert plain(through(total, rows)) == plain(total)


def test_a_coarse_total_comes_back_as_it_was() -> None:
    coarse = Total(SHAPE)
    coarse.add(total_of(traffic(Random(3), 80)))
    assert not coarse.profile.fine
    assert len(coarse.profile)
    assert plain(through(coarse, 2)) == plain(coarse)


def test_what_comes_back_can_be_added_to() -> None:
    total = total_of(traffic(Random(1), 50))
    back, twice = through(total, 64), through(total, 64)
    back.add(total)
    twice.add(through(total, 1))
    assert plain(back) == plain(twice) != plain(total)


def test_samples_of_many_features_are_cut_into_parts_that_a_log_takes() -> None:
    # Seed 9.
    random = Random(9)
    total = Total(SHAPE)
    for model in range(12):
        key = (f"m{model}", "1")
        total.series.place([key])
        texts: list[Features] = [
            {f"f{feature}": random.randbytes(20).hex() for feature in range(FEATURES)}
            for _ in range(SIZE)
        ]
        pool = [
            Drawn(at, f"p{at}", T0, None, None, 0, held) for at, held in enumerate(carried(texts))
        ]
        total.series.add_draw(key, Draw.of(pool))
    parts = list(pack(MINUTE, T0, total, rows=64))
    assert len(parts) > 1
    assert max(len(state_record.encode(Body(totals=[one]))) for one in parts) < 4_000_000
    assert plain(through(total, 64)) == plain(total)


def test_a_total_of_nothing_is_no_part() -> None:
    assert list(pack(MINUTE, T0, Total(SHAPE))) == []


def test_few_events_take_few_bytes() -> None:
    total = total_of(traffic(Random(2), 3))
    written = state_record.encode(Body(totals=list(pack(MINUTE, T0, total))))
    assert total.nbytes > 100_000
    assert len(written) < 3_000


def test_heartbeats_come_back_as_they_were() -> None:
    pulse = Pulse()
    pulse.add([heartbeat(instance="a", models={"m@1": True}), heartbeat(instance="b", cpu=1.5)])
    total = Total(SHAPE)
    total.add_pulses({("web",): pulse, ("batch",): pulse})
    assert through(total, 1).pulses == total.pulses


def test_counts_come_back_as_they_were() -> None:
    body = Body(watermark=T0, lag=3, accepted=9, rejected={"json": 1}, late=2, known={"web": T0})
    assert state_record.decode(state_record.encode(body)) == body


@pytest.mark.parametrize("version", [0, VERSION + 1, 99])
def test_a_body_of_another_version_is_not_guessed_at(version: int) -> None:
    with pytest.raises(UnknownVersionError, match=f"version {version}"):
        state_record.decode(state_record.encode(Body(v=version)))


def test_versions_side_by_side_read_what_both_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """While workers are replaced, the newer ones write the older version, and read both."""
    bodies = [state_record.encode(Body(v=v, accepted=v)) for v in (VERSION, VERSION + 1, VERSION)]
    with pytest.raises(UnknownVersionError):
        state_record.decode(bodies[1])
    monkeypatch.setattr(state_record, "KNOWN", frozenset({VERSION, VERSION + 1}))
    sums = MeasuredSums(SHAPE, DAY)
    total = sums.empty()
    for body in bodies:
        total = sums.add(total, body)
    assert total.accepted == 3 * VERSION + 1


def test_a_body_of_an_older_metric_list_is_read_and_of_a_newer_one_refused() -> None:
    older = SHAPE._replace(full=Layout(summary.FULL.metrics[:-1], summary.FULL.named))
    total = Total(older, fine=True)
    (key,) = total_of(traffic(Random(4), 1)).series.rows
    row = total.series.place([key])[0]
    total.series.column("cells")[row] = range(1, older.full.width + 1)
    (part,) = pack(MINUTE, T0, total)
    back = unpack(part, SHAPE).series
    assert back.column("cells")[0, : older.full.width].tolist() == list(
        range(1, older.full.width + 1)
    )
    assert not back.column("cells")[0, older.full.width :].any()
    back.column("cells")[0, -1] = 1
    full = Total(SHAPE)
    full.series.add(back)
    (newer,) = pack(MINUTE, T0, full)
    with pytest.raises(UnknownVersionError, match="newer version"):
        unpack(newer, older)


def test_a_column_that_nobody_knows_is_not_left_out() -> None:
    (part, *_) = pack(MINUTE, T0, total_of(traffic(Random(5), 4)))
    assert part.series is not None
    part.series.columns["unheard of"] = part.series.columns["as_of"]
    with pytest.raises(UnknownVersionError):
        unpack(part, SHAPE)


def test_the_version_is_told_even_if_nothing_else_is_known() -> None:
    import cramjam

    strange = bytes(cramjam.zstd.compress(msgspec.msgpack.encode({"v": 7, "shape": ["unheard"]})))
    with pytest.raises(UnknownVersionError):
        state_record.decode(strange)
