"""A notifier is killed at named points and at random moments; the other ends say what came."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from streamgauge.bench import command
from streamgauge.bench.crash_story import Story, Trial
from streamgauge.bench.crash_verdict import Seen, judge, read_text


@pytest.mark.kafka
def test_nothing_is_lost_or_told_the_wrong_way_round_while_the_notifier_is_killed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    # Of a few kills one may well leave a repeat: its share is for the long run.
    with suppress(SystemExit):
        command.bench("crash", seconds=8.0, json=True)
    figures = json.loads(capsys.readouterr().out)["figures"]
    # How many lives there are in so many seconds is up to the machine.
    assert figures["kills"] >= 1
    names = ("lost_firing", "lost_resolved", "duplicate_incidents", "out_of_order")
    assert [figures[name] for name in names] == [0, 0, 0, 0]


def test_no_step_of_a_trial_comes_before_the_one_before_it_was_told() -> None:
    story = Story()
    assert len(list(story.turn(1_000, lambda *_: False))) == 4
    assert list(story.turn(2_000, lambda *_: False, new=False)) == []
    assert {one.state for one in story.turn(3_000, lambda *_: True, new=False)} == {"firing"}
    assert len(list(story.turn(4_000, lambda *_: True, new=False))) == 8


def test_a_verdict_finds_what_was_lost_twice_or_the_wrong_way_round() -> None:
    trial = Trial(0, "email", steps=3)
    first, second = trial.fingerprints()
    seen = [Seen(first, "resolved"), Seen(first, "firing"), Seen(second, "firing")]
    verdict = judge([trial], {"email": seen}, {"email": ["a", "b", "a"]})
    assert (verdict.lost_firing, verdict.lost_resolved, verdict.out_of_order) == (0, 1, 1)
    assert verdict.repeated == {"email": 1}
    assert judge([trial], {}, {}).lost_firing == 2


def test_states_are_read_off_messages_for_people() -> None:
    text = "[FIRING:1] a 000000000000000a-1 b [RESOLVED] c 000000000000000b-1"
    assert read_text(text) == [
        Seen("000000000000000a", "firing"),
        Seen("000000000000000b", "resolved"),
    ]
