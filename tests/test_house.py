"""The house stands as design and CONTRIBUTING describe it."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from streamgauge.__main__ import COMMANDS, GROUPS, main

ROOT = Path(__file__).parents[1]
DOORS = ("producers", "stream_processors", "detectors", "alerting", "models")
PLACES: dict[tuple[str, ...], str] = {(name,): place for name, (place, _) in COMMANDS.items()} | {
    (group, name): place
    for group, (_, commands) in GROUPS.items()
    for name, (place, _) in commands.items()
}
FILES = sorted(
    path
    for folder in ("src", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_leads_to_its_room(door: str) -> None:
    link = ROOT / door
    assert link.is_symlink()
    assert link.readlink() == Path("src/streamgauge") / door
    assert (link / "__init__.py").is_file()


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed")
    told = subprocess.run([lint], capture_output=True, text=True, cwd=ROOT, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea_and_is_named_after_it(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300
    nameless = {"utils", "util", "helpers", "helper", "manager", "core", "common", "misc"}
    assert not nameless & {path.stem, *path.stem.split("_"), path.parent.name}


@pytest.mark.parametrize("words", PLACES, ids=" ".join)
def test_every_command_leads_to_a_documented_function(words: tuple[str, ...]) -> None:
    module, _, name = PLACES[words].partition(":")
    function = getattr(importlib.import_module(module), name)
    assert callable(function)
    assert function.__doc__


@pytest.mark.parametrize("words", PLACES, ids=" ".join)
def test_every_command_explains_itself(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["streamgauge", *words, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert f"streamgauge {' '.join(words)}" in capsys.readouterr().out


def test_the_command_lists_all_commands() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "streamgauge", "--help"], capture_output=True, text=True, check=True
    )
    assert all(words[0] in told.stdout for words in PLACES)


def test_a_wrong_setting_exits_2_and_an_absent_kafka_69(tmp_path: Path) -> None:
    def status(**environ: str) -> tuple[int, str]:
        told = subprocess.run(
            [sys.executable, "-m", "streamgauge", "topics", "check"],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environ,
        )
        return told.returncode, told.stderr

    code, said = status(STREAMGAUGE_KAFKA__PARTITIONS="four")
    assert code == 2
    assert "STREAMGAUGE_KAFKA__PARTITIONS" in said
    absent = {"STREAMGAUGE_KAFKA__BROKERS": "127.0.0.1:1", "STREAMGAUGE_KAFKA__START_TIMEOUT": "1"}
    code, said = status(**absent)
    assert code == 69
    assert "waiting for Kafka at 127.0.0.1:1" in said
    assert "Traceback" not in said
