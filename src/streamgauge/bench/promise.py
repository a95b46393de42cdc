"""What the benches must reach, and whether a run did."""

import operator
import tomllib
from collections.abc import Callable
from importlib import resources

import msgspec

from streamgauge.bench.outcome import Outcome

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}


_IF_ASKED = " if asked"


class Promise(msgspec.Struct, frozen=True):
    """A figure or ratio of a bench and its limit, for example `<= 5`, or `<= 5 if asked`."""

    bench: str
    figure: str
    limit: str

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps it.

        >>> Promise("emit", "median_us", "<= 5").holds(4.2)
        True
        """
        sign, _, bound = self.limit.removesuffix(_IF_ASKED).partition(" ")
        return _COMPARE[sign](value, float(bound))


def promises() -> list[Promise]:
    """All of them, in the order of the file."""
    text = (resources.files(__package__) / "promises.toml").read_text("utf-8")
    return [
        Promise(bench, figure, limit)
        for bench, figures in tomllib.loads(text).items()
        for figure, limit in figures.items()
    ]


def judge(bench: str, outcome: Outcome) -> list[str]:
    """What a run did not keep, in words; nothing if it passed.

    What is promised only if asked for, or to a peer, is not judged in a run that left it out; any
    other missing value is a failure.
    """
    measured = outcome.figures | outcome.ratios
    broken = []
    for promise in promises():
        if promise.bench != bench:
            continue
        if promise.figure in measured:
            if not promise.holds(measured[promise.figure]):
                broken.append(
                    f"{promise.figure} is {measured[promise.figure]:g}, promised {promise.limit}"
                )
        elif not (promise.figure.startswith("vs_") or promise.limit.endswith(_IF_ASKED)):
            broken.append(f"{promise.figure} was not measured")
    return broken


def table() -> str:
    """The promises as a Markdown table."""
    rows = [f"| {p.bench} | `{p.figure}` | {p.limit} |" for p in promises()]
    return "\n".join(["| bench | figure | promise |", "|---|---|---|", *rows])
