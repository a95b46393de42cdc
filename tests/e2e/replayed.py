"""Files that are replayed on a running worker, and what it says of them."""

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
from tests.process import variables
from tests.stream_processors import records

from streamgauge.contracts.measure import AnyReading, Signal
from streamgauge.settings import Settings


def write(path: Path, seed: int, rows: int, change: int) -> Path:
    """Payments of customers; from row `change` on amounts are one standard deviation higher."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40.0, 10.0, rows).clip(18.0, 90.0)
    amount = rng.lognormal(3.0, 0.5, rows) * np.where(np.arange(rows) < change, 1.0, np.exp(0.5))
    country = rng.choice(["de", "fr", "nl"], rows, p=[0.5, 0.3, 0.2])
    risk = 0.01 * amount + 0.02 * age + rng.normal(0.0, 0.1, rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["age", "amount", "country", "risk"])
        out.writerows(zip(age.round(2), amount.round(2), country, risk.round(4), strict=True))
    return path


def command(settings: Settings, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "streamgauge", *words],
        env=variables(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(processes: Sequence["subprocess.Popen[str]"]) -> None:
    for process in processes:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said


def signals(settings: Settings, model: str) -> list[Signal]:
    kind: Any = AnyReading
    told = records.of(settings, "measures", kind)
    return [one for one in told if isinstance(one, Signal) and one.labels.get("model") == model]


def health(settings: Settings) -> bytes:
    try:
        with urlopen(f"http://127.0.0.1:{settings.worker.port}/health", timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return b""
