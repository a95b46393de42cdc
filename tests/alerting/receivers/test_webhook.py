import socket
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice
from tests.requirement import allowed

from streamgauge.alerting.receivers.http_config import Authorization, BasicAuth, HttpConfig
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.alerting.receivers.webhook import Webhook, WebhookReceiver
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd

from .closing import closing

NOW = Context(external_url="https://watch.example.org")


def opened(
    end: WebhookEnd, folder: Path, **fields: Any
) -> AbstractAsyncContextManager[WebhookReceiver]:
    (folder / "url").write_text(end.url)
    receiver = Webhook(url_file=Path("url"), **fields).open(None, Surroundings(folder=folder))
    return closing(receiver)


async def test_it_posts_alertmanagers_json(webhook: WebhookEnd, tmp_path: Path) -> None:
    # prometheus.io/docs/alerting/latest/configuration/#webhook_config: version "4".
    async with opened(webhook, tmp_path) as hook:
        await hook.send([notice(FIRING, RESOLVED)], NOW)
    (body,) = webhook.accepted
    assert body["version"] == "4"
    assert body["groupKey"] == '{}:{alertname="error_rate_high"}'
    assert (body["status"], body["receiver"], body["truncatedAlerts"]) == ("firing", "team", 0)
    assert body["groupLabels"] == {"alertname": "error_rate_high"}
    assert body["commonLabels"] == FIRING.labels
    assert body["commonAnnotations"] == FIRING.annotations
    assert body["externalURL"] == "https://watch.example.org"
    first, second = body["alerts"]
    assert first["startsAt"] == second["startsAt"] == "2025-10-09T08:53:20.000Z"
    assert (first["status"], first["endsAt"]) == ("firing", "0001-01-01T00:00:00Z")
    assert (second["status"], second["endsAt"]) == ("resolved", "2025-10-09T08:56:20.000Z")
    assert first["fingerprint"] == "f00d"
    assert first["generatorURL"] == ""


async def test_a_repeat_has_the_same_key_and_the_next_notice_another(
    webhook: WebhookEnd, tmp_path: Path
) -> None:
    async with opened(webhook, tmp_path) as hook:
        for seq in (1, 1, 2):
            await hook.send([notice(FIRING, seq=seq, group='{}:{model="é\n"}')], NOW)
    first, again, other = [one.headers["Idempotency-Key"] for one in webhook.log]
    assert first == again != other


async def test_a_long_label_fits_into_the_headers(webhook: WebhookEnd, tmp_path: Path) -> None:
    long = msgspec.structs.replace(FIRING, labels={"model": "x" * 200_000})
    told = notice(long, group=f'{{}}:{{model="{"x" * 200_000}"}}')
    async with opened(webhook, tmp_path) as hook:
        await hook.send([told], NOW)
        await hook.send([msgspec.structs.replace(told, seq=2)], NOW)
    first, second = (one.headers["Idempotency-Key"] for one in webhook.log)
    assert first != second
    assert len(first) == len(second) == 64


async def test_more_alerts_than_wanted_are_counted(webhook: WebhookEnd, tmp_path: Path) -> None:
    async with opened(webhook, tmp_path, max_alerts=3) as hook:
        await hook.send([notice(*(alert(n) for n in range(10)))], NOW)
    (body,) = webhook.accepted
    assert (len(body["alerts"]), body["truncatedAlerts"]) == (3, 7)
    # Without a limit of the user's, a storm still fits into what a server takes.
    async with opened(webhook, tmp_path) as hook:
        await hook.send([notice(*(alert(n) for n in range(3_000)))], NOW)
    body = webhook.accepted[1]
    assert (len(body["alerts"]), body["truncatedAlerts"]) == (2_000, 1_000)


async def test_it_says_who_it_is(webhook: WebhookEnd, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    for config, header in (
        (HttpConfig(basic_auth=BasicAuth("u", Path("secret"))), "Basic dTpodXNo"),
        (HttpConfig(authorization=Authorization(Path("secret"))), "Bearer hush"),
        (HttpConfig(authorization=Authorization(Path("secret"), "Token")), "Token hush"),
        (HttpConfig(bearer_token_file=Path("secret")), "Bearer hush"),
    ):
        async with opened(webhook, tmp_path, http_config=config) as hook:
            await hook.send([notice(FIRING)], NOW)
        assert webhook.log[-1].headers["Authorization"] == header


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"url": "http://example.org/"},
        {"url": "https://10.0.0.1/"},
        {"url": "https://e.org/", "timeout": "soon"},
        {"url": "https://e.org/", "timeout": "2m"},
        {"url": "https://e.org/", "url_file": Path("url")},
        {"url": "https://e.org/", "http_config": HttpConfig(bearer_token_file=Path("none"))},
    ],
)
def test_what_may_not_be_is_refused_when_it_is_opened(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    with pytest.raises(ParameterError):
        Webhook(**fields).open(None, Surroundings(folder=tmp_path))


async def test_an_answer_is_waited_for_as_long_as_it_says(tmp_path: Path) -> None:
    # The system takes the connection; nobody reads from it.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        hook = Webhook(url=url, timeout="200ms").open(None, Surroundings(folder=tmp_path))
        started = time.monotonic()
        with pytest.raises(DeliveryError, match="Timeout") as caught:
            await hook.send([notice(FIRING)], NOW)
        assert caught.value.unknown
        assert time.monotonic() - started < allowed(10)
        await hook.close()
