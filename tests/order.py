"""In which order several processes share the tests: what takes long begins first.

A file is the unit of work, for what its tests share is then made once. The tests of some files
share nothing but what a whole process shares, and wait for other processes most of the time: each
of them is a unit of its own. Without this order they would come last, while others are idle.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# About how many seconds each of their tests takes where four processes share two cores.
EACH_TEST = {
    "tests/stream_processors/test_measure.py": 45,
    "tests/stream_processors/test_recovery.py": 40,
    "tests/stream_processors/test_poison.py": 9,
    "tests/bench/test_exact.py": 35,
    "tests/e2e/test_drift_pin.py": 35,
    "tests/stream_processors/test_reprocess.py": 30,
    "tests/stream_processors/test_generation.py": 30,
    "tests/e2e/test_whole_way.py": 30,
    "tests/e2e/test_drift_replay.py": 30,
    "tests/stream_processors/test_label_measure.py": 30,
    "tests/audit/test_command.py": 8,
    "tests/stream_processors/test_detect.py": 20,
    "tests/stream_processors/test_reward.py": 15,
    "tests/stream_processors/test_log_loss.py": 15,
    "tests/alerting/test_notifier.py": 14,
    "tests/stream_processors/test_clock.py": 14,
    "tests/archive/test_process.py": 13,
    "tests/stream_processors/test_takeover.py": 12,
    "tests/kafka/test_broker.py": 12,
    "tests/bench/test_kafka_node.py": 11,
    "tests/stream_processors/test_transport.py": 12,
    "tests/stream_processors/test_health.py": 12,
    "tests/alerting/dead_letter/test_command.py": 11,
    "tests/producers/test_connection.py": 10,
    "tests/dashboard/test_live.py": 9,
    "tests/archive/test_crash.py": 8,
    "tests/models/test_serve.py": 8,
    "tests/bench/test_command.py": 8,
    "tests/dashboard/test_browser.py": 5,
}
WHOLE_FILE = {
    # Two demos that start at once want the same ports.
    "tests/demo/test_command.py": 80,
    "tests/bench/test_contest.py": 100,
    "tests/stream_processors/test_partitioning.py": 60,
    "tests/stream_processors/test_keeper.py": 45,
    "tests/stream_processors/test_batch_reader.py": 42,
    "tests/bench/test_detectors.py": 35,
    "tests/alerting/routing/test_alertmanager.py": 30,
    "tests/baseline/test_training_file.py": 26,
    "tests/models/test_scan.py": 25,
    "tests/alerting/judging/test_judge_replay.py": 23,
    "tests/dashboard/test_baseline.py": 22,
    "tests/test_wheel.py": 22,
    "tests/models/test_endpoint.py": 22,
    "tests/alerting/api/test_process.py": 20,
    "tests/stream_processors/test_label_store.py": 19,
    "tests/stream_processors/test_watch_season.py": 19,
    "tests/stream_processors/test_log_owner.py": 18,
    "tests/models/test_follower.py": 18,
    "tests/dashboard/test_app.py": 17,
    "tests/stream_processors/test_fold_day.py": 13,
    "tests/promises/test_metric_promises.py": 13,
    "tests/metrics/test_kernel.py": 13,
    "tests/alerting/test_tail.py": 11,
}


class Slowest(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """Files stay whole, but for those whose tests are units of their own."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return nodeid if file in EACH_TEST else file


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests by what they cost; a run of one process keeps the order that it has."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -_cost(item.nodeid.partition("::")[0]))


def _cost(file: str) -> int:
    return EACH_TEST.get(file, 0) or WHOLE_FILE.get(file, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Slowest | None:
    """Where files are to stay whole: in the order of the tests, not by how many a file has."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Slowest(config, log)
