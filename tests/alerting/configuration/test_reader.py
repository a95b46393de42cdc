from pathlib import Path

import pytest

from streamgauge.alerting.configuration import default, load
from streamgauge.settings import InputError

GOOD = """\
global:
  smtp_smarthost: 127.0.0.1:2525
  smtp_from: streamgauge <alerts@example.org>
  smtp_require_tls: false
  slack_api_url_file: webhook
route:
  receiver: team
  routes:
    - matchers: ['severity="critical"']
      receiver: pager
      continue: true
    - matchers: [severity=~"warning|critical"]
receivers:
  - name: team
    console_configs: [{}]
    email_configs:
      - to: a@example.org, b@example.org
      - to: c@example.org
        send_resolved: false
  - name: pager
    slack_configs:
      - retry_for: 10m
"""
CANARY = "https://hooks.example.org/services/T0/B0/canary-7f3a"
# What is replaced by what, the line of the error, and what it names.
WRONG = [
    ("route:\n  receiver: team", "route:\n  receiver: nobody", 7, "expected one of team, pager"),
    ("      receiver: pager\n", "      receiver: pgr\n", 10, "'pgr'"),
    ("continue: true", "group_with: [x]", 11, "unknown key group_with"),
    ("continue: true", "continue: perhaps", 11, "expected true or false"),
    ('severity="critical"\'', "severity is critical'", 9, "is no matcher"),
    (
        "console_configs: [{}]",
        "pager_configs: [{}]",
        15,
        "unknown kind pager_configs; expected one of",
    ),
    ("console_configs: [{}]", "console_configs: [{colour: red}]", 15, "unknown key colour"),
    ("  - name: pager", "  - name: team", 20, "that no other has"),
    ("a@example.org, b@example.org", "everybody", 17, "expected an address"),
    ("retry_for: 10m", "retry_for: a while", 22, "'a while' is no duration"),
    ("retry_for: 10m", "api_url_file: nowhere", 22, "No such file"),
    ("127.0.0.1:2525", "mail.example.org:25", 17, "for this machine only"),
    ("127.0.0.1:2525", "localhost", 17, "expected host:port"),
    ("  slack_api_url_file: webhook\n", "", 21, "slack_api_url_file"),
    ("slack_api_url_file: webhook", f"slack_api_url: {CANARY}", 5, "use slack_api_url_file"),
    ("smtp_require_tls: false", "smtp_helo: x", 4, "unknown key smtp_helo"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhook").write_text(CANARY + "\n")
    return tmp_path


def test_a_file_becomes_routes_and_targets(folder: Path) -> None:
    path = folder / "notifier.yml"
    path.write_text(GOOD)
    found = load(path)
    assert list(found.targets) == [
        "team/console",
        "team/email",
        "team/email-2",
        "pager/slack",
    ]
    assert [aim.send_resolved for aim in found.plan.receivers["team"]] == [True, True, False]
    assert found.targets["pager/slack"].patience == 600
    reached = [route.receiver for route in found.plan.route.find({"severity": "critical"})]
    assert reached == ["pager", "team"]


@pytest.mark.parametrize(("old", "new", "line", "named"), WRONG)
def test_a_wrong_file_is_named_by_line_and_tells_no_secret(
    folder: Path, old: str, new: str, line: int, named: str
) -> None:
    path = folder / "notifier.yml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert named in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("address", ["http://hooks.example.org/x", "ftp://127.0.0.1/x", "nothing"])
def test_a_webhook_goes_over_https_or_stays_here(folder: Path, address: str) -> None:
    (folder / "webhook").write_text(address)
    path = folder / "notifier.yml"
    path.write_text(GOOD)
    with pytest.raises(InputError, match="expected an https address"):
        load(path)


def test_without_a_file_everything_is_printed_at_once() -> None:
    found = default()
    assert list(found.targets) == ["console/console"]
    assert found.plan.route.group_wait == 0


def test_a_file_that_alertmanager_has_but_we_cannot_tell_names_the_way(folder: Path) -> None:
    path = folder / "notifier.yml"
    path.write_text(GOOD.replace("console_configs: [{}]", "opsgenie_configs: [{}]"))
    with pytest.raises(InputError, match=r"yml:15: Alertmanager's opsgenie .* apprise"):
        load(path)


def test_http_config_of_global_holds_for_receivers_without_their_own(folder: Path) -> None:
    path = folder / "notifier.yml"
    text = GOOD.replace(
        "global:\n", "global:\n  http_config: {authorization: {credentials_file: nowhere}}\n"
    )
    path.write_text(text)
    with pytest.raises(InputError, match=r"pager/slack: .*nowhere"):
        load(path)
    path.write_text(text + "        http_config: {}\n")
    assert "pager/slack" in load(path).targets


def test_keys_without_a_value_are_absent_and_anchors_are_merged(folder: Path) -> None:
    path = folder / "notifier.yml"
    path.write_text(
        "global:\nroute:\n  receiver: a\n  routes:\n"
        "  - &slow {match: {team: }, group_wait: 1m, group_interval: 9m}\n"
        "  - {<<: *slow, match: {team: x}, group_wait: 2m}\n"
        "receivers: [{name: a, console_configs: }]\ntemplates:\n"
    )
    first, second = load(path).plan.route.routes
    assert (first.key, first.group_wait) == ('{}/{team=""}', 60_000)
    assert (second.key, second.group_wait) == ('{}/{team="x"}', 120_000)
    assert second.group_interval == 540_000


def test_templates_are_files_beside_the_configuration(folder: Path) -> None:
    (folder / "texts").mkdir()
    for name in ("b.j2", "a.j2"):
        (folder / "texts" / name).write_text(name)
    path = folder / "notifier.yml"
    path.write_text(GOOD + f"templates: [texts/*.j2, '{folder}/texts/a.j2', nothing/*]\n")
    found = load(path)
    assert found.templates == (folder / "texts/a.j2", folder / "texts/b.j2")
    assert any("no file is named nothing/*" in warning for warning in found.warnings)
    before = found.sha256
    (folder / "texts" / "a.j2").write_text("changed")
    assert load(path).sha256 != before


def test_a_file_is_read_again_without_a_trace_of_the_time_before(folder: Path) -> None:
    path = folder / "notifier.yml"
    path.write_text(GOOD)
    first, second = load(path), load(path)
    assert (first.plan, first.sha256, first.redacted) == (
        second.plan,
        second.sha256,
        second.redacted,
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5_000,
        "\n".join(f"{' ' * depth}a:" for depth in range(2_000)),
        f"# {'x' * 8_000_001}",
        'route: {receiver: "\\ud800"}',
        "\0",
    ],
)
def test_a_file_that_nobody_wrote_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "alertmanager.yml").write_text(text)
    with pytest.raises(InputError, match=r"alertmanager\.yml"):
        load(tmp_path / "alertmanager.yml")
