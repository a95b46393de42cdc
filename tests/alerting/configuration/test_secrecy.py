from pathlib import Path

import pytest

from streamgauge.settings import InputError

from .file_text import read

FILE = """\
global:
  slack_api_url: $SLACK_WEBHOOK
route: {receiver: a}
receivers:
  - name: a
    slack_configs: [{}]
    email_configs:
      - {to: a@example.org, from: b@example.org, smarthost: 'mail.example.org:587',
         auth_username: u, auth_password: $SMTP_PASSWORD}
"""
CANARY = "canary-7f3a"


def test_a_secret_may_be_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK", f"https://hooks.example.org/{CANARY}")
    monkeypatch.setenv("SMTP_PASSWORD", CANARY)
    found = read(tmp_path, FILE)
    assert sorted(found.targets) == ["a/email", "a/slack"]
    assert CANARY not in repr(found)
    assert CANARY not in found.redacted
    assert "$SMTP_PASSWORD" in found.redacted


def test_a_variable_that_is_not_set_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK", f"https://hooks.example.org/{CANARY}")
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    with pytest.raises(InputError, match=r"yml:9: .* variable SMTP_PASSWORD is not set"):
        read(tmp_path, FILE)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("$SLACK_WEBHOOK", f"https://hooks.example.org/{CANARY}", 2),
        ("$SMTP_PASSWORD", CANARY, 9),
        ("$SMTP_PASSWORD", f"${CANARY}", 9),
        ("auth_password: $SMTP_PASSWORD", f"auth_secret: {CANARY}", 9),
        (
            "auth_password: $SMTP_PASSWORD",
            f"http_config: {{basic_auth: {{password: {CANARY}}}}}",
            9,
        ),
        ("auth_password: $SMTP_PASSWORD", f"proxy_url: 'http://me:{CANARY}@proxy:3128'", 9),
        ("auth_password: $SMTP_PASSWORD", f"bot_token: {CANARY}", 9),
        ("auth_password: $SMTP_PASSWORD", f"routing_key: [{CANARY}]", 9),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: int
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK", "https://hooks.example.org/x")
    with pytest.raises(InputError) as caught:
        read(tmp_path, FILE.replace(old, new))
    assert f"alertmanager.yml:{line}: " in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_variable_and_a_file_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected either this or slack_api_url_file"):
        read(tmp_path, FILE.replace("global:\n", "global:\n  slack_api_url_file: x\n"))


def test_an_address_may_be_a_variable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", f"https://example.org/{CANARY}")
    found = read(
        tmp_path,
        "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: $HOOK}]}]\n",
    )
    assert list(found.targets) == ["a/webhook"]
    assert CANARY not in repr(found)
