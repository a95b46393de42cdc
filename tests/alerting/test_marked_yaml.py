"""Files as people have them: odd bytes, tabs, gaps, and what would fill memory or stack."""

import subprocess
from pathlib import Path

import pytest

from streamgauge.alerting.marked_yaml import MarkedYaml
from streamgauge.alerting.rules.reader import load_rules
from streamgauge.settings import InputError

GOOD = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n"
# Prometheus' promtool takes all of these, and so do we.
TAKEN = {
    "a byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "lines of Windows": GOOD.replace("\n", "\r\n").encode(),
    "a tab behind a colon": GOOD.replace("name: g", "name:\tg").encode(),
    "a tab at the end": GOOD.replace("== 0", "== 0\t").encode(),
    "labels that are open": (GOOD + "    labels:\n    annotations:\n    for:\n").encode(),
    "a label that is open": (GOOD + "    labels: {a: , b: ~}\n").encode(),
    "no rules": b"groups:\n- name: g\n  rules:\n",
    "shared labels": (
        GOOD.replace("    expr", "    labels: &l {a: b}\n    expr")
        + "  - {alert: B, expr: up, labels: {<<: *l, c: d}}\n"
    ).encode(),
}


@pytest.mark.parametrize("name", TAKEN)
def test_files_as_people_write_them_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_bytes(TAKEN[name])
    load_rules([path])


@pytest.mark.prometheus
def test_promtool_reads_them_too(tmp_path: Path, promtool: str) -> None:
    for number, content in enumerate(TAKEN.values()):
        (tmp_path / f"{number}.yml").write_bytes(content)
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [promtool, "check", "rules", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (GOOD.encode() + b"    labels: {a: \xe9}\n", 6, "not UTF-8 at byte 74"),
        (GOOD.encode("utf-16"), 1, "not UTF-8"),
        (GOOD.encode() + b"    # \x00\n", 6, "the character U+0000 cannot stand in YAML"),
        (GOOD.encode() + b'    labels: {a: "\\ud800"}\n', 6, "invalid Unicode character"),
        (GOOD.encode() + b"---\n" + GOOD.encode(), 6, "expected a single document"),
        (b"groups: [\n\n", 1, "did not find expected node content"),
        (b"groups: " + b"[" * 3_000 + b"]" * 3_000, 1, "nested too deeply"),
        (b"groups: " + b"{a: " * 3_000 + b"}" * 3_000, 1, "nested too deeply"),
        (b"".join(b" " * n + b"a:\n" for n in range(2_000)), 101, "nested too deeply"),
        (b"a:\n" + b"- b\n" * 450_000, 399_998, "too large"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(
    content: bytes, line: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.yml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        MarkedYaml(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


def test_a_key_that_nobody_knows_is_wrong_without_a_value_too(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text(GOOD + "    fro:\n")
    with pytest.raises(InputError, match=r":6: groups\.0\.rules\.0\.fro: unknown key fro"):
        load_rules([path])
