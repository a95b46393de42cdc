from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streamgauge.bench import contest, java_peer, traffic
from streamgauge.bench.backing import Backing
from streamgauge.bench.contest import Contest, prepared
from streamgauge.bench.peer.report import Checksum, Pace, Work
from streamgauge.bench.program import PEERS, timed
from streamgauge.bench.traffic import Filled, Shape

ROOT = Path(__file__).parents[2]
TOPICS: dict[Work, str] = {"full": "predictions", "counts": "outcomes"}


@pytest.mark.kafka
def test_a_program_that_counts_something_else_fails_the_bench(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    with prepared() as (broker, _):
        made = Contest(broker, seconds=5.0)
        made.fill(Shape(events=4_000, features=2))
        wrong = Pace(1, 1.0, 1.0, checksum=Checksum(3_999, 0, 0))
        monkeypatch.setattr(contest, "timed", lambda *_: wrong)
        monkeypatch.setattr(made, "ours", lambda: wrong)
        with pytest.raises(RuntimeError, match=r"plain counted .*events=3999"):
            made.compare(("plain",), "full")


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Backing, dict[Work, Filled]]]:
    """A broker with a stream for each kind of work: who only counts does not look at every field,
    so cannot refuse every poison."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        with prepared() as (broker, _):
            shape = Shape(events=5_000, series=6)
            poisoned = Shape(events=5_000, series=6, poison=0.2)
            kafka = broker.kafka
            yield (
                broker,
                {
                    "full": traffic.fill(kafka, TOPICS["full"], poisoned),
                    "counts": traffic.fill(kafka, TOPICS["counts"], shape),
                },
            )


@pytest.mark.kafka
def test_a_peer_that_takes_minutes_reads_a_shorter_stream(
    filled: tuple[Backing, dict[Work, Filled]], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, streams = filled
    monkeypatch.setattr(contest, "_SLOW", "plain")
    monkeypatch.setattr(contest, "_SHORT", 16_000)
    made = Contest(broker, seconds=60.0)
    made.take(streams["full"])
    monkeypatch.setattr(made, "ours", lambda: Pace(1, 1.0, 1.0))
    made.compare(("plain",), "full")
    assert made.job("full", "plain").total == 2_000
    counted = made.paces["plain"].checksum
    assert counted is not None
    assert counted.events + counted.rejected == 2_000
    assert made.job("counts", "plain").total == made.job("full", "stock-faust").total == 5_000


@pytest.mark.kafka
@pytest.mark.parametrize("work", ["counts", "full"])
@pytest.mark.parametrize("peer", PEERS)
def test_every_peer_counts_what_is_there_and_refuses_the_poison(
    peer: str, work: Work, filled: tuple[Backing, dict[Work, Filled]]
) -> None:
    if peer in java_peer.PEERS:
        if reason := java_peer.obstacle():
            pytest.skip(f"{peer}: {reason}")
        java_peer.build([peer])
    broker, streams = filled
    made = Contest(broker, seconds=60.0)
    made.take(streams[work])
    job = msgspec.structs.replace(made.job(work, peer), topic=TOPICS[work])
    pace = timed(peer, job, 600.0)
    assert pace.checksum == streams[work].truth(work)
    assert pace.cpu > 0 < pace.maximum_rss_mb
