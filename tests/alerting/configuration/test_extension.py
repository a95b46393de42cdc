from pathlib import Path

import pytest

from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.plan import Digest, Escalation, Watch
from streamgauge.settings import InputError

from .file_text import RECEIVERS, ROUTE, read

OURS = """\
streamgauge:
  escalations:
    - name: models
      matchers: [severity="critical"]
      chain: [a, b]
      every: 10m
  digests:
    - name: daily
      receiver: b
      matchers: [severity=info]
    - {name: weekly, receiver: a, at: "17:30", weekday: Friday, time_zone: Europe/Berlin, only: no}
  hosts: [Hooks.Example.org, "*.example.net", 10.0.0.0/8, "::1"]
  limits: {notifications_per_minute: 60}
  watch: {receiver: b, after: 90s}
  external_url: https://gauge.example.org/alerts/
""".replace("only: no", "only: false")


def test_our_own_key_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, ROUTE + RECEIVERS + OURS)
    critical, info = read_matcher("severity=critical"), read_matcher("severity=info")
    assert found.plan.escalations == (Escalation("models", (critical,), ("a", "b"), 600_000),)
    assert found.plan.digests == (
        Digest("daily", "b", (info,), 480),
        Digest("weekly", "a", (), 1_050, 4, "Europe/Berlin", only=False),
    )
    assert found.plan.watch == Watch("b", 90_000)
    assert found.hosts == ("hooks.example.org", "*.example.net", "10.0.0.0/8", "::1/128")
    assert found.limits.notifications_per_minute == 60
    assert found.external_url == "https://gauge.example.org/alerts"
    assert not found.warnings


def test_without_our_key_a_file_is_alertmanagers(tmp_path: Path) -> None:
    found = read(tmp_path, ROUTE + RECEIVERS)
    ours = (found.plan.escalations, found.plan.digests, found.plan.watch, found.hosts)
    assert ours == ((), (), None, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "named"),
    [
        ("name: models", "name: ''", 5, "a name that no other has"),
        ("name: weekly", "name: daily", 13, "a name that no other has"),
        ("chain: [a, b]", "chain: []", 7, "at least one receiver"),
        ("chain: [a, b]", "chain: [a, cto]", 7, "'cto': expected one of a, b"),
        ("every: 10m", "every: 0s", 8, "every: expected more than 0"),
        ("every: 10m", "every: soon", 8, "every: 'soon' is no duration"),
        ('severity="critical"', "severity", 6, "is no matcher"),
        ("receiver: b\n", "receiver: c\n", 11, "expected one of a, b"),
        ('"17:30"', '"5 pm"', 13, "at: '5 pm': expected a time"),
        ("Friday", "freitag", 13, "expected a day such as monday"),
        ("Europe/Berlin", "Europe/Atlantis", 13, "expected a time zone"),
        ("10.0.0.0/8", "10.0.0.1/8", 14, "or a network"),
        ("10.0.0.0/8", "https://example.org", 14, "expected a host"),
        ("10.0.0.0/8", "300.1.2.3", 14, "expected a host"),
        ("minute: 60", "minute: 0", 15, "at least 1"),
        ("minute: 60", "minute: many", 15, "Expected int"),
        ("receiver: b, after", "receiver: x, after", 16, "expected one of a, b"),
        ("https://gauge", "ftp://gauge", 17, "http or https"),
        ("  external_url", "  external_uri", 17, "unknown key external_uri"),
    ],
)
def test_a_wrong_extension_is_named_by_line(
    tmp_path: Path, old: str, new: str, line: int, named: str
) -> None:
    assert old in OURS
    with pytest.raises(InputError) as caught:
        read(tmp_path, ROUTE + RECEIVERS + OURS.replace(old, new, 1))
    assert f"alertmanager.yml:{line}: " in str(caught.value)
    assert named in str(caught.value)
