import pytest

from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.producers.fault import (
    Drift,
    Errors,
    LateLabels,
    Latency,
    Outage,
    ServiceDown,
    conditions,
)
from streamgauge.producers.scenario import load, read, shipped
from streamgauge.settings import InputError, Window

HEAD = 'rate = 5\n[[models]]\nname = "a"\n[[faults]]\nkind = "outage"\n[[faults]]\n'


def test_every_kind_of_fault_has_a_shipped_scenario() -> None:
    names = shipped()
    assert {"steady", "demo", "latency", "errors", "drift", "outage"} <= set(names)
    assert {"service_down", "late_labels"} <= set(names)
    kinds = {type(fault) for name in names for fault in load(name).faults}
    assert kinds == {Latency, Errors, Drift, Outage, ServiceDown, LateLabels}
    assert all(load(name).about for name in names)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("errors", "error_rate_fast"),
        ("latency", "ml_inference_latency_high"),
        ("service_down", "ml_service_unavailable"),
    ],
)
def test_a_shipped_fault_lasts_long_enough_for_its_shipped_rule(name: str, rule: str) -> None:
    [waits] = [
        one.hold
        for one in load_rules(shipped_rules())
        if isinstance(one, AlertingRule) and one.name == rule
    ]
    # A window that the fault fills only in part may say nothing, at its begin and at its end.
    needed = waits / 1000 + 2 * Window().width
    assert max(fault.duration for fault in load(name).faults) >= needed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + 'kind = "latenc"', "x.toml:7: $.faults[1].kind: Invalid value 'latenc'; expected "),
        (HEAD + 'kind = "errors"\nshare = 3', "x.toml:8: $.faults[1].share: Expected float <= 1"),
        (HEAD + 'kind = "outage"\nday = 3', "x.toml:8: $.faults[1]: unknown name day; expected"),
        (HEAD + 'kind = "outage"\nmodels = ["b"]', "x.toml:8: $.faults[1].models: no model 'b'"),
        (HEAD + 'kind = "errors"', "x.toml:6: $.faults[1]: Object missing required field share"),
        ('rate = 0\n[[models]]\nname = "a"', "x.toml:1: $.rate: Expected float > 0.0"),
        ('rat = 1\n[[models]]\nname = "a"', "x.toml:1: $: unknown name rat; expected one of rate"),
        ("rate = 1", "x.toml:1: $: Object missing required field models"),
        ("rate =", "x.toml: Invalid value"),
        (HEAD + 'kind = "service_down"', "x.toml:6: $.faults[1]: a service that never comes back"),
    ],
)
def test_a_wrong_scenario_is_told_with_file_line_and_path(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read(text, "x.toml")
    assert str(raised.value).startswith(said)


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"expected a file or one of demo, .*steady"):
        load("nope")


def test_faults_hold_from_their_start_to_their_end_and_add_up() -> None:
    faults = (
        Latency(start=10, duration=10, milliseconds=100),
        Latency(start=15, duration=10, milliseconds=50),
        Errors(start=10, duration=10, share=0.5),
        Errors(start=10, duration=10, share=0.5, models=("b",)),
        ServiceDown(start=12, duration=8),
    )
    assert conditions(faults, 9.9, "a").latency_ms == 0
    assert conditions(faults, 15, "a").latency_ms == 150
    assert conditions(faults, 20, "a").latency_ms == 50
    assert conditions(faults, 10, "a").errors == 0.5
    assert conditions(faults, 10, "b").errors == 0.75
    assert (conditions(faults, 13).down, conditions(faults, 13).down_for) == (True, 7)
