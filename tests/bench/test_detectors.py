import json
from contextlib import suppress

import pytest

from streamgauge.bench import command, detectors
from streamgauge.bench.detector.candidate import candidates

FIGURES = ("precision", "recall", "median_delay", "false_alarms_per_million", "us_per_event")


def test_the_scorecard_has_all_figures_of_all_detectors_and_tells_the_dummy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # What a short run promises proves nothing; that every figure is there and sane does.
    with suppress(SystemExit):
        command.bench("detectors", quick=True, matched=True, json=True)
    figures = json.loads(capsys.readouterr().out)["figures"]
    for candidate in candidates():
        for figure in FIGURES:
            assert f"{candidate.name}_{figure}" in figures
        assert 0.0 <= figures[f"{candidate.name}_precision"] <= 1.0
    assert figures["always_fire_recall"] == 1.0
    assert figures["always_fire_precision"] < 0.02
    assert figures["always_fire_false_alarms_per_million"] == 20_000
    assert figures["delay_x3"] <= figures["delay_x2"] <= figures["delay_x1_5"] <= 3_000
    assert figures["matched_slower"] > 0
    assert figures["adwin_precision"] > 0.9
    assert figures["adwin_false_alarms_per_million"] < 100


def test_the_same_run_finds_the_same() -> None:
    one, other = (detectors.run(events=2_000, quick=True).figures for _ in range(2))
    timed = [name for name in one if name.endswith("_us") or "us_per_event" in name]
    for name in timed:
        del one[name], other[name]
    assert one == other
