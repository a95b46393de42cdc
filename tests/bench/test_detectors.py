import json
from contextlib import suppress

import pytest

from streamgauge.bench import command
from streamgauge.bench.detector.candidate import RATE, candidates
from streamgauge.bench.detector.scorecard import Effort, score

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
    effort = Effort(changes=1, worlds=0, calm=2_000, matched=(0, 0), timed=0)
    (rate,) = [candidate for candidate in candidates() if candidate.name == RATE]
    one, other = (score(rate, effort)._replace(us_per_event=0.0) for _ in range(2))
    assert one == other
