"""Incidents become alerts that the notifier sends once, and that end as the runbooks say."""

import msgspec
import pytest
from tests.alerting.notice_text import notice
from tests.conftest import ROOT
from tests.stream_processors import records

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.message.compose import compose
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import Tick
from streamgauge.settings import Settings
from streamgauge.stream_processors.incident import (
    LASTING_MS,
    Incidents,
    begin,
    end,
    of_refusal,
    of_skip,
)
from streamgauge.stream_processors.log_record import Skip
from streamgauge.stream_processors.outbox import Outbox

LOSS = of_skip("measure", "predictions", 2, Skip(epoch=0, begin=10, end=17, cause="data_loss"))
GONE = of_skip("measure", "predictions", 2, Skip(epoch=0, begin=0, end=4, cause="state_lost"))
REFUSAL = of_refusal("measure", "predictions", 2, "made again")


def fired(incident: object, before: Alert | None = None, now: int = 1_000) -> Alert:
    alert = begin(incident, before, now)  # type: ignore[arg-type]  # one of the three
    assert alert is not None
    return alert


@pytest.mark.parametrize("incident", [LOSS, GONE, REFUSAL])
def test_an_incident_says_what_where_and_what_to_do(incident: object) -> None:
    alert = fired(incident)
    assert (alert.state, alert.severity, alert.episode) == ("firing", "critical", 1)
    assert alert.labels["alertname"] == alert.rule
    assert (alert.labels["topic"], alert.labels["partition"]) == ("predictions", "2")
    assert {"summary", "description", "runbook_url"} <= alert.annotations.keys()
    assert (ROOT / alert.annotations["runbook_url"]).is_file()
    message = compose(notice(alert))
    assert message.title.startswith("[FIRING] critical: measure ")
    assert alert.rule in dict(message.every_fact())["Rule"]


def test_the_range_of_a_loss_is_exact() -> None:
    alert = fired(LOSS)
    assert "offsets 10 to 16" in alert.annotations["summary"]
    assert (alert.evidence["from"], alert.evidence["to"], alert.value) == (10, 17, 7.0)


def test_an_incident_that_was_told_is_not_told_again() -> None:
    alert = fired(LOSS)
    assert begin(LOSS, alert, 9_000) is None
    resolved = end(alert, 1_000 + LASTING_MS)
    assert resolved is not None
    assert begin(LOSS, resolved, 9_000) is None
    more = msgspec.structs.replace(LOSS, evidence={"from": 30, "to": 31})
    assert fired(more, resolved).episode == 2


def test_two_workers_tell_the_same_incident_under_the_same_id() -> None:
    assert fired(LOSS, now=1_000).id == fired(LOSS, now=2_000).id


def test_a_loss_ends_after_an_hour_and_a_refusal_at_once() -> None:
    loss, refusal = fired(LOSS), fired(REFUSAL)
    assert end(loss, 1_000 + LASTING_MS - 1) is None
    over = end(refusal, 2_000)
    assert over is not None
    assert (over.state, over.ends_at, over.episode) == ("resolved", 2_000, 1)
    assert end(over, 3_000) is None


def test_a_refusal_that_comes_back_is_a_new_episode() -> None:
    first = fired(REFUSAL)
    assert begin(REFUSAL, first, 2_000) is None
    again = fired(REFUSAL, end(first, 2_000))
    assert (again.episode, again.id != first.id) == (2, True)


def test_a_judge_leaves_the_incidents_of_stages_alone() -> None:
    judge = Judge([])
    judge.restore([fired(LOSS)])
    assert judge.firing() == []
    told = judge.step(Tick(watermark=10**12, at=10**12, completeness=1.0), position=7)
    assert told.transitions == []


@pytest.mark.kafka
async def test_incidents_are_told_once_across_restarts(deployment: Settings) -> None:
    now = 1_000.0
    outbox = Outbox(deployment.kafka, "test")

    def started(generation: str = "") -> Incidents:
        incidents = Incidents(
            deployment.kafka, "measure", outbox, generation=generation, clock=lambda: now
        )
        incidents.recall()
        return incidents

    skip = Skip(epoch=0, begin=10, end=17, cause="data_loss")
    first = started()
    first.tell_skip("predictions", 2, skip)
    first.tell_refusal("predictions", 2, "made again")
    assert outbox.flush(60)
    second = started()
    assert len(second.firing()) == 2
    second.tell_skip("predictions", 2, skip)
    await second.settle("predictions", [0, 1])
    await started("new").settle("predictions", [2])
    await second.settle("predictions", [2])
    assert outbox.flush(60)
    now += LASTING_MS / 1_000
    third = started()
    await third.settle("predictions", [2])
    await third.settle("predictions", [2])
    assert outbox.flush(60)
    told = [(alert.rule, alert.state) for alert in records.alerts(deployment)]
    assert told == [
        ("data_loss", "firing"),
        ("state_refused", "firing"),
        ("state_refused", "resolved"),
        ("data_loss", "resolved"),
    ]
    assert started().firing() == []
