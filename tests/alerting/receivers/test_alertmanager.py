"""A real Alertmanager as a sink: its API's words, all peers, and Debian's own Alertmanager."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.alerting.alert_text import alert
from tests.alerting.notice_text import notice
from tests.conftest import wait_until
from tests.requirement import program

from streamgauge.alerting.receivers.alertmanager import Alertmanager, AlertmanagerReceiver
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.webhook_end import AlertmanagerEnd
from streamgauge.embedded import free_port

from .closing import closing

NOW = Context(external_url="https://watch.example.org")


def opened(*urls: str, **fields: Any) -> AbstractAsyncContextManager[AlertmanagerReceiver]:
    receiver = Alertmanager(urls=list(urls), **fields).open(None, Surroundings(folder=Path()))
    return closing(receiver)


async def test_all_peers_are_told_and_one_that_took_it_is_enough(peer: AlertmanagerEnd) -> None:
    with serve(AlertmanagerEnd) as other:
        async with opened(peer.origin, other.origin) as sink:
            await sink.send([notice(alert(1)), notice(alert(2, "resolved"))], NOW)
            assert len(peer.log) == len(other.log) == 2
            other.always = (500, "", {})
            told = await sink.send([notice(alert(3))], NOW)
            assert told.detail == "1 of 2 peers took 1 alerts; failed: HTTP 500"
            peer.always = (400, "", {})
            with pytest.raises(DeliveryError, match="HTTP 400; HTTP 500") as caught:
                await sink.send([notice(alert(3))], NOW)
            assert not caught.value.permanent


async def test_what_fires_has_an_end_far_ahead_and_what_is_over_its_own(
    peer: AlertmanagerEnd,
) -> None:
    async with opened(peer.origin, resolve_after="1h") as sink:
        await sink.send([notice(alert(1), alert(2, "resolved"))], NOW)
    firing, resolved = peer.accepted
    assert firing["startsAt"] == "2025-10-09T08:53:20.000Z"
    assert firing["endsAt"] == "2025-10-09T09:54:30.000Z"
    assert resolved["endsAt"] == "2025-10-09T08:56:20.000Z"
    assert firing["generatorURL"] == "https://watch.example.org"


async def test_a_storm_comes_in_several_requests(peer: AlertmanagerEnd) -> None:
    async with opened(peer.origin) as sink:
        await sink.send([notice(*(alert(n) for n in range(2_500)))], NOW)
    assert (len(peer.log), peer.asked) == (2_500, 3)


def test_a_peer_in_the_clear_has_to_be_listed() -> None:
    sink = Alertmanager(urls=["http://am.example.org:9093"])
    with pytest.raises(ParameterError, match="`hosts` lists"):
        sink.open(None, Surroundings(folder=Path()))
    sink.open(None, Surroundings(folder=Path(), hosts=("am.example.org",)))


@contextmanager
def debian(folder: Path) -> Iterator[str]:
    """Debian's Alertmanager on this machine."""
    name = program("PROMETHEUS", "prometheus-alertmanager")
    (folder / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    origin = f"127.0.0.1:{free_port()}"
    options = ["config.file=am.yml", "storage.path=data", "cluster.listen-address="]
    with (folder / "am.log").open("wb") as log:
        process = subprocess.Popen(
            [name, f"--web.listen-address={origin}", *(f"--{one}" for one in options)],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://{origin}"
        finally:
            process.kill()
            process.wait()


def told(origin: str) -> list[dict[str, Any]] | None:
    try:
        with urllib.request.urlopen(f"{origin}/api/v2/alerts", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found
    except OSError:
        return None


@pytest.mark.prometheus
async def test_debians_alertmanager_has_an_alert_until_it_is_over(tmp_path: Path) -> None:
    now = int(time.time() * 1000)
    firing = alert(1, starts_at=now - 60_000)
    over = alert(1, "resolved", starts_at=now - 60_000, ends_at=now - 1_000)
    with debian(tmp_path) as origin:
        wait_until(lambda: told(origin) == [], 20, "Alertmanager")
        async with opened(origin) as sink:
            for _ in range(2):
                await sink.send([notice(firing, at=now)], NOW)
            wait_until(lambda: len(told(origin) or ()) == 1, 20, "Alertmanager")
            (kept,) = told(origin) or [{}]
            assert kept["labels"] == firing.labels
            assert kept["annotations"] == firing.annotations
            await sink.send([notice(over, at=now)], NOW)
            wait_until(lambda: told(origin) == [], 20, "Alertmanager")
