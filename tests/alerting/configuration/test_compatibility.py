"""Files that Alertmanager's operators have are taken as they are, or refused with the reason."""

from pathlib import Path

import pytest
from tests.alerting.alert_text import FIRING
from tests.alerting.amtool import accepts, needs_amtool

from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.settings import InputError

from .file_text import read
from .whole_file import KUBE, WHOLE_FILES

ROUTE = "route: {receiver: a}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slack").write_text("https://hooks.slack.com/services/T0/B0/x")
    for name in ("password", "key"):
        (tmp_path / name).write_text("canary")
    return tmp_path


@pytest.mark.parametrize("text", WHOLE_FILES)
def test_a_whole_file_is_taken_and_what_has_no_effect_is_said(folder: Path, text: str) -> None:
    found = read(folder, text)
    said = WHOLE_FILES[text]
    assert len(found.warnings) == len(said), found.warnings
    for warning, part in zip(found.warnings, said, strict=True):
        assert part in warning
        assert "alertmanager.yml:" in warning


@needs_amtool
@pytest.mark.prometheus
@pytest.mark.parametrize("text", WHOLE_FILES)
def test_alertmanager_takes_the_same_files(folder: Path, text: str) -> None:
    path = folder / "alertmanager.yml"
    path.write_text(text, "utf-8")
    assert accepts(path)


def test_a_receiver_without_a_channel_tells_nobody_and_owes_nothing(tmp_path: Path) -> None:
    dispatcher = Dispatcher(read(tmp_path, KUBE).plan)
    dispatcher.take(FIRING, FIRING.starts_at, 7)
    assert dispatcher.advance(FIRING.starts_at + 3_600_000) == []
    assert dispatcher.position() == 8


REFUSED = {
    # What stands in a receiver, and what is said.
    "webhook_configs: [{url: 'https://e.org', http_config: {proxy_url: 'http://p:3128'}}]": (
        "proxy_url: messages go straight"
    ),
    "webhook_configs: [{url: 'https://e.org', http_config: {oauth2: {client_id: a}}}]": (
        "oauth2: OAuth 2 is not spoken"
    ),
    "webhook_configs: [{url: 'https://e.org', http_config:"
    " {tls_config: {insecure_skip_verify: true}}}]": "certificates are always checked",
    "email_configs: [{to: a@example.org, auth_secret: canary}]": "auth_password_file serves",
    "email_configs: [{to: a@example.org, auth_identity: else}]": "nobody is acted for",
    "slack_configs: [{channel: x, link_names: true}]": "nobody is mentioned by name",
    "slack_configs: [{channel: '{{ .CommonLabels.team }}'}]": (
        "channel: {{ .CommonLabels.team }} is a Go template; texts are Jinja2 here:"
        " {{ commonLabels.team }}"
    ),
    "slack_configs: [{channel: x, text: '{{ template \"slack.ours.text\" . }}'}]": (
        "is a Go template; texts are Jinja2 here, for example"
    ),
    "pagerduty_configs: [{routing_key_file: key, details: {a: '{{ .Status | toUpper }}'}}]": (
        "a: {{ .Status | toUpper }} is a Go template; texts are Jinja2 here: {{ status|upper }}"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_done_is_refused_with_the_reason(folder: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read(folder, f"{ROUTE}receivers:\n- name: a\n  {text}\n")
    assert "alertmanager.yml:4: " in str(caught.value)
    assert REFUSED[text] in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("go", "jinja"),
    [
        ("{{ .GroupLabels.alertname }}", "{{ groupLabels.alertname }}"),
        ("{{.ExternalURL}}", "{{ externalURL }}"),
        ("{{ $labels.model }}", "{{ alert.labels.model }}"),
        ("{{ .CommonAnnotations.summary | title }}", "{{ commonAnnotations.summary|title }}"),
        ("{{ .Alerts | len }}", "{{ alerts|length }}"),
    ],
)
def test_a_simple_path_is_shown_as_jinja(folder: Path, go: str, jinja: str) -> None:
    with pytest.raises(InputError, match="texts are Jinja2 here: ") as caught:
        read(folder, f"{ROUTE}receivers: [{{name: a, slack_configs: [{{title: '{go}'}}]}}]\n")
    assert str(caught.value).endswith(jinja)
