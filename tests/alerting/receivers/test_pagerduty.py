"""PagerDuty's answers and limits: research §4 cases 26 and 27, from its documentation."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.pagerduty import (
    Image,
    Link,
    PagerDuty,
    PagerDutyDefaults,
    PagerDutyReceiver,
    dedup_key,
)
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.bench.receiver_end.http_end import Answer, Fault
from streamgauge.bench.receiver_end.pagerduty_end import PagerDutyEnd

from .closing import closing

NOW = Context(external_url="https://watch.example.org")
OPEN = notice(FIRING)
OVER = notice(RESOLVED, seq=2)


def opened(
    end: PagerDutyEnd, folder: Path, **fields: Any
) -> AbstractAsyncContextManager[PagerDutyReceiver]:
    (folder / "key").write_text(end.routing_key)
    parameters = PagerDuty(routing_key_file=Path("key"), **fields)
    receiver = parameters.open(
        PagerDutyDefaults(pagerduty_url=end.url), Surroundings(folder=folder)
    )
    return closing(receiver)


def states(end: PagerDutyEnd) -> list[str]:
    return [incident.status for incident in end.incidents]


async def test_an_episode_is_one_incident_whatever_is_repeated(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    # Case 26: trigger, trigger again, acknowledge, resolve, resolve again; then a new episode.
    owned = notice(FIRING, seq=3, reason="acknowledged", text="ada owns it until 10:00")
    async with opened(pagerduty, tmp_path) as pager:
        for one in (OPEN, OPEN, notice(FIRING, alert(2), seq=2)):
            await pager.send([one], NOW)
        assert states(pagerduty) == ["triggered"]
        assert (await pager.send([owned], NOW)).detail == "HTTP 202"
        assert states(pagerduty) == ["acknowledged"]
        for one in (OVER, OVER):
            await pager.send([one], NOW)
        assert states(pagerduty) == ["resolved"]
        await pager.send([notice(FIRING, seq=5, episode="later")], NOW)
    assert states(pagerduty) == ["resolved", "triggered"]
    assert len(dedup_key(OPEN)) <= 255


async def test_an_incident_is_acknowledged_when_all_of_it_is_owned(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    known = ("f00d-1", "f00d-1-flapping", f"{2:016x}-1")
    part = notice(FIRING, seq=2, reason="acknowledged", firing=known)
    whole = notice(FIRING, alert(2), seq=3, reason="acknowledged", firing=known)
    async with opened(pagerduty, tmp_path) as pager:
        for one in (OPEN, part):
            await pager.send([one], NOW)
            assert states(pagerduty) == ["triggered"]
        await pager.send([whole], NOW)
        assert states(pagerduty) == ["acknowledged"]
        with pytest.raises(DeliveryError, match="no digests") as caught:
            await pager.send([notice(FIRING, reason="digest")], NOW)
        assert caught.value.permanent


async def test_an_incident_says_what_where_and_how_bad(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    linked = msgspec.structs.replace(
        FIRING, severity="warning", annotations={"runbook_url": "https://e.org/r"}
    )
    async with opened(pagerduty, tmp_path, details={"team": "{{ commonLabels.model }} team"}) as it:
        await it.send([notice(linked)], NOW)
    event = pagerduty.accepted[0]
    assert event["links"] == [
        {"href": "https://e.org/r", "text": "Runbook"},
        {"href": "https://watch.example.org", "text": "streamgauge"},
    ]
    assert event["client_url"] == "https://watch.example.org"
    payload = event["payload"]
    assert payload["summary"] == "[FIRING] warning: error_rate_high"
    assert payload["severity"] == "warning"
    assert (payload["component"], payload["class"]) == ("result_count", "error_rate_high")
    assert payload["timestamp"] == "2025-10-09T08:53:20.000Z"
    assert payload["custom_details"]["team"] == "result_count team"
    assert "threshold > 5%" in payload["custom_details"]["text"]


@pytest.mark.parametrize(
    ("answer", "permanent", "wait", "unknown"),
    [
        ((400, '{"status": "invalid event"}', {}), True, None, False),
        ((429, "", {"Retry-After": "12"}), False, 12.0, False),
        ((500, "", {}), False, None, False),
        ((200, "<html>a proxy</html>", {}), False, None, False),
        ("reset", False, None, True),
    ],
)
async def test_its_answers_are_understood(
    pagerduty: PagerDutyEnd,
    tmp_path: Path,
    *,
    answer: Answer | Fault,
    permanent: bool,
    wait: float | None,
    unknown: bool,
) -> None:
    pagerduty.answers.append(answer)
    async with opened(pagerduty, tmp_path) as pager:
        with pytest.raises(DeliveryError) as caught:
            await pager.send([OPEN], NOW)
        error = caught.value
        assert (error.permanent, error.retry_after, error.unknown) == (permanent, wait, unknown)
        await pager.send([OPEN], NOW)
    assert len(pagerduty.incidents) == 1


async def test_it_stays_within_the_limits_and_says_what_was_left_out(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    # Case 27: a summary of 2,000 characters, details of 600 kB.
    fields = {
        "description": "{% for n in range(2000) %}é{% endfor %}",
        "details": {str(n): "x" * 30_000 for n in range(20)},
    }
    async with opened(pagerduty, tmp_path, **fields) as pager:
        told = await pager.send([OPEN], NOW)
    payload = pagerduty.accepted[0]["payload"]
    assert len(payload["summary"]) == 1024
    assert "left out" in payload["custom_details"]["note"]
    assert "512,000 bytes" in told.detail


async def test_a_strangers_long_label_keeps_no_incident_away(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    # As long as a record of `alerts` can be, and escaped twice in the group's key.
    labels = {"model": '"' * 120_000, "alertname": "x"}
    long = msgspec.structs.replace(FIRING, labels=labels)
    told = notice(long, labels=labels, group='{}:{model="' + '\\"' * 120_000 + '"}')
    async with opened(pagerduty, tmp_path, component="{{ alerts[0].labels.model }}") as pager:
        await pager.send([told], NOW)
    payload = pagerduty.accepted[0]["payload"]
    assert {len(payload[name]) for name in ("source", "group")} == {1024}


def test_a_key_of_the_first_api_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="Events API v2 integration"):
        PagerDuty(service_key_file=Path("key")).open(
            PagerDutyDefaults(), Surroundings(folder=tmp_path)
        )


async def test_links_and_images_of_the_users_are_shown_if_they_lead_somewhere(
    pagerduty: PagerDutyEnd, tmp_path: Path
) -> None:
    href = "https://e.example.org/{{ commonLabels.model|urlencode }}"
    links = [
        Link(href, "{{ status }}"),
        Link("http://e.example.org", "plain"),
        Link("{{ status }}"),
    ]
    images = [Image("https://e.example.org/a.png", alt="a"), Image("javascript:x", href=href)]
    async with opened(pagerduty, tmp_path, links=links, images=images) as pager:
        await pager.send([OPEN], NOW)
    (event,) = pagerduty.accepted
    assert event["links"][0] == {"href": "https://e.example.org/result_count", "text": "firing"}
    assert [one["href"] for one in event["links"][1:]] == [
        "https://watch.example.org/docs/runbooks/error_rate_high.md",
        "https://watch.example.org",
    ]
    assert event["images"] == [{"src": "https://e.example.org/a.png", "alt": "a"}]
