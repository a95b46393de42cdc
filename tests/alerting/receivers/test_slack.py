import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.alerting.alert_text import FIRING, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.receiver import Context, DeliveryError, Receiver, Surroundings
from streamgauge.alerting.receivers.slack import Slack, SlackDefaults
from streamgauge.alerting.receivers.slack_webhook import SlackWebhook
from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.slack_end import SlackEnd

from .closing import closing


def receiver(end: SlackEnd, folder: Path) -> Receiver:
    (folder / "webhook").write_text(end.url)
    return Slack(api_url_file=Path("webhook")).open(SlackDefaults(), Surroundings(folder=folder))


async def send(end: SlackEnd, folder: Path) -> str:
    async with closing(receiver(end, folder)) as hook:
        return (await hook.send([notice(FIRING)], Context())).detail


async def test_it_posts_blocks_that_say_everything(slack: SlackEnd, tmp_path: Path) -> None:
    assert await send(slack, tmp_path) == "HTTP 200 ok"
    (body,) = slack.accepted
    assert body["text"] == "[FIRING] critical: result_count 2: 8.1% errors"
    assert "*What moved*: prediction_error_ratio is 8.1%, threshold &gt; 5%" in json.dumps(body)


# What Slack documents for incoming webhooks: docs.slack.dev, "Handling errors", "Rate limits".
@pytest.mark.parametrize(
    ("status", "text", "headers", "permanent", "wait"),
    [
        (429, "rate_limited", {"Retry-After": "30"}, False, 30.0),
        (429, "rate_limited", {}, False, None),
        (404, "no_service", {}, True, None),
        (403, "action_prohibited", {}, True, None),
        (400, "invalid_payload", {}, True, None),
        (410, "channel_is_archived", {}, True, None),
        (500, "rollup_error", {}, False, None),
        (503, "<html>down</html>", {}, False, None),
        (200, "<html>a proxy</html>", {}, False, None),
        (302, "", {"Location": "http://127.0.0.1:1/elsewhere"}, True, None),
    ],
)
async def test_its_answers_are_understood(
    slack: SlackEnd,
    tmp_path: Path,
    *,
    status: int,
    text: str,
    headers: dict[str, str],
    permanent: bool,
    wait: float | None,
) -> None:
    slack.answers.append((status, text, headers))
    with pytest.raises(DeliveryError) as caught:
        await send(slack, tmp_path)
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, wait)
    assert str(status) in str(caught.value)
    assert "<" not in str(caught.value)


async def test_retry_after_may_be_a_date(slack: SlackEnd, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=40))
    slack.answers.append((429, "rate_limited", {"Retry-After": later}))
    with pytest.raises(DeliveryError) as caught:
        await send(slack, tmp_path)
    assert caught.value.retry_after == pytest.approx(40, abs=5)


async def test_a_storm_stays_below_what_a_channel_takes(tmp_path: Path) -> None:
    # research §4 case 29: 200 alerts in 1 s to one channel, and Slack's bucket of one a second.
    groups = [notice(alert(n), group=str(n)) for n in range(200)]
    with serve(lambda: SlackEnd(rate=1, burst=SlackWebhook.burst)) as end:
        hook = receiver(end, tmp_path)
        assert (hook.rate, hook.coalesces) == (1.0, True)
        for start in (0, 50, 100):
            await hook.send(groups[start : start + 50], Context())
        with pytest.raises(DeliveryError) as caught:
            await hook.send(groups[150:], Context())
        assert (caught.value.permanent, caught.value.retry_after) == (False, 1.0)
        await hook.close()
    said = str(end.accepted)
    assert [n for n in range(150) if f"model=m{n}," not in said] == []
