from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool, receivers

from .file_text import RECEIVERS, read

TEXT = """\
# A comment may hold anything: canary-7f3a.
global: {resolve_timeout: 3m, smtp_smarthost: 'mail.example.org:587', smtp_from: x@example.org}
route:
  receiver: a
  routes:
    - {receiver: b, matchers: [severity="critical"], mute_time_intervals: [night]}
time_intervals:
  - {name: night, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]}
inhibit_rules: [{source_matchers: [severity=critical], equal: [alertname]}]
streamgauge: {hosts: [10.0.0.0/8], watch: {receiver: b}}
"""


def test_the_file_is_shown_without_its_comments(tmp_path: Path) -> None:
    shown = read(tmp_path, TEXT + RECEIVERS).redacted
    assert "canary" not in shown
    assert "resolve_timeout: 3m" in shown
    assert "# streamgauge:" in shown
    assert "smtp_smarthost: mail.example.org:587" in shown


@needs_amtool
@pytest.mark.prometheus
def test_alertmanagers_tools_read_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "shown.yml"
    path.write_text(read(tmp_path, TEXT + RECEIVERS).redacted)
    assert accepts(path)
    assert receivers(path, {"severity": "critical"}) == ["b"]
