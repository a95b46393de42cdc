"""Alertmanager 0.25 reads plain files as we do."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool, receivers

from streamgauge.alerting.configuration import load
from streamgauge.settings import InputError

from .file_text import read
from .plain_file import FILES

TREES = 300
LABELS = ("env", "model", "severity", "team")
VALUES = ("", "a", "b", "ab", "critical")


@pytest.mark.parametrize("text", FILES)
def test_a_file_is_read_if_it_is_right(tmp_path: Path, text: str) -> None:
    if FILES[text]:
        read(tmp_path, text)
        return
    with pytest.raises(InputError, match=r"alertmanager\.yml"):
        read(tmp_path, text)


@needs_amtool
@pytest.mark.prometheus
def test_alertmanager_accepts_and_refuses_the_same_files(tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    for text, good in FILES.items():
        path.write_text(text, "utf-8")
        assert accepts(path) == good, text


def matcher(rng: random.Random) -> str:
    op = rng.choice(["=", "!=", "=~", "!~"])
    value = rng.choice(["a|b", "a.*", "", "[ab]+", ".+"] if "~" in op else VALUES)
    return f'{rng.choice(LABELS)}{op}"{value}"'


def draw(rng: random.Random, name: Iterator[str], depth: int) -> dict[str, object]:
    route: dict[str, object] = {"continue": rng.random() < 0.4}
    if rng.random() < 0.8:
        route["receiver"] = next(name)
    if rng.random() < 0.7:
        route["matchers"] = [matcher(rng) for _ in range(rng.randrange(1, 3))]
    if rng.random() < 0.3:
        route["match"] = {rng.choice(LABELS): rng.choice(VALUES)}
    if rng.random() < 0.3:
        route["match_re"] = {rng.choice(LABELS): rng.choice(["a|b", "(ab)?", ".*"])}
    if depth < 3:
        route["routes"] = [draw(rng, name, depth + 1) for _ in range(rng.randrange(3))]
    return route


@needs_amtool
@pytest.mark.prometheus
def test_random_trees_lead_alerts_to_the_same_receivers(tmp_path: Path) -> None:
    # Each tree is a child that goes on to the next one: one question answers for all of them.
    rng = random.Random(20261122)
    names: list[str] = []

    def name() -> Iterator[str]:
        while True:
            names.append(f"r{len(names)}")
            yield names[-1]

    name_of = name()
    trees = [
        {**draw(rng, name_of, 0), "receiver": next(name_of), "continue": True} for _ in range(TREES)
    ]
    path = tmp_path / "alertmanager.yml"
    path.write_text(
        json.dumps(
            {
                "route": {"receiver": "none", "routes": trees},
                "receivers": [{"name": one} for one in ["none", *names]],
            }
        )
    )
    root = load(path).plan.route
    told = 0
    for _ in range(30):
        labels = {label: value for label in LABELS if (value := rng.choice(VALUES))}
        labels["alertname"] = "x"
        ours = [route.receiver for route in root.find(labels)]
        assert ours == receivers(path, labels), labels
        told += len(ours)
    assert told > 30 * TREES / 4
