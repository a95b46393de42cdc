"""What a run must not do without: the programs it needs, and every test."""

import os
import shutil
from collections.abc import Generator

import pytest


def required(what: str) -> bool:
    """Whether this run must not do without."""
    return os.environ.get(f"REQUIRE_{what}", "") not in {"", "0"}


def program(what: str, *names: str) -> str:
    """The first of these programs that is installed; else the test skips, or fails if required."""
    for name in names:
        if found := shutil.which(name):
            return found
    if required(what):
        pytest.fail(f"REQUIRE_{what}=1, but none of {', '.join(names)} is installed", pytrace=False)
    pytest.skip(f"none of {', '.join(names)} is installed")


def allowed(promised: float) -> float:
    """How much of what a promise limits passes; the promise itself with REQUIRE_SPEED=1.

    That is for a machine that does nothing else. Elsewhere it is what no delay of a busy machine
    comes near, and a fault does.
    """
    return promised if required("SPEED") else 20 * promised


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is skipped proves nothing: where all is required, it has failed."""
    report = yield
    if report.skipped and required("ALL") and not item.get_closest_marker("docker"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, but this was skipped: {report.longrepr}"
    return report
