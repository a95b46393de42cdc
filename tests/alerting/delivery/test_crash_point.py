"""A process ends at the point that it was told."""

import os
import subprocess
import sys

import pytest

from streamgauge.alerting.delivery import crash_point
from streamgauge.settings import InputError

WALK = "from streamgauge.alerting.delivery.crash_point import pass_point as go\n"


def ends(at: str, steps: str) -> int:
    environ = os.environ | {crash_point.VARIABLE: at}
    return subprocess.run([sys.executable, "-c", WALK + steps], env=environ, check=False).returncode


def test_it_ends_at_the_passing_it_was_told_and_not_before() -> None:
    assert ends("after_send:2", "go('after_send'); go('after_intent'); go('after_send')") == 137
    assert ends("after_send:2", "go('after_send'); go('after_intent')") == 0


@pytest.mark.parametrize("text", ["", "nowhere:1", "after_send", "after_send:0", "after_send:x"])
def test_a_point_that_is_none_is_bad_input(text: str) -> None:
    with pytest.raises(InputError, match="expected one of after_claim"):
        crash_point.read(text)
