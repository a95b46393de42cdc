import shlex

import msgspec
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.message.compose import compose
from streamgauge.alerting.message.page import as_html
from streamgauge.alerting.message.text import as_text


def test_it_says_what_moved_from_where_to_where_since_when_and_why() -> None:
    message = compose(notice(FIRING))
    assert message.title == "[FIRING] critical: result_count 2: 8.1% errors"
    assert dict(message.every_fact()) == {
        "What moved": "prediction_error_ratio is 8.1%, threshold > 5%",
        "Since": "2025-10-09 08:53:20 UTC (for 1m10s)",
        "Series": "model=result_count, version=2",
        "Based on": "321 samples in a window of 1m, 98% complete",
        "Description": "More than 5 % fail.",
        "Runbook": "docs/runbooks/error_rate_high.md",
        "Rule": "prediction_error_ratio > 0.05 (error_rate_high, episode 1)",
        "Fingerprint": "f00d-1",
        "Acknowledge": "streamgauge alerts ack f00d-1",
        "Why sent": 'something new fires; route severity="critical" to team; receiver team/x',
        "Silence": (
            """streamgauge alerts silence 'alertname="error_rate_high"' --for 1h --comment WHY"""
        ),
        "Key": '{}:{alertname="error_rate_high"}/team/x/1760000000000/1',
    }


def test_resolved_says_how_long_it_took_and_the_value_now() -> None:
    facts = dict(compose(notice(RESOLVED)).every_fact())
    assert facts["What moved"] == "prediction_error_ratio is 1%, no longer > 5%"
    assert facts["Since"] == "2025-10-09 08:53:20 UTC until 2025-10-09 08:56:20 UTC (3m)"


def test_an_end_without_data_is_not_told_as_good_news() -> None:
    silent = msgspec.structs.replace(
        RESOLVED, value=0.3, evidence={"reason": "no data for 3 windows"}
    )
    facts = dict(compose(notice(silent)).every_fact())
    assert facts["What moved"] == "prediction_error_ratio: no data for 3 windows; last seen at 30%"


def test_drift_says_before_and_after() -> None:
    drift = msgspec.structs.replace(
        FIRING, expr="drift_signal == 1", evidence={"before": 0.04, "after": 0.16, "score": 4.5}
    )
    facts = dict(compose(notice(drift)).every_fact())
    assert facts["Evidence"] == "mean 0.04 before, 0.16 after (score 4.5)"


def test_a_finding_is_told_in_words_with_its_parts_and_examples() -> None:
    drift = msgspec.structs.replace(
        FIRING,
        expr="drift_signal == 1",
        evidence={
            "before": 0.04,
            "after": 0.16,
            "text": "min_score went up: mean 0.52 before, 0.61 after",
            "parts": "min_score 75%, activity 25%",
            "predictions": "p1, p2",
            "reference": "0123456789abcdef0123",
        },
    )
    assert dict(compose(notice(drift)).every_fact())["Evidence"] == (
        "min_score went up: mean 0.52 before, 0.61 after; made of min_score 75%, activity 25%;"
        " for example p1, p2; compared with reference 0123456789ab"
    )


def test_what_a_stranger_sends_stays_text() -> None:
    bad = msgspec.structs.replace(
        FIRING,
        annotations={"summary": "<script>\r\nBcc: all@example.org", "runbook_url": "javascript:x"},
        labels={"model": "\x1b[31m<img src=x>"},
    )
    message = compose(notice(bad))
    assert "\n" not in message.title
    assert "\x1b" not in as_text(message)
    page = as_html(message)
    assert "<script>" not in page
    assert "<img" not in page
    assert "<a " not in page


def test_a_runbook_on_the_web_becomes_a_link() -> None:
    linked = msgspec.structs.replace(FIRING, annotations={"runbook_url": "https://e.org/r?a=1&b=2"})
    page = as_html(compose(notice(linked)))
    assert '<a href="https://e.org/r?a=1&amp;b=2" rel="noreferrer">' in page


def test_another_relative_path_is_no_page_of_ours() -> None:
    for path in ("runbooks/x.md", "docs/runbooks/../x.md", "docs/runbooks/x.md?y"):
        other = msgspec.structs.replace(FIRING, annotations={"runbook_url": path})
        message = compose(notice(other), external_url="https://e.org")
        assert dict(message.every_fact())["Runbook"] == path
        assert [name for name, _ in message.links] == ["streamgauge"]


def test_it_says_what_it_was_when_it_fired_what_it_is_now_and_its_peak() -> None:
    # prometheus#3308, #7224, alertmanager#992: a resolved message shows the old value only.
    moved = msgspec.structs.replace(FIRING, value_at_fire=0.07, peak=0.2)
    facts = dict(compose(notice(moved)).every_fact())
    assert facts["What moved"] == (
        "prediction_error_ratio was 7% when it fired, is 8.1% now, peak 20%, threshold > 5%"
    )
    over = msgspec.structs.replace(RESOLVED, value_at_fire=0.07, peak=0.2)
    facts = dict(compose(notice(over)).every_fact())
    assert facts["What moved"] == (
        "prediction_error_ratio is 1%, no longer > 5%; it fired at 7%, peak 20%"
    )


def test_of_many_alerts_the_worst_and_newest_come_in_full_and_the_others_as_counts() -> None:
    many = [alert(n, severity="warning", updated_at=n, rule=f"rule_{n % 3}") for n in range(9_998)]
    worst = alert(20_000, severity="critical", updated_at=1)
    over = alert(20_001, "resolved", severity="critical", updated_at=99_999)
    message = compose(notice(*many, worst, over))
    assert message.title.startswith("[FIRING:9999, RESOLVED:1] critical: error_rate_high, worst: ")
    assert message.severity == "critical"
    assert dict(message.sections[0].facts)["Series"] == "model=m20000, version=2"
    assert dict(message.sections[1].facts)["Fingerprint"] == f"{9_997:016x}-1"
    assert len(message.sections) == 10
    assert sum(int(text.split()[0]) for text in message.rest) == 9_990
    assert message.rest[-1] == "1 more resolved: critical error_rate_high"
    assert len(as_html(message)) < 30_000


def test_who_was_told_before_and_who_owns_it_is_said() -> None:
    text = "nobody acknowledged within 15m; told before: ML Team Lead"
    message = compose(notice(FIRING, reason="escalated", text=text))
    assert message.title.startswith("[ESCALATED] [FIRING] critical")
    assert dict(message.every_fact())["Note"] == text


def test_a_possible_repeat_is_marked_and_ways_to_act_are_offered() -> None:
    message = compose(
        notice(FIRING),
        again=True,
        external_url="https://watch.example.org",
        ack_link=lambda one: f"https://watch.example.org/ack?of={one.fingerprint}",
    )
    facts = dict(message.every_fact())
    assert facts["Repeat"].startswith("possible repeat")
    assert "Acknowledge" not in facts
    # The notifier has the pages of the shipped rules.
    assert message.links == (
        ("Acknowledge", "https://watch.example.org/ack?of=f00d"),
        ("Runbook", "https://watch.example.org/docs/runbooks/error_rate_high.md"),
        ("streamgauge", "https://watch.example.org"),
    )


def test_a_command_to_copy_runs_nothing_of_a_stranger() -> None:
    labels = {"model": "x\"; $(reboot) '`id`' #"}
    named = msgspec.structs.replace(FIRING, fingerprint="$(reboot)")
    facts = dict(compose(notice(named, labels=labels)).every_fact())
    assert shlex.split(facts["Acknowledge"])[-1] == "$(reboot)-1"
    assert shlex.split(facts["Silence"])[3] == 'model="x\\"; $(reboot) \'`id`\' #"'


def test_a_digest_says_its_counts_line_by_line_and_may_be_empty() -> None:
    text = "3 alerts fired, 2 ended\nby severity: info 3"
    message = compose(notice(reason="digest", text=text, labels={"digest": "daily"}))
    assert message.title == "[DIGEST] 3 alerts fired, 2 ended"
    assert [said for name, said in message.facts if name == "Note"] == text.split("\n")


def test_a_time_is_told_as_one_and_a_percentile_by_its_name() -> None:
    slow = msgspec.structs.replace(
        FIRING,
        expr='prediction_latency_seconds{quantile="0.95"} > 0.1',
        labels=FIRING.labels | {"quantile": "0.95"},
        value=0.249222,
        value_at_fire=0.12,
        peak=1.5,
    )
    assert dict(compose(notice(slow)).every_fact())["What moved"] == (
        "p95 of prediction_latency_seconds was 120ms when it fired, is 249.2ms now, peak 1.5s, "
        "threshold > 100ms"
    )


def test_what_somebody_owns_is_not_offered_again_and_the_others_are_no_secret() -> None:
    owned = notice(FIRING, reason="acknowledged", text="acknowledged by Ada for 1h", muted=1)
    message = compose(owned, external_url="https://e.org", ack_link=lambda _: "https://e.org/ack")
    facts = dict(message.every_fact())
    assert facts["Not shown"] == "1 more, of the group"
    assert "Acknowledge" not in {*facts, *dict(message.links)}
    facts = dict(compose(notice(FIRING, muted=2)).every_fact())
    assert facts["Not shown"] == "2 more, silenced, inhibited or owned"


def test_no_link_offers_to_own_what_nobody_can_own() -> None:
    watch = notice(FIRING, reason="watch", text="judge silent")
    message = compose(watch, external_url="https://e.org", ack_link=lambda _: "https://e.org/ack")
    assert [name for name, _ in message.links] == ["Runbook", "streamgauge"]
    assert not {"Acknowledge", "Silence"} & dict(message.every_fact()).keys()
