from pathlib import Path

import psutil

from streamgauge.models.flow import Flows, disk, flowed, network

DEV = """Inter-|   Receive                          |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs
    lo: 900 1 0 0 0 0 0 0 900 1 0 0 0 0 0 0
  eth0:3000 7 0 0 0 0 0 0 500 6 0 0 0 0 0 0
  eth1: 40 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
"""


def test_disks_are_told_as_the_system_counts_them() -> None:
    counted = psutil.Process().io_counters()
    told = disk()
    assert told["disk_read"] >= counted.read_bytes
    assert told["disk_write"] >= counted.write_bytes
    after = psutil.Process().io_counters()
    assert (told["disk_read"], told["disk_write"]) <= (after.read_bytes, after.write_bytes)


def test_networks_are_all_but_the_loopback(tmp_path: Path) -> None:
    (tmp_path / "dev").write_text(DEV, "utf-8")
    assert network(tmp_path / "dev") == {"network_in": 3_040, "network_out": 507}


def test_networks_are_told_as_the_system_counts_them() -> None:
    def counted() -> tuple[int, int]:
        every = psutil.net_io_counters(pernic=True, nowrap=False)
        some = [one for name, one in every.items() if name != "lo"]
        return sum(one.bytes_recv for one in some), sum(one.bytes_sent for one in some)

    before, told, after = counted(), network(), counted()
    assert before[0] <= told["network_in"] <= after[0]
    assert before[1] <= told["network_out"] <= after[1]


def test_a_system_that_does_not_tell_is_no_error(tmp_path: Path) -> None:
    assert disk(tmp_path / "none") == network(tmp_path / "none") == {}
    assert Flows(dict).take() == {}


def test_rates_are_of_the_time_since_the_last_look() -> None:
    counts = iter(
        [
            {"disk_read": 10, "network_in": 5},
            {"disk_read": 30, "network_in": 3, "disk_write": 8},
            {"disk_read": 31, "disk_write": 9},
            {"disk_read": 99},
            {"disk_read": 35},
        ]
    )
    flows = Flows(counts.__next__, iter([0.0, 10.0, 12.0, 12.01, 14.0]).__next__)
    assert flows.take() == {"disk_read": 2.0, "network_in": 0.0}
    assert flows.take() == {"disk_read": 0.5, "disk_write": 0.5}
    assert flows.take() == {}
    assert flows.take() == {"disk_read": 2.0}


def test_this_system_tells_all_of_it() -> None:
    assert flowed().keys() == {"disk_read", "disk_write", "network_in", "network_out"}
