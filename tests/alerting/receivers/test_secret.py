from pathlib import Path

import pytest

from streamgauge.alerting.receivers.receiver import ParameterError
from streamgauge.alerting.receivers.secret import read_secret


def test_a_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" hush\n")
    assert read_secret("key_file", Path("key"), tmp_path).reveal() == "hush"


def test_a_secret_comes_from_a_variable_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER_KEY", "hush\n")
    assert read_secret("key", Path("$PAGER_KEY"), tmp_path).reveal() == "hush"


def test_a_variable_that_is_not_set_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAGER_KEY", raising=False)
    with pytest.raises(ParameterError, match="variable PAGER_KEY is not set"):
        read_secret("key", Path("$PAGER_KEY"), tmp_path)


@pytest.mark.parametrize("name", ["a\0b", "/dev/zero", ".", "latin-1"])
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "latin-1").write_bytes(b"\xff")
    with pytest.raises(ParameterError) as caught:
        read_secret("key_file", Path(name), tmp_path)
    assert caught.value.field == "key_file"
