from pathlib import Path

import pytest

from .file_text import RECEIVERS, ROUTE, read

RULE = "inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d], equal: [model]}]\n"


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        (ROUTE, 2, "receiver 'b': nothing leads to it"),
        (ROUTE + "global: {opsgenie_api_url: 'https://x.example'}\n", 2, "opsgenie_api_url"),
        (ROUTE + "templates: [none/*.j2]\n", 2, "no file is named none/*.j2"),
        (ROUTE + "time_intervals: [{name: night}]\n", 1, "interval 'night': no route names it"),
        # Alertmanager issue 2995: what both do not have is equal.
        (ROUTE + RULE, 2, "alerts without model count as equal"),
        (ROUTE + RULE.replace(", equal: [model]", ""), 2, "any source inhibits every target"),
        (ROUTE + RULE.replace("[a=b]", "[]"), 2, "without matchers of the source"),
        (
            "route:\n  receiver: a\n  routes:\n  - {receiver: b, repeat_interval: 7m}\n",
            4,
            "repeat_interval 7m is no multiple of group_interval 5m: repeated every 10m",
        ),
        ("route: {receiver: b, repeat_interval: 1m}\n", 1, "repeated every 5m"),
        (
            (
                "route:\n  receiver: a\n  routes:\n  - matchers: [x=y]\n"
                "  - {receiver: b, matchers: [z=1, x=y]}\n"
            ),
            5,
            '{}/{x="y",z="1"}: never reached, {}/{x="y"} takes all of it before',
        ),
        (
            (
                "route:\n  receiver: a\n  routes:\n  - matchers: [x=y]\n    routes:\n"
                "    - {receiver: b, matchers: ['x=~a|b']}\n"
            ),
            6,
            'x="y" and x=~"a|b" cannot all hold',
        ),
    ],
)
def test_what_is_hardly_meant_is_said(tmp_path: Path, text: str, line: int, named: str) -> None:
    found = read(tmp_path, text + RECEIVERS).warnings
    assert any(f"alertmanager.yml:{line}: " in one and named in one for one in found), found


def test_what_is_fine_is_not_warned_of(tmp_path: Path) -> None:
    text = (
        "route:\n  receiver: a\n  routes:\n"
        "  - {matchers: [x=y], continue: true, mute_time_intervals: [night]}\n"
        "  - {receiver: b, matchers: [x=y, z=1], group_interval: 1m, repeat_interval: 1h}\n"
        "inhibit_rules:\n"
        "- {source_matchers: [a=b, model!=\"\"], target_matchers: [model=~'.+'], equal: [model]}\n"
        "- {source_matchers: [a=b], target_matchers: [c=d], equal: [alertname, model]}\n"
        "time_intervals: [{name: night}]\n"
    )
    assert not read(tmp_path, text + RECEIVERS).warnings
