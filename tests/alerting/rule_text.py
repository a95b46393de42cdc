"""Rules and readings that several tests of this room use."""

from collections.abc import Iterable
from pathlib import Path

from streamgauge.alerting.rules.reader import load_rules
from streamgauge.alerting.rules.rule import AlertingRule, Rule
from streamgauge.contracts.measure import Measure, Signal, Tick

MINUTE = 60_000


def rules(path: Path, text: str) -> list[Rule]:
    path.write_text(text, "utf-8")
    return load_rules([path])


def alerting(paths: Iterable[Path]) -> list[AlertingRule]:
    """The rules of files that alert."""
    return [rule for rule in load_rules(paths) if isinstance(rule, AlertingRule)]


def one_rule(path: Path, expr: str, **keys: object) -> list[Rule]:
    body = "".join(f"    {name}: {value}\n" for name, value in keys.items())
    return rules(path, f"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {expr}\n{body}")


def measure(
    minute: int,
    value: float,
    *,
    final: bool = True,
    revision: int = 9,
    samples: int = 100,
    second: int = 30,
    name: str = "prediction_error_ratio",
    model: str = "m",
) -> Measure:
    start = minute * MINUTE
    return Measure(
        labels={"model": model, "version": "1"},
        window="1m",
        start=start,
        end=start + MINUTE,
        revision=revision,
        as_of=start + (59_999 if final else second * 1000),
        final=final,
        completeness=1.0,
        values={name: value},
        samples={name.partition("{")[0]: samples},
    )


def signal(minute: int, *, active: bool) -> Signal:
    return Signal(
        id=f"s{minute}",
        labels={"model": "m", "version": "1"},
        detector="adwin",
        stream="latency",
        start=minute * MINUTE,
        end=minute * MINUTE,
        active=active,
        score=4.5,
        before=0.04,
        after=0.16,
        samples=321,
    )


def tick(minute: float) -> Tick:
    at = int(minute * MINUTE)
    return Tick(watermark=at, at=at, completeness=1.0)
