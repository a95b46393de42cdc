"""The rules that come with streamgauge: Prometheus reads them, and each has a page for people."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.alerting.rule_text import alerting

from streamgauge.alerting.authoring.measure_name import is_known
from streamgauge.alerting.rules.reader import shipped_rules
from streamgauge.alerting.rules.rule import AlertingRule

ROOT = Path(__file__).parents[3]
DEMO = shipped_rules()[0].parent / "demo" / "demo.yml"
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
PARTS = ("**What it means.**", "**What people feel.**", "## Look", "## Act", "## Silence")
COMMAND = re.compile(r"`(streamgauge|curl|redis-cli) ")
MEASURE = re.compile(r"`((?:prediction|api|model|feature|label|service|pipeline|data)_\w+)[`{]")
RESOURCES = "service_(cpu_cores|memory_bytes|gpu_ratio|queue_depth|in_flight)_mean"
# "Merged default alert rules" and X01 to X16 of the requirements: severity, `for` in minutes,
# and what the condition compares with.
MERGED = {
    "ml_service_unavailable": ("critical", 2, "service_up < 0.5"),
    "model_not_loaded": ("critical", 0, "service_model_loaded < 1"),
    "error_rate_high": ("critical", 5, "prediction_error_ratio > 0.05"),
    "error_rate_fast": ("critical", 1, "prediction_error_ratio > 0.1"),
    "error_rate_disable_ml": ("critical", 1, "prediction_error_ratio > 0.15"),
    "model_quality_low": ("critical", 15, "performance_loss > 0.05"),
    "result_count_error_high": ("critical", 15, 'model_mae{model="result_count"} > 10'),
    "duration_error_high": ("critical", 15, 'model_mae{model="duration_s"} > 5'),
    "data_quality_violation": ("critical", 1, "data_quality_pass_ratio < 0.95"),
    "ml_inference_latency_high": (
        "warning",
        5,
        'prediction_latency_seconds{quantile="0.95"} > 0.1',
    ),
    "ml_latency_fallback": ("warning", 1, 'prediction_latency_seconds{quantile="0.95"} > 0.15'),
    "api_latency_high": ("warning", 5, 'api_latency_seconds{quantile="0.95"} > 0.2'),
    "high_fallback_rate": ("warning", 10, "prediction_fallback_ratio > 0.2"),
    "cache_hit_low": ("warning", 5, "prediction_cache_hit_ratio < 0.6"),
    "cache_unavailable": ("warning", 0, "service_cache_up < 1"),
    "model_drift_detected": ("info", 0, "feature_drift_score > 0.3"),
    "model_drift_persistent": ("warning", 3, "feature_drift_score > 0.3"),
    "model_drift_with_predictions": ("warning", 0, 'drift_signal{stream="model"} == 1'),
    "intent_distribution_unusual": ("warning", 5, 'prediction_psi{prediction="class"} > 0.3'),
    "resource_spike": (
        "warning",
        5,
        f'anomaly_signal{{stream=~"{RESOURCES}"}} == 1',
    ),
}


@pytest.fixture(scope="module")
def shipped() -> list[AlertingRule]:
    return alerting(shipped_rules())


@pytest.mark.prometheus
def test_prometheus_itself_accepts_every_shipped_file(promtool: str) -> None:
    done = subprocess.run(
        [promtool, "check", "rules", *shipped_rules(), DEMO],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_merged_defaults_of_the_requirements_are_all_there(shipped: list[AlertingRule]) -> None:
    found = {rule.name: (rule.severity, rule.hold / 60_000, rule.expr) for rule in shipped}
    assert {name: found.get(name) for name in MERGED} == MERGED


def test_rules_that_shall_act_say_so(shipped: list[AlertingRule]) -> None:
    acting = {rule.name: rule.labels["action"] for rule in shipped if "action" in rule.labels}
    assert acting == {"error_rate_disable_ml": "kill_switch", "ml_latency_fallback": "fallback"}


def test_shares_and_times_are_told_in_words_that_people_read(shipped: list[AlertingRule]) -> None:
    for rule in shipped:
        if "_ratio" in rule.expr or "_seconds" in rule.expr:
            told = " ".join(rule.annotations.values())
            assert "{{ $value }}" not in told, f"{rule.name}: a unit is missing"


def test_every_shipped_rule_has_words_and_a_page_of_its_own(shipped: list[AlertingRule]) -> None:
    for rule in [*shipped, *alerting([DEMO])]:
        assert {"summary", "description", "runbook_url"} <= rule.annotations.keys()
        page = ROOT / rule.annotations["runbook_url"]
        name = page.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        assert name in (rule.name, rule.name.removeprefix("demo_")) or "demo_" in rule.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_it_means_where_to_look_what_to_do_and_when_to_be_quiet(
    page: Path,
) -> None:
    text = page.read_text("utf-8")
    places = [text.find(part) for part in PARTS]
    assert text.startswith(f"# {page.stem}\n")
    assert -1 not in places
    assert places == sorted(places)
    # Whoever is woken up wants a command to begin with, not advice.
    assert COMMAND.search(text[places[2] : places[3]])
    for name in MEASURE.findall(text):
        assert is_known(name)
    for link in re.findall(r"\]\((\w+\.md)\)", text):
        assert (page.parent / link).is_file()
