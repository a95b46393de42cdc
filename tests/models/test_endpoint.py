"""Real HTTP; Kafka and Redis are away all the time, and nobody notices."""

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from streamgauge.contracts.receipt import Claims
from streamgauge.embedded import free_port
from streamgauge.models.scan import NUMBERS
from streamgauge.settings import Receipt, Serve, Settings

leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.text(max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
)
json_value = st.recursive(
    leaf,
    lambda below: st.one_of(
        st.lists(below, max_size=2), st.dictionaries(st.text(max_size=3), below, max_size=2)
    ),
    max_leaves=4,
)
over_http = settings(max_examples=60, deadline=None)


def test_one_row_is_answered_with_all_that_it_promises(
    caller: Any, lonely: Settings, features: dict[str, Any]
) -> None:
    said = caller.ask("result_count", {"features": features, "user": "u1"})

    assert said.status == 200
    assert set(said.body) == {
        "id", "model", "version", "prediction", "confidence", "receipt", "fallback", "latency_ms",
    }  # fmt: skip
    assert (said.body["model"], said.body["version"]) == ("result_count", "1")
    assert math.isfinite(said.body["prediction"])
    assert 0 <= said.body["confidence"] <= 1
    assert said.body["fallback"] is False
    desk = lonely.receipt.desk()
    assert desk is not None
    claims = desk.check(said.body["receipt"], now=0)
    assert isinstance(claims, Claims)
    assert (claims.id, claims.prediction) == (said.body["id"], said.body["prediction"])
    assert claims.unit is None


def test_many_rows_are_answered_in_their_order(
    caller: Any, features: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    asked = [{"features": {name: row[name] for name in features}} for row in rows[:50]]

    together = caller.ask("duration_s", {"rows": asked})
    alone = [caller.ask("duration_s", one).body["prediction"] for one in asked[:5]]

    assert [one["prediction"] for one in together.body["predictions"]][:5] == alone
    assert len(together.body["predictions"]) == 50


@pytest.mark.parametrize("name", [*NUMBERS, "profile"])
@pytest.mark.parametrize("wrong", [True, None, [1], {"a": 1}])
def test_a_wrong_feature_is_named(
    name: str, wrong: object, caller: Any, features: dict[str, Any]
) -> None:
    said = caller.ask("duration_s", {"rows": [{"features": features | {name: wrong}}]})

    assert (said.status, said.body["field"]) == (422, f"rows[0].features.{name}")
    assert "expected" in said.body["error"]


@given(value=json_value)
@over_http
def test_no_value_breaks_the_service(value: Any, caller: Any, features: dict[str, Any]) -> None:
    said = caller.ask("duration_s", {"features": features | {"activity": value}})

    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 3.4e38
    assert said.status == (200 if usable else 422)
    assert usable or said.body["field"] == "features.activity"


@given(question=json_value)
@over_http
def test_no_question_breaks_the_service(question: Any, caller: Any) -> None:
    said = caller.ask("duration_s", question)

    assert said.status == 422
    assert said.body["field"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"not json", 422, "body"),
        (b'{"features": {"a": Infinity}}', 422, "body"),
        (b'{"features": {"universe_size": 1e999}}', 422, "body"),
        (b" " * 2_000_000, 413, "body"),
    ],
)
def test_bodies_that_are_none_are_refused(
    body: bytes, status: int, field: str, caller: Any
) -> None:
    said = caller.send("POST", "/predict/duration_s", body)

    assert (said.status, said.body["field"]) == (status, field)


def test_too_many_rows_and_missing_and_unknown_features_are_named(
    caller: Any, features: dict[str, Any]
) -> None:
    fewer = {name: value for name, value in features.items() if name != "lookback"}

    many = caller.ask("duration_s", {"rows": [{"features": {}}] * 1001})
    missing = caller.ask("duration_s", {"features": fewer})
    unknown = caller.ask("duration_s", {"features": features | {"colour": 1}})

    assert (many.status, many.body["field"]) == (422, "rows")
    assert (missing.status, missing.body["field"]) == (422, "features.lookback")
    assert (unknown.status, unknown.body["field"]) == (422, "features.colour")


def test_unknown_models_and_wrong_methods(caller: Any, features: dict[str, Any]) -> None:
    said = caller.ask("nothing", {"features": features})

    assert said.status == 404
    assert "duration_s, result_count" in said.body["error"]
    assert caller.get("/predict/duration_s").status == 405
    assert caller.ask("..%2f..%2fetc", {"features": features}).status == 404


def test_faults_are_ignored_where_they_are_not_allowed(
    caller: Any, features: dict[str, Any]
) -> None:
    for fault in ("error=1", "down=20", "nonsense"):
        said = caller.ask("duration_s", {"features": features}, x_streamgauge_fault=fault)
        assert said.status == 200
    assert caller.get("/health").status == 200


def test_health_says_what_is_loaded_and_what_is_away(caller: Any) -> None:
    said = caller.get("/health")

    assert said.status == 200
    assert said.body["status"] == "ok"
    assert said.body["models"] == {"duration_s@1": True, "result_count@1": True}
    assert said.body["kafka"]["reachable"] in {None, False}
    assert said.body["kafka"]["sent"] == 0


def test_metrics_are_prometheus_and_count_requests(caller: Any, features: dict[str, Any]) -> None:
    def count(status: str) -> float:
        text = caller.get("/metrics").body
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "streamgauge_inference_requests_total"
            and sample.labels == {"model": "duration_s", "status": status}
        )

    before = count("200"), count("422")
    caller.ask("duration_s", {"features": features})
    caller.ask("duration_s", {"features": {}})

    assert (count("200"), count("422")) == (before[0] + 1, before[1] + 1)
    text = caller.get("/metrics").body
    for bound in ("0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.5", "1.0"):
        assert f'le="{bound}"' in text
    assert 'streamgauge_client_events_total{result="sent"} 0.0' in text
    assert 'streamgauge_inference_model_loaded{model="duration_s",version="1"} 1.0' in text
    assert "streamgauge_inference_in_flight 0.0" in text
    assert 'model="unknown"' not in text or "nothing" not in text


def test_models_are_described_by_their_cards(caller: Any) -> None:
    cards = {card["name"]: card for card in caller.get("/models").body["models"]}

    assert set(cards) == {"duration_s", "result_count"}
    assert cards["duration_s"]["champion"] is True
    assert [feature["name"] for feature in cards["duration_s"]["features"]][:2] == [
        "universe_size",
        "lookback",
    ]


def test_without_keys_there_is_no_receipt_and_foreign_pages_need_a_name(
    serving: Any, lonely: Settings, features: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    serve = msgspec.structs.replace(
        lonely.serve, port=free_port(), cors=("https://app.example",), faults=True
    )
    settings = msgspec.structs.replace(lonely, receipt=Receipt(), serve=serve)

    with serving(settings) as caller:
        said = caller.ask("duration_s", {"features": features}, origin="https://app.example")
        other = caller.ask("duration_s", {"features": features}, origin="https://other.example")
        assert said.status == 200
        assert said.body["receipt"] is None
        assert said.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-origin" not in other.headers

        def faulty(fault: str) -> Any:
            return caller.ask("duration_s", {"features": features}, x_streamgauge_fault=fault)

        assert faulty("explode=1").body["field"] == "x-streamgauge-fault"
        assert faulty("error=1").status == 500
        assert faulty("latency=30").body["latency_ms"] > 30
        assert faulty("down=60").status == 503
        assert caller.get("/health").status == 503
        assert caller.ask("duration_s", {"features": features}).status == 503


def test_a_broken_artifact_leaves_the_service_serving_the_rest(
    serving: Any, lonely: Settings, artifacts: Path, tmp_path: Path, features: dict[str, Any]
) -> None:
    import shutil

    shutil.copytree(artifacts, tmp_path / "models")
    (tmp_path / "models" / "duration_s" / "1" / "model.skops").write_bytes(b"broken")
    settings = msgspec.structs.replace(
        lonely, serve=Serve(port=free_port(), artifacts=tmp_path / "models")
    )

    with serving(settings) as caller:
        broken = caller.ask("duration_s", {"features": features})
        whole = caller.ask("result_count", {"features": features})
        health = caller.get("/health")

    assert (broken.status, broken.body["error"]) == (503, "duration_s@1 is not loaded")
    assert whole.status == 200
    assert health.status == 200
    assert health.body["status"] == "degraded"
    assert health.body["models"] == {"duration_s@1": False, "result_count@1": True}


def test_a_service_without_models_says_that_it_is_down(
    serving: Any, lonely: Settings, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(
        lonely, serve=Serve(port=free_port(), artifacts=tmp_path / "none")
    )

    with serving(settings) as caller:
        assert caller.get("/health").status == 503
        assert caller.get("/health").body["status"] == "down"


def test_a_bug_is_answered_counted_and_logged(
    serving: Any, lonely: Settings, features: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    settings = msgspec.structs.replace(
        lonely, serve=Serve(port=free_port(), artifacts=lonely.serve.artifacts)
    )

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    with serving(settings) as caller, pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamgauge.models.endpoint.read", broken)
        said = caller.ask("duration_s", {"features": features})
        metrics = caller.get("/metrics").body

    assert (said.status, said.body) == (500, {"error": "the service failed", "field": None})
    assert 'requests_total{model="duration_s",status="500"} 1.0' in metrics
    assert "streamgauge_inference_in_flight 0.0" in metrics
