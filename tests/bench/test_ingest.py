import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streamgauge.bench import ingest, java_peer, traffic
from streamgauge.bench.backing import Backing
from streamgauge.bench.ingest import Ingest, prepared
from streamgauge.bench.peer.report import Checksum, Pace, Work
from streamgauge.bench.program import timed
from streamgauge.bench.traffic import Filled, Shape
from streamgauge.settings import InputError, UnavailableError

ROOT = Path(__file__).parents[2]
TOPICS: dict[Work, str] = {"full": "predictions", "counts": "outcomes"}


def test_what_cannot_be_measured_is_told() -> None:
    with pytest.raises(InputError, match="'spark' is not one of stock-faust, plain, kafka-streams"):
        ingest.run(peers=("spark",))
    with pytest.raises(InputError, match="--features of 1 to 256"):
        ingest.run(features=0)
    with pytest.raises(InputError, match="--poison"):
        ingest.run(poison=1.0)


def test_without_maven_a_java_peer_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java")
    (tmp_path / "java").symlink_to(java)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="--peers flink: there is no mvn"):
        java_peer.build(["flink"])
    monkeypatch.setattr(java_peer, "SOURCES", tmp_path)
    with pytest.raises(InputError, match="this is no checkout"):
        java_peer.build(["flink"])


@pytest.mark.kafka
def test_a_program_that_counts_something_else_fails_the_bench(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    with prepared() as (broker, _):
        bench = Ingest(broker, seconds=5.0)
        bench.fill(Shape(events=4_000, features=2))
        wrong = Pace(1, 1.0, 1.0, checksum=Checksum(3_999, 0, 0))
        monkeypatch.setattr(ingest, "timed", lambda *_: wrong)
        monkeypatch.setattr(bench, "ours", lambda: wrong)
        with pytest.raises(RuntimeError, match=r"plain counted .*events=3999"):
            bench.compare(("plain",), "full")


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
@pytest.mark.parametrize("work", ["counts", "full"])
@pytest.mark.parametrize("peer", ["stock-faust", "plain", "kafka-streams", "flink"])
def test_every_peer_counts_what_is_there_and_refuses_the_poison(
    peer: str, work: Work, filled: tuple[Backing, dict[Work, Filled]]
) -> None:
    if peer in java_peer.PEERS:
        if reason := java_peer.obstacle():
            pytest.skip(f"{peer}: {reason}")
        java_peer.build([peer])
    broker, streams = filled
    bench = Ingest(broker, seconds=60.0)
    bench.take(streams[work])
    job = msgspec.structs.replace(bench.job(work, peer), topic=TOPICS[work])
    pace = timed(peer, job, 120.0)
    assert pace.checksum == streams[work].truth(work)
    assert pace.cpu > 0 < pace.maximum_rss_mb
