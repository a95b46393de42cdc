import json
import subprocess
import sys
from typing import Any

import pytest

from streamgauge.logs import redact

SECRET = "hush-hush"


def redacted(**event: Any) -> dict[str, Any]:
    return dict(redact(None, "info", event))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "sasl_password",
        "sasl.password",
        "saslPassword",
        "ssl_key_password",
        "secret",
        "client-secret",
        "token",
        "dashboard_token",
        "Authorization",
        "webhook",
        "slack_webhook_url",
        "api_key",
        "apiKey",
        "pseudonym_key",
        "receipt_keys",
        "routing_key",
        "credentials",
    ],
)
def test_what_a_name_calls_a_secret_is_hidden(name: str) -> None:
    assert redacted(**{name: SECRET}) == {name: "***"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "prediction-7"),
        ("partition_key", "m"),
        ("dedup_key", "f:1"),
        ("keys", 7),
        ("monkey", "george"),
        ("url", "http://127.0.0.1:8003/"),
        ("tokens", 4_096),
        ("token_count", 12),
        ("bypass", "yes"),
        ("secretary", "jo"),
        ("model", "result_count"),
    ],
)
def test_what_is_no_secret_stays_readable(name: str, value: object) -> None:
    assert redacted(**{name: value}) == {name: value}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"at redis://:{SECRET}@host:6379/0", "at redis://***@host:6379/0"),
        (f"at rediss://gauge:{SECRET}@host/0 twice", "at rediss://***@host/0 twice"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        (f"'authorization': 'Basic {SECRET}'", "'authorization': 'Basic ***'"),
        (f"sent sasl.password={SECRET}, then", "sent sasl.password=***, then"),
        (f"Kafka(sasl_password='{SECRET}', x=1)", "Kafka(sasl_password='***', x=1)"),
        (f'{{"token": "{SECRET}"}}', '{"token": "***"}'),
        (f"GET /page?token={SECRET}&x=1", "GET /page?token=***&x=1"),
        (
            f"https://hooks.slack.com/services/T0/B0/{SECRET}",
            "https://hooks.slack.com/services/***",
        ),
        ("mail to a@b.example", "mail to a@b.example"),
        ("basic things at http://host/a@b", "basic things at http://host/a@b"),
    ],
)
def test_what_gives_itself_away_in_a_text_is_hidden(text: str, shown: str) -> None:
    assert redacted(event=text) == {"event": shown}


def test_secrets_are_found_at_any_depth_and_in_any_type() -> None:
    found = redacted(
        config={"sasl.password": SECRET, "brokers": ["k:1", f"redis://u:{SECRET}@h"]},
        error=ValueError(f"cannot reach redis://:{SECRET}@h"),
        raw=f"token={SECRET}".encode(),
    )
    assert SECRET not in repr(found)
    assert found["config"]["brokers"] == ["k:1", "redis://***@h"]


PROGRAM = """
import logging, sys, threading
from streamgauge.logs import log, set_up
from streamgauge.settings import Settings
set_up(Settings(log_format=sys.argv[1], log_level="info"), "worker")
log.info("ours", partition=3, sasl_password="hush-hush")
log.debug("unseen")
logging.getLogger("library").warning("theirs at redis://:%s@h", "hush-hush")
logging.getLogger("aiokafka").info("unseen")
logging.getLogger("library").warning("a stranger's %s", "\\x1b]0;title\\x07\\nforged line")
try:
    raise OSError("no way to https://u:hush-hush@h")
except OSError:
    log.exception("failed")
    threading.Thread(target=logging.getLogger("library").exception, args=["failed too"]).start()
"""


def told(kind: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, kind],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert run.stdout == ""
    return run.stderr


def test_a_machine_gets_one_object_a_line_of_ours_and_of_libraries() -> None:
    lines = [json.loads(line) for line in told("json").splitlines()]
    assert [line["event"] for line in lines] == [
        "ours",
        "theirs at redis://***@h",
        "a stranger's \x1b]0;title\x07\nforged line",
        "failed",
        "failed too",
    ]
    assert all(line["service"] == "worker" for line in lines)
    levels = ["info", "warning", "warning", "error", "error"]
    assert [line["level"] for line in lines] == levels
    assert lines[0]["partition"] == 3
    assert "OSError: no way to https://***@h" in lines[3]["exception"]
    assert all("timestamp" in line for line in lines)


@pytest.mark.parametrize("kind", ["json", "console", "auto"])
def test_no_secret_reaches_a_log_in_any_format(kind: str) -> None:
    output = told(kind)
    assert "ours" in output
    assert "unseen" not in output
    assert SECRET not in output


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_stranger_s_text_commands_no_terminal_and_begins_no_line(kind: str) -> None:
    output = told(kind)
    assert "]0;title" in output
    assert "\x1b]" not in output
    assert "\x07" not in output
    assert not any(line.startswith("forged") for line in output.splitlines())
