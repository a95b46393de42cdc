"""`streamgauge alerts ...` through the API: what it prints, and how it ends where it cannot."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from tests.alerting.alert_text import FIRING, alert

from streamgauge.contracts.alert import Ack, Silence

from .desk import TOKEN, TestDesk, opened


class Terminal:
    """Runs the command against an API; returns status, output and complaints."""

    def __init__(self, site: str, token: str = TOKEN) -> None:
        self.variables = {
            "STREAMGAUGE_ALERTING__PORT": str(urlsplit(site).port),
            "STREAMGAUGE_ALERTING__TOKEN": token,
            "PYTHONPATH": ":".join(sys.path),
            "USER": "grace",
        }

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "streamgauge", "alerts"),
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.variables,
        )
        said, complained = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, said.decode().strip(), complained.decode().strip()


@pytest.fixture
async def desk() -> TestDesk:
    return TestDesk()


@pytest.fixture
async def alerts(desk: TestDesk) -> AsyncIterator[Terminal]:
    async with opened(desk) as site:
        yield Terminal(site)


async def fire(desk: TestDesk) -> str:
    """An alert of a rule of ours fires; its fingerprint."""
    await desk.put_alerts([FIRING])
    return FIRING.fingerprint


async def test_an_operator_looks_and_acts(desk: TestDesk, alerts: Terminal) -> None:
    name = await fire(desk)
    status, said, _ = await alerts("list")
    assert (status, said.startswith(f"{name}  ")) == (0, True)
    assert "firing" in said
    assert "Z (" in said

    status, said, _ = await alerts("ack", name, "--for", "15m", "--note", "on it")
    assert (status, said.startswith("grace has it until ")) == (0, True)
    owned = [one for one in desk.written if isinstance(one, Ack)]
    assert [(one.owner, one.note, one.ends_at - one.at) for one in owned] == [
        ("grace", "on it", 900_000)
    ]
    _, said, _ = await alerts("list", "--json")
    assert json.loads(said)["acknowledgement"]["owner"] == "grace"
    # Messages name the episode too.
    _, said, _ = await alerts("explain", f"{name}-{FIRING.episode}")
    assert "acknowledged by grace: on it until 20" in said
    assert await alerts("ack", f"{name}-{FIRING.episode}", "--withdraw") == (0, "given back", "")


async def test_the_worst_is_listed_first_and_of_those_the_newest(
    desk: TestDesk, alerts: Terminal
) -> None:
    many = [
        alert(1, severity="warning", labels={"severity": "warning"}, starts_at=9_000),
        alert(2, severity="critical", labels={"severity": "critical"}, starts_at=1_000),
        alert(3, severity="critical", labels={"severity": "critical"}, starts_at=2_000),
    ]
    await desk.put_alerts(many)
    _, said, _ = await alerts("list", "--all")
    assert [row[15] for row in said.splitlines()] == ["3", "2", "1"]


async def test_a_silence_is_made_listed_and_ended(desk: TestDesk, alerts: Terminal) -> None:
    await fire(desk)
    words = ("silence", "severity=~.+", 'alertname!="x"', "--comment", "drill", "--author", "Ada")
    status, name, complained = await alerts(*words)
    assert status == 0, complained
    (silence,) = [one for one in desk.written if isinstance(one, Silence)]
    assert silence.matchers == ['severity=~".+"', 'alertname!="x"']
    _, said, _ = await alerts("silences")
    assert said.startswith(f"{name}  active  ")
    assert said.endswith('severity=~".+", alertname!="x"  Ada: drill')
    assert await alerts("list") == (0, "", "")
    _, said, _ = await alerts("list", "--all")
    assert "suppressed" in said
    assert await alerts("expire", name) == (0, "", "")
    assert await alerts("silences") == (0, "", "")
    assert await alerts("history", "--since", "1h", "--json") == (0, "", "")


async def test_what_is_wrong_exits_2_and_an_absent_notifier_69(
    desk: TestDesk, alerts: Terminal
) -> None:
    status, _, said = await alerts("ack", "unknown")
    assert (status, said) == (2, "streamgauge: no alert with this fingerprint fires")
    status, _, said = await alerts("history", "--since", "yesterday")
    assert status == 2
    assert "yesterday" in said
    status, _, said = await alerts("silence", "1a=b", "--comment", "c")
    assert status == 2
    alerts.variables["STREAMGAUGE_ALERTING__TOKEN"] = "wrong"
    status, _, said = await alerts("expire", "x")
    assert (status, "operator's token" in said) == (2, True)
    desk.reign = None
    status, _, said = await alerts("list")
    assert (status, "another notifier" in said) == (69, True)
    alerts.variables["STREAMGAUGE_ALERTING__PORT"] = "1"
    status, _, said = await alerts("list")
    assert (status, "the notifier at 127.0.0.1:1" in said) == (69, True)
    assert "is `streamgauge notifier` running there?" in said
