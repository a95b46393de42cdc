import msgspec

from streamgauge.alerting.message import as_html, as_text, compose

from .alert_text import FIRING, RESOLVED

WHY = 'route severity="critical" to team'


def test_it_says_what_moved_from_where_to_where_since_when_and_why() -> None:
    message = compose(FIRING, WHY)
    assert message.title == "[FIRING] critical: result_count 2: 8.1% errors"
    assert dict(message.facts) == {
        "What moved": "prediction_error_ratio is 0.081, threshold > 0.05",
        "Since": "2025-10-09 08:53:20 UTC",
        "Series": "model=result_count, version=2",
        "Based on": "321 samples in a window of 1m, 98% complete",
        "Description": "More than 5 % fail.",
        "Runbook": "docs/runbooks/error_rate_high.md",
        "Why sent": "prediction_error_ratio > 0.05 (rule error_rate_high, episode 1);"
        ' route severity="critical" to team',
    }


def test_resolved_says_how_long_it_took_and_the_value_now() -> None:
    facts = dict(compose(RESOLVED, WHY).facts)
    assert facts["What moved"] == "prediction_error_ratio is 0.01, no longer > 0.05"
    assert facts["Since"] == "2025-10-09 08:53:20 UTC until 2025-10-09 08:56:20 UTC (3m)"


def test_an_end_without_data_is_not_told_as_good_news() -> None:
    silent = msgspec.structs.replace(
        RESOLVED, value=0.3, evidence={"reason": "no data for 3 windows"}
    )
    facts = dict(compose(silent, WHY).facts)
    assert facts["What moved"] == "prediction_error_ratio: no data for 3 windows; last seen at 0.3"


def test_drift_says_before_and_after() -> None:
    drift = msgspec.structs.replace(
        FIRING, expr="drift_signal == 1", evidence={"before": 0.04, "after": 0.16, "score": 4.5}
    )
    facts = dict(compose(drift, WHY).facts)
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
    assert dict(compose(drift, WHY).facts)["Evidence"] == (
        "min_score went up: mean 0.52 before, 0.61 after; made of min_score 75%, activity 25%;"
        " for example p1, p2; compared with reference 0123456789ab"
    )


def test_what_a_stranger_sends_stays_text() -> None:
    bad = msgspec.structs.replace(
        FIRING,
        annotations={"summary": "<script>\r\nBcc: all@example.org", "runbook_url": "javascript:x"},
        labels={"model": "\x1b[31m<img src=x>"},
    )
    message = compose(bad, WHY)
    assert "\n" not in message.title
    assert "\x1b" not in as_text(message)
    page = as_html(message)
    assert "<script>" not in page
    assert "<img" not in page
    assert "<a " not in page


def test_a_runbook_on_the_web_becomes_a_link() -> None:
    linked = msgspec.structs.replace(FIRING, annotations={"runbook_url": "https://e.org/r?a=1&b=2"})
    page = as_html(compose(linked, WHY))
    assert '<a href="https://e.org/r?a=1&amp;b=2">' in page
