"""What the detectors say, over real HTTP."""

import msgspec

from streamgauge.contracts.measure import Part, Picture
from streamgauge.dashboard.board import Board, wall_clock

from .http import get, get_json
from .sample import measure, signal

WATCHED = {
    "model_health_score": 41.0,
    'model_health_part{part="drift"}': 0.5,
    "feature_drift_score": 0.4,
}


def fill(board: Board) -> None:
    start = wall_clock() // 60_000 * 60_000 - 60_000
    watched = msgspec.structs.replace(measure(start=start), source="drift", values=WATCHED)
    drift = signal(version="1")
    part = Part(
        name="age",
        share=1.0,
        score=0.4,
        before=Picture(shares=[0.5, 0.5], edges=[0.0, 1.0, 2.0]),
        after=Picture(shares=[0.1, 0.9], edges=[0.0, 1.0, 2.0]),
    )
    drift = msgspec.structs.replace(
        drift, parts=[part], text="age moved up", sample=["p1"], reference="abc"
    )
    asked = msgspec.structs.replace(
        signal(version="1"),
        id="r",
        detector="retraining",
        stream="retraining",
        finding="RETRAINING_RECOMMENDED",
        text="accuracy fell",
    )
    board.fold([measure(start=start), watched, drift, asked])


def test_health_has_the_score_its_parts_and_what_was_found(board: Board, site: str) -> None:
    fill(board)
    status, body = get_json(site, "/monitoring/health/price")
    assert status == 200
    (version,) = body["versions"]
    assert (version["score"], version["parts"]) == (41.0, {"drift": 0.5})
    assert version["figures"]["feature_drift_score"] == 0.4
    (drift,) = [one for one in version["findings"] if one["finding"] == "DRIFT_DETECTED"]
    assert (drift["text"], drift["reference"], drift["predictions"]) == (
        "age moved up",
        "abc",
        ["p1"],
    )
    assert drift["parts"][0]["after"]["shares"] == [0.1, 0.9]


def test_triggers_say_whether_and_why(board: Board, site: str) -> None:
    fill(board)
    _, body = get_json(site, "/monitoring/retraining-triggers/price")
    (version,) = body["versions"]
    assert (version["recommended"], version["reason"]) == (True, "accuracy fell")
    assert [one["finding"] for one in version["findings"]] == ["DRIFT_DETECTED"]


def test_a_version_without_findings_is_not_recommended(board: Board, site: str) -> None:
    board.fold([measure()])
    _, body = get_json(site, "/monitoring/retraining-triggers/price")
    assert body["versions"] == [
        {"version": "1", "recommended": False, "since": None, "reason": "", "findings": []}
    ]
    _, body = get_json(site, "/monitoring/health/price")
    assert body["versions"][0]["score"] is None


def test_a_model_that_nobody_has_seen_is_named(board: Board, site: str) -> None:
    for path in ("health", "retraining-triggers"):
        status, body = get_json(site, f"/monitoring/{path}/nobody")
        assert (status, body["field"]) == (422, "model_id")
        assert get(site, f"/monitoring/{path}/")[0] == 404
