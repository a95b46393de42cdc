"""The order names files that are there; nothing is skipped where everything is required."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.order import EACH_TEST, WHOLE_FILE
from tests.requirement import allowed

ROOT = Path(__file__).parents[1]
HOOK = "from tests.requirement import pytest_runtest_makereport  # noqa"
SKIPPED = """
import pytest

def test_a():
    pytest.skip("there is no java")

@pytest.mark.docker
def test_b():
    pytest.skip("there is no docker")
"""


def test_every_slow_file_is_there_and_named_once() -> None:
    assert [name for name in EACH_TEST | WHOLE_FILE if not (ROOT / name).is_file()] == []
    assert not EACH_TEST.keys() & WHOLE_FILE.keys()


def test_tests_that_share_what_is_made_for_their_file_stay_together() -> None:
    shared = [name for name in EACH_TEST if 'scope="module"' in (ROOT / name).read_text("utf-8")]
    assert shared == []


@pytest.mark.parametrize(("value", "told"), [("1", "1 failed, 1 skipped"), ("0", "2 skipped")])
def test_a_skipped_test_has_failed_where_all_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, told: str
) -> None:
    (tmp_path / "conftest.py").write_text(HOOK)
    (tmp_path / "test_it.py").write_text(SKIPPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = docker: needs Docker\n")
    monkeypatch.setenv("REQUIRE_ALL", value)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'src'}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told in said.stdout


def test_a_promise_about_speed_is_held_to_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_SPEED", "1")
    assert allowed(2) == 2
    monkeypatch.delenv("REQUIRE_SPEED")
    assert allowed(2) > 2
