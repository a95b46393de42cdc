import logging
from pathlib import Path

import pytest

from streamgauge.alerting.delivery.receipt import Receipt, Receipts


def receipt(number: int, size: int = 0) -> Receipt:
    return Receipt(f"n{number}", "x" * size, {"ts": str(number)})


def test_what_one_process_kept_another_reads(tmp_path: Path) -> None:
    first, second = Receipts(tmp_path / "deep" / "er"), Receipts(tmp_path / "deep" / "er")
    assert second.read() == {}
    first.keep(receipt(1))
    second.keep(receipt(2))
    first.keep(receipt(3))
    assert second.read() == {f"n{n}": receipt(n) for n in (1, 2, 3)}


def test_a_line_that_a_full_disk_has_cut_hides_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Receipts(tmp_path).keep(receipt(1))
    (path,) = tmp_path.iterdir()
    path.write_bytes(
        path.read_bytes() + b'{"nonce":"n2","det\n{"nonce":"\xc3\n' + b"[" * 100_000 + b"\n"
    )
    Receipts(tmp_path).keep(receipt(3))
    assert Receipts(tmp_path).read().keys() == {"n1", "n3"}
    assert "is no receipt" in caplog.text


def test_the_newest_are_kept_and_the_files_stay_small(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    for number in range(50):
        receipts.keep(receipt(number, 100_000))
    found = receipts.read()
    assert "n49" in found
    assert "n0" not in found
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_500_000


def test_where_nothing_can_be_written_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    receipts = Receipts(tmp_path / "file" / "receipts")
    with caplog.at_level(logging.WARNING):
        receipts.keep(receipt(1))
        receipts.keep(receipt(2))
    assert caplog.text.count("a kill may repeat a message") == 1
