from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool, receivers

from streamgauge.alerting.api.status import routing
from streamgauge.alerting.configuration.redaction import write

from .file_text import RECEIVERS, read

TEXT = """\
# A comment may hold anything: canary-7f3a.
global: {resolve_timeout: 3m, smtp_smarthost: 'mail.example.org:587', smtp_from: x@example.org}
route:
  receiver: a
  routes:
    - {receiver: b, continue: true, matchers: [severity="critical"], mute_time_intervals: [night]}
    - {receiver: a, match: {severity: critical}, match_re: {x: "yes|"}}
time_intervals:
  - {name: night, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]}
inhibit_rules: [{source_matchers: [severity=critical], equal: [alertname]}]
streamgauge: {limits: {notifications_per_minute: 9}, watch: {receiver: b}}
"""


def test_the_file_is_shown_without_its_comments(tmp_path: Path) -> None:
    shown = read(tmp_path, TEXT + RECEIVERS).redacted
    assert "canary" not in shown
    assert "resolve_timeout: 3m" in shown
    assert "notifications_per_minute: '9'" in shown
    assert "smtp_smarthost: mail.example.org:587" in shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://h.example/a/canary?b=c", "https://h.example/<secret>"),
        ("http://h.example:81/", "http://h.example:81"),
        ("https://[::1", "<secret>"),
        ("http://h:port/canary", "<secret>"),
    ],
)
def test_of_an_address_only_the_host_is_shown(address: str, shown: str) -> None:
    text = write({"receivers": [{"name": "a", "webhook_configs": [{"url": address}]}]})
    assert f"url: {shown}\n" in text
    assert "canary" not in text


def test_peers_and_proxies_show_no_secrets_either() -> None:
    peers = {"urls": ["http://canary@a.example:9093/", "https://b.example/canary?x=canary"]}
    proxy = {"http_config": {"proxy_url": "http://canary@proxy.example:3128"}}
    texts = {"text": "see https://canary:canary@wiki.example/page or ada@b.example"}
    configs = {"alertmanager_configs": [peers | proxy], "slack_configs": [texts]}
    text = write({"receivers": [{"name": "a", **configs}]})
    assert "canary" not in text
    for shown in (
        "- http://a.example:9093/<secret>\n",
        "- https://b.example/<secret>\n",
        "proxy_url: http://<secret>@proxy.example:3128\n",
        "text: see https://<secret>@wiki.example/page or ada@b.example\n",
    ):
        assert shown in text


@needs_amtool
@pytest.mark.prometheus
def test_alertmanagers_tools_read_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "shown.yml"
    path.write_text(routing(read(tmp_path, TEXT + RECEIVERS).redacted))
    assert accepts(path)
    assert receivers(path, {"severity": "critical"}) == ["b", "a"]
