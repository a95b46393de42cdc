"""How many bytes a second flow through disks and networks, as Linux counts them."""

import time
from collections.abc import Callable
from pathlib import Path

Counters = dict[str, int]
_IO = Path("/proc/self/io")
_NETWORKS = Path("/proc/self/net/dev")
_LOOPBACK = "lo"
_RECEIVED, _SENT = 0, 8
# In less time a page that happens to be written looks like a flood.
_SHORTEST_S = 0.1


def disk(path: Path = _IO) -> Counters:
    """Bytes that this process has made disks read and write; nothing where that is not told."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:
        return {}
    counted = dict(line.split(": ", 1) for line in lines)
    return {
        "disk_read": int(counted["read_bytes"]),
        "disk_write": int(counted["write_bytes"]),
    }


def network(path: Path = _NETWORKS) -> Counters:
    """Bytes in and out of all interfaces but the loopback; nothing where that is not told.

    Linux counts them for a network namespace: those of a container, or else of the machine.
    """
    try:
        lines = path.read_text("utf-8").splitlines()[2:]
    except OSError:
        return {}
    interfaces = dict(line.strip().split(":", 1) for line in lines)
    interfaces.pop(_LOOPBACK, None)
    columns = [line.split() for line in interfaces.values()]
    return {
        "network_in": sum(int(column[_RECEIVED]) for column in columns),
        "network_out": sum(int(column[_SENT]) for column in columns),
    }


def flowed() -> Counters:
    """All that is told of disks and networks."""
    return disk() | network()


class Flows:
    """Bytes a second since it was last asked, by the field of a heartbeat that carries them."""

    def __init__(
        self,
        read: Callable[[], Counters] = flowed,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._clock = read, clock
        self._before, self._at = read(), clock()

    def take(self) -> dict[str, float]:
        """The rates since the last call; none of what was not told both times, or too soon.

        >>> told = iter([{"disk_read": 100}, {"disk_read": 300}])
        >>> Flows(lambda: next(told), iter([0.0, 2.0]).__next__).take()
        {'disk_read': 100.0}
        """
        now, at = self._read(), self._clock()
        passed = at - self._at
        if passed < _SHORTEST_S:
            return {}
        rates = {
            # An interface that is taken away takes its count along.
            name: max(0, now[name] - before) / passed
            for name, before in self._before.items()
            if name in now
        }
        self._before, self._at = now, at
        return rates
