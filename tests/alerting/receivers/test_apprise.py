"""Apprise reaches the rest; without it, a configuration that names it says what is missing."""

import sys
from pathlib import Path

import pytest
from tests.alerting.alert_text import FIRING, RESOLVED
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.apprise import Apprise, AppriseReceiver
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd


def opened(folder: Path, *urls: str) -> AppriseReceiver:
    lines = ["# services", *(url.replace("http://", "json://") for url in urls), ""]
    (folder / "urls").write_text("\n".join(lines))
    return Apprise(urls_file=Path("urls")).open(None, Surroundings(folder=folder))


def test_without_the_library_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ParameterError, match="pip install apprise"):
        opened(tmp_path, "http://127.0.0.1/")


async def test_services_that_failed_are_told_again_alone(
    webhook: WebhookEnd, tmp_path: Path
) -> None:
    with serve(WebhookEnd) as other:
        receiver = opened(tmp_path, webhook.url, other.url)
        other.answers = [(500, "", {}), (429, "", {})]
        for _ in range(2):
            with pytest.raises(DeliveryError, match="1 of 2 services took it") as caught:
                await receiver.send([notice(FIRING)], Context())
            assert not caught.value.permanent
        await receiver.send([notice(FIRING)], Context())
        await receiver.send([notice(RESOLVED, seq=2)], Context())
        assert (len(webhook.log), len(other.log)) == (2, 2)
    first, second = webhook.accepted
    assert (first["type"], second["type"]) == ("failure", "success")
    assert first["title"] == "[FIRING] critical: result_count 2: 8.1% errors"
    assert "threshold > 5%" in first["message"]


def test_an_address_that_is_none_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="address 2 is none") as caught:
        opened(tmp_path, "http://127.0.0.1/", "canary://x")
    assert "canary" not in str(caught.value)
