"""Debian's amtool works against the API as against an Alertmanager."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.requirement import program

from .desk import TOKEN, TestDesk, opened

pytestmark = pytest.mark.prometheus


class Tool:
    """amtool with the operator's token as the password of a basic login."""

    def __init__(self, path: str, site: str, login: Path) -> None:
        self._words = [path, f"--alertmanager.url={site}", f"--http.config.file={login}"]

    async def __call__(self, *words: str, fails: bool = False) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._words,
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode != 0) == fails, complained.decode()
        return (complained if fails else said).decode().strip()


@pytest.fixture
def desk() -> TestDesk:
    return TestDesk()


@pytest.fixture
async def site(desk: TestDesk) -> AsyncIterator[str]:
    async with opened(desk) as address:
        yield address


@pytest.fixture
def amtool(site: str, tmp_path: Path) -> Tool:
    login = tmp_path / "login.yml"
    login.write_text(f"basic_auth: {{username: ada, password: {TOKEN}}}\n", "utf-8")
    return Tool(program("PROMETHEUS", "amtool"), site, login)


async def test_alerts_are_added_and_found(amtool: Tool, desk: TestDesk) -> None:
    await amtool("alert", "add", "Full", "severity=critical", "disk=sda", "--annotation=a=b c")
    await amtool("alert", "add", "Slow", "severity=warning", "--end=2099-01-01T00:00:00Z")
    (pager, team) = desk.notices
    assert (pager.receiver, pager.alerts[0].annotations) == ("pager", {"a": "b c"})
    assert (team.receiver, team.alerts[0].expires_at) == ("team", 4_070_908_800_000)

    found = json.loads(await amtool("-o", "json", "alert", "query"))
    assert {one["labels"]["alertname"] for one in found} == {"Full", "Slow"}
    assert "Full" in await amtool("alert", "query")
    assert "b c" in await amtool("-o", "extended", "alert", "query", "disk=~sd.")
    assert await amtool("-o", "json", "alert", "query", "disk=sdb") == "[]"
    chosen = json.loads(await amtool("-o", "json", "alert", "query", "--receiver=pag.*"))
    assert [one["receivers"] for one in chosen] == [[{"name": "pager"}]]

    await amtool(
        "alert", "add", "Full", "severity=critical", "disk=sda", "--end=2001-01-01T00:00:00Z"
    )
    found = json.loads(await amtool("-o", "json", "alert", "query"))
    assert [one["labels"]["alertname"] for one in found] == ["Slow"]


async def test_a_silence_is_added_changed_and_ended(
    amtool: Tool, desk: TestDesk, tmp_path: Path
) -> None:
    await amtool("alert", "add", "Full", "severity=critical")
    name = await amtool("silence", "add", "Full", "severity=~crit.*", "--comment=new disk")
    (shown,) = json.loads(await amtool("-o", "json", "silence", "query"))
    assert (shown["id"], shown["comment"], shown["status"]) == (
        name,
        "new disk",
        {"state": "active"},
    )
    assert {one["name"]: one["value"] for one in shown["matchers"]} == {
        "alertname": "Full",
        "severity": "crit.*",
    }
    assert name in await amtool("silence", "query", "alertname=Full")
    assert json.loads(await amtool("-o", "json", "silence", "query", "alertname=Other")) == []
    (muted,) = json.loads(await amtool("-o", "json", "alert", "query", "--silenced"))
    assert (muted["status"]["state"], muted["status"]["silencedBy"]) == ("suppressed", [name])
    assert json.loads(await amtool("-o", "json", "alert", "query", "--active")) == []

    await amtool("silence", "update", "--duration=3h", "--comment=still", name)
    (again,) = json.loads(await amtool("-o", "json", "silence", "query"))
    assert (again["id"], again["comment"]) == (name, "still")
    assert again["endsAt"] > shown["endsAt"]

    await amtool("silence", "expire", name)
    assert json.loads(await amtool("-o", "json", "silence", "query")) == []
    (over,) = json.loads(await amtool("-o", "json", "silence", "query", "--expired"))
    assert over["status"] == {"state": "expired"}

    saved = tmp_path / "silences.json"
    saved.write_text(json.dumps([shown]), "utf-8")
    await amtool("silence", "import", "--force", str(saved))
    assert len(json.loads(await amtool("-o", "json", "silence", "query"))) == 1
    assert "silence not found" in await amtool(
        "silence", "expire", "00000000-0000-0000-0000-000000000000", fails=True
    )


async def test_the_configuration_and_its_routes_are_shown(amtool: Tool) -> None:
    assert "receiver: team" in await amtool("config", "show")
    assert "disabled" in await amtool("cluster", "show")
    assert await amtool("config", "routes", "test", "severity=critical") == "pager"
    assert await amtool("config", "routes", "test", "severity=info") == "team"
    assert 'severity="critical"' in await amtool("config", "routes", "show")


async def test_without_the_token_nothing_is_changed(
    site: str, desk: TestDesk, tmp_path: Path
) -> None:
    login = tmp_path / "login.yml"
    login.write_text("authorization: {credentials: wrong}\n", "utf-8")
    stranger = Tool(program("PROMETHEUS", "amtool"), site, login)
    await stranger("alert", "query")
    assert "401" in await stranger("alert", "add", "Full", fails=True)
    assert "401" in await stranger("silence", "add", "a=b", "--comment=c", fails=True)
    assert desk.written == []
    login.write_text(f"authorization: {{credentials: {TOKEN}}}\n", "utf-8")
    await stranger("alert", "add", "Full")
    assert len(desk.written) == 1
