from pathlib import Path

import pytest

from streamgauge.alerting.configuration.check import check_config
from streamgauge.settings import InputError

from .file_text import RECEIVERS, ROUTE

TEXT = """\
route:
  receiver: a
  group_by: [alertname]
  routes:
    - {matchers: [severity=critical], receiver: b, group_wait: 0s, continue: true}
    - {match: {team: x}, group_by: ['...'], mute_time_intervals: [night]}
time_intervals: [{name: night}]
streamgauge:
  escalations: [{name: up, chain: [b, a]}]
  digests: [{name: week, receiver: a, weekday: monday}]
  watch: {receiver: b}
"""


def test_it_prints_what_a_file_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notifier.yml"
    path.write_text(TEXT + RECEIVERS)
    check_config(path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "routes",
        "  {everything} -> a by alertname (wait 30s, interval 5m, repeat 4h)",
        '  ├── {severity="critical"} -> b by alertname (wait 0s, interval 5m, repeat 4h), and on',
        '  └── {team="x"} -> a by every label (wait 30s, interval 5m, repeat 4h, mute night)',
        "receivers",
        "  a: a/console",
        "  b: b/console",
        "escalation up: b -> a, every 15m",
        "digest week: a every Monday at 08:00 UTC",
        "watch: b after 2m of silence",
        "0 inhibitions, 1 time intervals, 0 templates",
    ]


def test_it_warns_and_it_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notifier.yml"
    path.write_text(ROUTE + RECEIVERS)
    check_config(path)
    assert "warning: " in capsys.readouterr().out
    path.write_text(ROUTE)
    with pytest.raises(InputError):
        check_config(path)
