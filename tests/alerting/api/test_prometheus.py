"""Debian's Prometheus, told to send its alerts here, is heard; its silence is noticed."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from tests.requirement import program

from streamgauge.embedded import free_port

from .desk import TOKEN, TestDesk, opened, wall_clock

pytestmark = pytest.mark.prometheus
_CONFIG = """\
global: {{evaluation_interval: 1s}}
rule_files: [{rules}]
alerting:
  alertmanagers:
  - static_configs: [{{targets: ["{target}"]}}]
    basic_auth: {{username: prometheus, password: {token}}}
"""
_RULES = """\
groups:
- name: always
  rules:
  - alert: Always
    expr: vector(1)
    labels: {severity: critical}
    annotations: {summary: "it is {{ $value }}"}
"""


async def ends(site: str) -> str:
    """Until when the only alert is believed."""
    async with aiohttp.ClientSession() as session, session.get(f"{site}/api/v2/alerts") as answer:
        (alert,) = await answer.json()
        return str(alert["endsAt"])


async def test_an_alert_of_prometheus_is_told_once_and_its_silence_ends_it(tmp_path: Path) -> None:
    ahead = 0

    def clock() -> int:
        return wall_clock() + ahead

    desk = TestDesk(clock)
    config, rules = tmp_path / "prometheus.yml", tmp_path / "rules.yml"
    rules.write_text(_RULES, "utf-8")
    async with opened(desk, clock=clock) as site:
        target = site.removeprefix("http://")
        config.write_text(_CONFIG.format(rules=rules, target=target, token=TOKEN), "utf-8")
        process = await asyncio.create_subprocess_exec(
            program("PROMETHEUS", "prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{free_port()}",
            "--rules.alert.resend-delay=5s",
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                while not desk.notices:  # noqa: ASYNC110 -- only others know when
                    await asyncio.sleep(0.05)
                (alert,) = desk.notices[0].alerts
                assert alert.annotations == {"summary": "it is 1"}
                assert (alert.rule, alert.severity, alert.state) == ("Always", "critical", "firing")
                assert alert.generator_url.startswith("http")
                first = await ends(site)
                while await ends(site) == first:  # noqa: ASYNC110 -- only others know when
                    await asyncio.sleep(0.05)
        finally:
            process.kill()
            await process.wait()
        # What it repeated was not written; it promised 20 s (four times its resend delay).
        assert len(desk.written) == 1
        ahead = 30_000
        async with asyncio.timeout(60):
            while len(desk.notices) < 2:
                desk.tell()
                await asyncio.sleep(0.05)
    assert [one.state for one in desk.notices[1].alerts] == ["resolved"]
    assert len(desk.written) == 2
