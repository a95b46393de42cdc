import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from streamgauge.child import Child
from streamgauge.settings import UnavailableError

PYTHON = (sys.executable, "-c")
PARENT = """
import sys, time
from pathlib import Path
from streamgauge.child import Child
child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], object], timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_its_output_is_in_the_log_and_its_status_is_known(tmp_path: Path) -> None:
    child = Child("speaker", [*PYTHON, "print('hello'); raise SystemExit(3)"], tmp_path / "log")
    assert child.wait(60) == 3
    assert (tmp_path / "log").read_text() == "hello\n"
    child.stop()


def test_an_end_of_its_own_is_logged_and_raised_with_its_last_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        child = Child("broker", [*PYTHON, "raise SystemExit('no space')"], tmp_path / "log")
        child.wait(60)
        child.stop()
    assert "broker ended with status 1" in caplog.text
    assert "no space" in caplog.text


def test_check_raises_once_it_was_killed(tmp_path: Path) -> None:
    child = Child("broker", [*PYTHON, "import time; time.sleep(600)"], tmp_path / "log")
    child.check()
    os.kill(child.pid, signal.SIGKILL)
    child.wait(60)
    with pytest.raises(UnavailableError, match="broker was killed by signal 9"):
        child.check()
    child.stop()


def test_stop_ends_it_silently(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    child = Child("sleeper", [*PYTHON, "import time; time.sleep(600)"], tmp_path / "log")
    child.stop()
    assert not psutil.pid_exists(child.pid)
    child.check()
    assert not caplog.records


def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('ready', flush=True); time.sleep(600)"
    )
    child = Child("deaf", [*PYTHON, deaf], tmp_path / "log")
    until(lambda: "ready" in (tmp_path / "log").read_text())
    child.stop(grace=0.1)
    assert child.exit_code == -signal.SIGKILL


def test_it_has_a_session_of_its_own_so_ctrl_c_does_not_reach_it(tmp_path: Path) -> None:
    child = Child("sleeper", [*PYTHON, "import time; time.sleep(600)"], tmp_path / "log")
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    child.stop()


def test_the_environment_is_ours_with_additions(tmp_path: Path) -> None:
    show = "import os; print(os.environ['EXTRA'], bool(os.environ['PATH']))"
    child = Child("shower", [*PYTHON, show], tmp_path / "log", environ={"EXTRA": "1"})
    child.wait(60)
    child.stop()
    assert (tmp_path / "log").read_text() == "1 True\n"


def test_without_a_log_it_writes_where_we_write() -> None:
    ours = (
        "import sys; from streamgauge.child import Child;"
        "child = Child('speaker', [sys.executable, '-c',"
        "'import sys; print(1); print(2, file=sys.stderr)'], None); child.wait(60); child.stop()"
    )
    told = subprocess.run([*PYTHON, ours], capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"
    assert told.stderr.startswith("2\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of the killed")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    command = [*PYTHON, PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.send_signal(how)
        parent.wait(60)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
