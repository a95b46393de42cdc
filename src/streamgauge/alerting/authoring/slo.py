"""An objective becomes rules that tell early enough and seldom: burn rates over several windows.

The rules are those of the SRE workbook, chapter 5 "Alerting on SLOs", method 6 (multiwindow,
multi-burn-rate), https://sre.google/workbook/alerting-on-slos/. Pure.
"""

import re
from typing import Any, Literal, NamedTuple

import msgspec

from streamgauge.alerting import duration
from streamgauge.contracts.event import Labels

Severity = Literal["critical", "warning"]
_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_RUNBOOK = "docs/runbooks/slo_budget_burn.md"
_HOUR = 3_600_000


class Burn(NamedTuple):
    """An alarm at `budget` (a share) spent within `long`; `short` says that it goes on."""

    budget: float
    long: str
    short: str


# Table 5-8 of the workbook: with a window of 30 days these are 14.4, 6 and 1 times the budget.
PAGE = (Burn(0.02, "1h", "5m"), Burn(0.05, "6h", "30m"))
TICKET = (Burn(0.10, "3d", "6h"),)
_WINDOWS = ("5m", "30m", "1h", "6h", "3d")


class Slo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objective in per cent over a `window`, and what counts as bad.

    One of: `bad` or `good` (numbers of events) with `total`; `ratio` (share of bad ones) or
    `good_ratio`, weighed by `total` where that is given; `bad_when`, a condition that makes a
    whole window bad, for example `data_freshness_seconds > 300`. All are selectors of measures.
    Sums are made `by` these labels. Fewer than `min_events` in the long window alarm nobody.
    """

    name: str
    objective: float
    window: str = "30d"
    bad: str = ""
    good: str = ""
    ratio: str = ""
    good_ratio: str = ""
    bad_when: str = ""
    total: str = ""
    by: tuple[str, ...] = ("model",)
    min_events: int = 100
    labels: Labels = {}
    annotations: Labels = {}

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name {self.name!r}: expected letters, digits and _")
        if not 50 <= self.objective < 100:
            raise ValueError(
                f"objective {self.objective:g}: expected per cent from 50 to below 100, for"
                " example 99.9"
            )
        given = [name for name in _KINDS if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"expected one of {', '.join(_KINDS)}; got {given or 'none'}")
        if given[0] in ("bad", "good") and not self.total:
            raise ValueError(f"{given[0]} needs total, the number of all events")
        if given[0] == "bad_when" and self.total:
            raise ValueError("bad_when counts windows; expected no total")
        if self.min_events < 0:
            raise ValueError(f"min_events {self.min_events}: expected 0 or more")
        duration.milliseconds(self.window)

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return float(f"{1 - self.objective / 100:.12g}")


_KINDS = ("bad", "good", "ratio", "good_ratio", "bad_when")


def expand(slo: Slo) -> dict[str, Any]:
    """The group of a rule file that watches an objective."""
    bad, total = _events(slo)
    mark = {"slo": slo.name}
    rules: list[dict[str, Any]] = [
        {"record": "slo:bad_events", "expr": bad, "labels": mark},
        {"record": "slo:events", "expr": total, "labels": mark},
    ]
    rules += [
        {
            "record": f"slo:error_ratio:{window}",
            "expr": f"{_over('slo:bad_events', slo, window)} / {_over('slo:events', slo, window)}",
            "labels": mark,
        }
        for window in _WINDOWS
    ]
    rules.append(_alert(slo, PAGE, f"{slo.name}_budget_burns", "critical"))
    rules.append(_alert(slo, TICKET, f"{slo.name}_budget_drains", "warning"))
    return {"name": f"slo-{slo.name}", "rules": rules}


def _events(slo: Slo) -> tuple[str, str]:
    """How many events were bad, and how many there were, in each window of the measures."""
    by = f"sum by ({', '.join(slo.by)})"
    total = f"{by} ({slo.total})"
    if slo.bad:
        return f"{by} ({slo.bad})", total
    if slo.good:
        return f"{total} - {by} ({slo.good})", total
    if slo.bad_when:
        measure, op, number = _condition(slo.bad_when)
        return f"{by} ({measure} {op} bool {number})", f"count by ({', '.join(slo.by)}) ({measure})"
    ratio = slo.ratio or f"(1 - {slo.good_ratio})"
    if not slo.total:
        measure = slo.ratio or slo.good_ratio
        return f"{by} ({ratio})", f"count by ({', '.join(slo.by)}) ({measure})"
    return f"{by} ({ratio} * {slo.total})", total


def _condition(text: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(.+?)\s*(<=|>=|==|!=|<|>)\s*(\S+)", text.strip())
    if not match:
        raise ValueError(f"bad_when {text!r}: expected for example data_freshness_seconds > 300")
    measure, op, number = match.groups()
    return measure, op, number


def _alert(slo: Slo, burns: tuple[Burn, ...], name: str, severity: Severity) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": "\nor\n".join(_burning(slo, burn) for burn in burns) + "\n",
        "labels": {**slo.labels, "severity": severity},
        "annotations": {
            "summary": f"{slo.name}: {{{{ $value | humanizePercentage }}}} are bad,"
            f" {slo.budget * 100:.4g}% may be",
            "description": _story(slo, burns),
            "runbook_url": _RUNBOOK,
            **slo.annotations,
        },
    }


def _burning(slo: Slo, burn: Burn) -> str:
    limit = float(f"{rate(slo, burn) * slo.budget:.9g}")
    enough = f"{_over('slo:events', slo, burn.long)} >= {slo.min_events}"
    return (
        f'(slo:error_ratio:{burn.long}{{slo="{slo.name}"}} > {limit!r}\n'
        f'  and slo:error_ratio:{burn.short}{{slo="{slo.name}"}} > {limit!r}\n'
        f"  and {enough})"
    )


def rate(slo: Slo, burn: Burn) -> float:
    """How many times faster than allowed the budget burns.

    >>> slo = Slo(name="a", objective=99.9, ratio="prediction_error_ratio")
    >>> [round(rate(slo, burn), 3) for burn in (*PAGE, *TICKET)]
    [14.4, 6.0, 1.0]
    """
    return burn.budget * duration.milliseconds(slo.window) / duration.milliseconds(burn.long)


def _over(name: str, slo: Slo, window: str) -> str:
    return f'sum_over_time({name}{{slo="{slo.name}"}}[{window}])'


def _story(slo: Slo, burns: tuple[Burn, ...]) -> str:
    cases = " or ".join(f"{burn.budget:.0%} of it in {burn.long}" for burn in burns)
    days = duration.milliseconds(slo.window) / 24 / _HOUR
    return f"The error budget of {days:g} days ({slo.objective:g} % good) burns: {cases}."
