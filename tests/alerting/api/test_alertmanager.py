"""The same requests to us and to Debian's Alertmanager 0.25 get the same answers."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.requirement import program

from streamgauge.embedded import free_port

from .desk import CONFIGURATION, TOKEN, TestDesk, opened

pytestmark = pytest.mark.prometheus
# Times, and ids that each makes in its own way.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PRINT = re.compile(r'"fingerprint": ?"[0-9a-f]{16}"')
_FILE = CONFIGURATION.replace("streamgauge: {}\n", "").replace("  console_configs: [{}]\n", "")


@pytest.fixture
async def sites(tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """Our address and Alertmanager's, both with the same routes."""
    path, port = tmp_path / "alertmanager.yml", free_port()
    path.write_text(_FILE.replace("{url_file: hook}", "{url: 'http://127.0.0.1:1/'}"), "utf-8")
    process = await asyncio.create_subprocess_exec(
        program("PROMETHEUS", "prometheus-alertmanager"),
        f"--config.file={path}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        stderr=asyncio.subprocess.DEVNULL,
    )
    theirs = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while True:
                try:
                    async with session.get(f"{theirs}/-/ready") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        async with opened(TestDesk()) as ours:
            yield ours, theirs
    finally:
        process.kill()
        await process.wait()


async def ask(
    session: aiohttp.ClientSession, site: str, method: str, path: str, body: Any
) -> tuple[int, str]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with session.request(method, site + path, json=body, headers=headers) as answer:
        return answer.status, await answer.text()


def alike(text: str) -> Any:
    """An answer without what differs by nature."""
    for pattern, word in ((_TIME, "TIME"), (_UUID, "UUID"), (_PRINT, '"fingerprint":"PRINT"')):
        text = pattern.sub(word, text)
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


async def flushed(session: aiohttp.ClientSession, site: str) -> None:
    """Return when Alertmanager has looked at every alert."""
    async with asyncio.timeout(60):
        while "unprocessed" in (await ask(session, site, "GET", "/api/v2/alerts", None))[1]:  # noqa: ASYNC110 -- only others know when
            await asyncio.sleep(0.02)


SILENCE = {
    "matchers": [{"name": "severity", "value": "crit.*", "isRegex": True, "isEqual": True}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z",
    "createdBy": "ada",
    "comment": "new disk",
}
ALERTS = [
    {
        "labels": {"alertname": "Full", "severity": "critical", "none": ""},
        "annotations": {"summary": "90 %"},
        "generatorURL": "http://prometheus.example.org/graph",
    },
    {"labels": {"alertname": "Down", "service": "a"}, "endsAt": "2099-01-01T00:00:00Z"},
    {"labels": {"alertname": "Slow", "service": "a", "severity": "warning"}},
]
NOBODY = "00000000-0000-0000-0000-000000000000"
REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", "/api/v2/alerts", None),
    ("GET", "/api/v2/receivers", None),
    ("POST", "/api/v2/alerts", ALERTS),
    ("POST", "/api/v2/alerts", [{"labels": {}}]),
    ("POST", "/api/v2/alerts", [{"labels": {"1a": "x"}}]),
    (
        "POST",
        "/api/v2/alerts",
        [
            {
                "labels": {"alertname": "y"},
                "startsAt": "2030-01-01T00:00:00Z",
                "endsAt": "2020-01-01T00:00:00Z",
            }
        ],
    ),
    ("POST", "/api/v2/silences", SILENCE),
    ("GET", "/api/v2/silences", None),
    ("GET", "/api/v2/silences?filter=severity%3Dcrit", None),
    ("GET", "/api/v2/silences?filter=severity%3D~%22crit.%2A%22", None),
    ("POST", "/api/v2/silences", {**SILENCE, "endsAt": "2020-01-01T00:00:00Z"}),
    ("POST", "/api/v2/silences", {**SILENCE, "id": NOBODY}),
    ("POST", "/api/v2/silences", {**SILENCE, "matchers": []}),
    ("POST", "/api/v2/silences", {key: SILENCE[key] for key in SILENCE if key != "comment"}),
    ("POST", "/api/v2/alerts", [{}]),
    ("GET", f"/api/v2/silence/{NOBODY}", None),
    ("DELETE", f"/api/v2/silence/{NOBODY}", None),
    ("GET", "/api/v2/alerts?filter=alertname%3DFull", None),
    ("GET", "/api/v2/alerts?filter=alertname%3DFull&silenced=false", None),
    ("GET", "/api/v2/alerts?filter=1a%3Db", None),
    ("GET", "/api/v2/alerts?receiver=pag.*", None),
    ("GET", "/api/v2/alerts?receiver=page", None),
    ("GET", "/api/v2/alerts?active=false&silenced=true", None),
    ("GET", "/api/v2/alerts?active=false&silenced=false&inhibited=false", None),
    ("GET", "/api/v2/alerts/groups?receiver=pager", None),
    ("GET", "/-/ready", None),
    ("GET", "/-/healthy", None),
    ("GET", "/-/reload", None),
    ("GET", "/nothing", None),
]


async def test_the_answers_are_the_same(sites: tuple[str, str]) -> None:
    async with aiohttp.ClientSession() as session:
        for method, path, body in REQUESTS:
            if method == "GET":
                await flushed(session, sites[1])
            got, wanted = [await ask(session, site, method, path, body) for site in sites]
            if path == "/nothing":
                assert got[0] == wanted[0] == 404
                continue
            assert got[0] == wanted[0], (method, path, body, got, wanted)
            ours, theirs = alike(got[1]), alike(wanted[1])
            if path.startswith("/api/v2/alerts") and isinstance(ours, list):
                # Theirs are in the order of other fingerprints.
                assert sorted(map(str, map(_ordered, ours))) == sorted(
                    map(str, map(_ordered, theirs))
                )
            else:
                assert ours == theirs, (method, path)


def _ordered(row: dict[str, Any]) -> str:
    inhibitors = row.get("status", {}).get("inhibitedBy", [])
    row["status"] = {**row.get("status", {}), "inhibitedBy": len(inhibitors)}
    return json.dumps(row, sort_keys=True)
