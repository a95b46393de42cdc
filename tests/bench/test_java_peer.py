import shutil
from pathlib import Path

import pytest

from streamgauge.bench import java_peer
from streamgauge.settings import InputError, UnavailableError


def test_without_maven_a_java_peer_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no java")
    (tmp_path / "java").symlink_to(java)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="--peers flink: there is no mvn"):
        java_peer.build(["flink"])
    monkeypatch.setattr(java_peer, "SOURCES", tmp_path)
    with pytest.raises(InputError, match="this is no checkout"):
        java_peer.build(["flink"])
