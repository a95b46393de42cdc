import json
from contextlib import suppress
from pathlib import Path

import pytest
from tests.requirement import allowed

from streamgauge.bench import command
from streamgauge.bench.outcome import Outcome
from streamgauge.bench.promise import Promise, judge, promises, table
from streamgauge.settings import InputError

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def test_the_page_shows_the_promises_that_the_benches_are_held_to() -> None:
    assert table() in PAGE.read_text("utf-8")


def test_every_promise_can_be_compared_and_has_its_bench() -> None:
    folder = Path(command.__file__).parent
    for promise in promises():
        assert isinstance(promise.holds(1.0), bool)
        assert (folder / f"{promise.bench}.py").is_file()


def test_a_broken_promise_and_a_missing_figure_are_told() -> None:
    assert judge("emit", Outcome(figures={"median_us": 4.0, "overhead_share": 0.001})) == []
    broken = judge("emit", Outcome(figures={"median_us": 6.0}))
    assert broken == [
        "median_us is 6, promised <= 5",
        "overhead_share was not measured",
    ]


def test_a_peer_that_was_left_out_is_not_judged() -> None:
    assert judge("ingest", Outcome(figures={"events_per_s": 1.0})) == []
    assert judge("ingest", Outcome(figures={}, ratios={"vs_stock-faust": 3.0}))


def test_what_is_promised_if_asked_for_is_judged_only_then() -> None:
    promise = Promise("ingest", "small_batches_share", ">= 0.9 if asked")
    assert promise.holds(0.9)
    assert not promise.holds(0.8)
    assert promise in promises()
    assert judge("ingest", Outcome(figures={}, ratios={"small_batches_share": 0.8}))


def test_the_answer_is_one_object() -> None:
    told = command.as_json("emit", Outcome(figures={"a": 1.0}, notes=["n"]), ["b is 2"])
    assert json.loads(told) == {
        "bench": "emit",
        "figures": {"a": 1.0},
        "ratios": {},
        "pass": False,
        "notes": ["n", "b is 2"],
    }


def test_a_bench_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match=r"expected one of .*detectors, emit, .*ingest"):
        command.bench("speed")
    with pytest.raises(InputError, match="--events of at least 1"):
        command.bench("emit", events=0)


@pytest.mark.kafka
def test_emit_is_measured_on_a_running_broker(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    # The figures of a busy machine prove nothing; that they are there and sane does.
    with suppress(SystemExit):
        command.bench("emit", events=5_000, seconds=0.5, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["bench"] == "emit"
    assert 0.5 < told["figures"]["median_us"] < allowed(50)
    assert {"p99_us", "overhead_share", "p95_on_ms", "p95_off_ms"} <= set(told["figures"])
