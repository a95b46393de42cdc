"""Rewards on real Kafka and Redis: counted once, whatever dies, and they move the traffic."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.log_sums import write

from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Claims
from streamgauge.embedded import free_port
from streamgauge.settings import Experiment, Settings, Window, Worker
from streamgauge.stream_processors.application import EX_DATAERR, EX_TEMPFAIL

pytestmark = pytest.mark.kafka
STAGES = ("worker", "reward", "allocate", "--no-supervised")


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(
        deployment,
        window=Window(flush=0.2),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
        experiments={
            "e": Experiment(model="m", arms={"good": "1", "bad": "2"}, within=1.0, every=0.3),
            "stars": Experiment(model="n", arms={"good": "1", "bad": "2"}, rating=4, every=0.3),
        },
    )


def receipt(settings: Settings, number: int, experiment: str, arm: str) -> str:
    desk = settings.receipt.desk()
    assert desk
    claims = Claims(
        id=f"{arm}{number}",
        ts=int(time.time() * 1_000),
        model="m",
        version="1",
        prediction=10.0,
        experiment=experiment,
        arm=arm,
    )
    return desk.issue(claims)


def outcome(settings: Settings, number: int, arm: str, truth: float, revision: int = 0) -> bytes:
    return encode(
        Outcome(
            id=f"o{number}",
            ts=int(time.time() * 1_000),
            prediction_id=f"{arm}{number}",
            truth=truth,
            receipt=receipt(settings, number, "e", arm),
            revision=revision,
        )
    )


def totals(settings: Settings, experiment: str) -> dict[str, list[int]]:
    added: dict[str, list[int]] = {}
    with redis.from_url(settings.redis.url) as store:
        held: Any = store.hgetall(f"streamgauge:rewards:{experiment}")
    for raw in held.values():
        for arm, (trials, worth) in msgspec.json.decode(raw)["arms"].items():
            total = added.setdefault(arm, [0, 0])
            total[0] += trials
            total[1] += worth
    return added


def send(settings: Settings, topic: str, values: list[bytes]) -> None:
    producer = Producer(settings.kafka.confluent())
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % settings.kafka.partitions)
    assert producer.flush(60) == 0


def test_rewards_survive_kills_and_a_redis_that_forgets(settings: Settings, tmp_path: Path) -> None:
    first = [outcome(settings, n, "good", 10.5) for n in range(60)]
    first += [outcome(settings, n, "bad", 99.0 if n % 3 else 10.0) for n in range(60)]
    send(settings, "outcomes", first)
    with running(settings, tmp_path, *STAGES):
        wait_until(
            lambda: totals(settings, "e") == {"good": [60, 60_000_000], "bad": [60, 20_000_000]},
            45,
            "the totals",
        )
    send(settings, "outcomes", [outcome(settings, n, "good", 10.0) for n in range(60, 100)])
    with redis.from_url(settings.redis.url) as store:
        store.flushall()
    with running(settings, tmp_path, *STAGES):
        wait_until(
            lambda: totals(settings, "e") == {"good": [100, 100_000_000], "bad": [60, 20_000_000]},
            45,
            "the totals after a kill and an empty Redis",
        )
        wait_until(lambda: allocated(settings).get("good", 0) > 0.9, 30, "traffic to the good arm")


def test_a_corrected_truth_moves_the_totals_and_a_repeat_does_not(
    settings: Settings, tmp_path: Path
) -> None:
    first = [outcome(settings, n, "good", 10.0) for n in range(20)]
    send(settings, "outcomes", first)
    with running(settings, tmp_path, *STAGES):
        wait_until(lambda: totals(settings, "e") == {"good": [20, 20_000_000]}, 45, "the totals")
    better = [outcome(settings, n, "good", 99.0, revision=1) for n in range(12)]
    # From another start on: what was remembered is found again.
    send(settings, "outcomes", first + better)
    with running(settings, tmp_path, *STAGES):
        wait_until(lambda: totals(settings, "e") == {"good": [20, 8_000_000]}, 45, "less")
    assert records.dead_letters(settings) == {}


def allocated(settings: Settings) -> dict[str, float]:
    with redis.from_url(settings.redis.url) as store:
        held: Any = store.get("streamgauge:allocation:e")
    on_topic = [
        one for one in records.of(settings, "allocations", Allocation) if one.experiment == "e"
    ]
    if held is None or not on_topic:
        return {}
    newest = decode(Allocation, held)
    assert newest.version <= max(one.version for one in on_topic)
    return newest.weights


def test_ratings_are_rewards_and_forged_receipts_are_not(
    settings: Settings, tmp_path: Path
) -> None:
    def rating(number: int, arm: str, stars: int) -> bytes:
        return encode(
            Feedback(
                id=f"f{number}",
                ts=int(time.time() * 1_000),
                session="s",
                kind="post_scan_satisfaction",
                rating=stars,
                receipt=receipt(settings, number, "stars", arm),
            )
        )

    send(settings, "feedback", [rating(n, "good", 5) for n in range(10)] + [rating(10, "bad", 2)])
    forged = outcome(settings, 1, "good", 10.0).replace(b'"receipt":"k1.', b'"receipt":"other.')
    assert b"other." in forged
    no_receipt = encode(Outcome(id="o", ts=int(time.time() * 1_000), prediction_id="p", truth=1.0))
    garbage = b"\x00not json"
    send(settings, "outcomes", [forged, garbage, no_receipt, outcome(settings, 2, "good", 10.0)])
    with running(settings, tmp_path, *STAGES):
        wait_until(
            lambda: totals(settings, "stars") == {"good": [10, 10_000_000], "bad": [1, 0]},
            45,
            "ratings",
        )
        wait_until(lambda: totals(settings, "e") == {"good": [1, 1_000_000]}, 30, "the outcome")
        wait_until(lambda: len(records.dead_letters(settings)) == 2, 30, "the dead letters")
    letters = records.dead_letters(settings).values()
    assert {(letter.reason, letter.value) for letter in letters} == {
        ("receipt", forged),
        ("json", garbage),
    }


def test_partitions_change_hands_under_load_and_every_outcome_counts_once(
    settings: Settings, tmp_path: Path
) -> None:
    two = msgspec.structs.replace(
        settings, worker=Worker(port=free_port(), datadir=tmp_path / "two", instance="two")
    )
    sent = 0

    def more(count: int = 40) -> None:
        nonlocal sent
        send(
            settings,
            "outcomes",
            [outcome(settings, n, "good", 10.0) for n in range(sent, sent + count)],
        )
        sent += count

    def counted() -> int:
        return totals(settings, "e").get("good", [0, 0])[0]

    def fed(condition: Callable[[], bool]) -> bool:
        more()
        return condition()

    with running(settings, tmp_path, *STAGES, name="one") as one:
        wait_until(lambda: fed(lambda: counted() > 0), 45, "the first totals")
        with running(two, tmp_path, *STAGES, name="two"):
            log = tmp_path / "two.log"
            wait_until(lambda: fed(lambda: "state log restored" in log.read_text()), 45, "an heir")
            before = counted()
            wait_until(lambda: fed(lambda: counted() > before), 45, "totals of both")
            # By kill -9: what it had counted and not committed is the other's now.
            one.kill()
            more(400)
            wait_until(lambda: counted() >= sent, 60, f"all {sent} outcomes")
            with running(settings, tmp_path, *STAGES, name="three"):
                more(400)
                wait_until(lambda: counted() >= sent, 60, f"all {sent} outcomes again")
    assert totals(settings, "e") == {"good": [sent, sent * 1_000_000]}
    assert records.dead_letters(settings) == {}
    assert records.alerts(settings) == []


def test_a_state_of_the_first_format_is_refused_with_a_page(
    settings: Settings, tmp_path: Path
) -> None:
    former = {"v": 1, "partition": 1, "next": 7, "totals": {"e": {"good": [3, 2_000_000]}}}
    write(settings.kafka, "state.reward.outcomes", msgspec.msgpack.encode(former), partition=1)
    with running(settings, tmp_path, *STAGES) as worker:
        assert worker.wait(60) == EX_DATAERR
    (alert,) = records.alerts(settings)
    assert (alert.rule, alert.labels["stage"]) == ("state_refused", "reward")
    assert "first format" in alert.annotations["description"]
    assert totals(settings, "e") == {}


def test_a_batch_that_breaks_us_is_not_dropped(settings: Settings, tmp_path: Path) -> None:
    # Where the join keeps a list, somebody else has put a string: Redis refuses the question.
    with redis.from_url(settings.redis.url) as store:
        store.set("streamgauge:join:p:good0", "not a list")
        send(settings, "outcomes", [outcome(settings, 0, "good", 10.0)])
        with running(settings, tmp_path, *STAGES) as worker:
            assert worker.wait(60) == EX_TEMPFAIL
        assert "a batch broke us" in (tmp_path / "process.log").read_text()
        store.delete("streamgauge:join:p:good0")
    with running(settings, tmp_path, *STAGES):
        wait_until(lambda: totals(settings, "e") == {"good": [1, 1_000_000]}, 45, "the outcome")


def test_a_worker_without_redis_says_so_and_exits(settings: Settings, tmp_path: Path) -> None:
    nowhere = msgspec.structs.replace(
        settings.redis, url=f"redis://127.0.0.1:{free_port()}/0", start_timeout=1.0
    )
    with running(
        msgspec.structs.replace(settings, redis=nowhere), tmp_path, "worker", "reward"
    ) as worker:
        assert worker.wait(60) == 69
    assert "Redis" in (tmp_path / "process.log").read_text()


def test_a_worker_without_kafka_says_so_and_exits(settings: Settings, tmp_path: Path) -> None:
    nowhere = msgspec.structs.replace(
        settings.kafka, brokers=f"127.0.0.1:{free_port()}", start_timeout=1.0
    )
    with running(
        msgspec.structs.replace(settings, kafka=nowhere), tmp_path, "worker", "measure"
    ) as worker:
        assert worker.wait(60) == 69
    assert "Kafka" in (tmp_path / "process.log").read_text()
