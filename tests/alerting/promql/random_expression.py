"""Expressions of the whole subset, drawn by chance."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Drawn(msgspec.Struct, frozen=True):
    """An expression; `exact` if its value does not depend on the order of operations."""

    text: str
    exact: bool = True


class Expressions:
    """Draws expressions over the series of `draw_series`."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def vector(self, depth: int) -> Drawn:
        """An instant vector, of at most so many levels."""
        if depth <= 0:
            return Drawn(self._selector(self._one("ghc")))
        kinds: Sequence[Callable[[int], Drawn]] = (
            *(self._of_range, self._of_range, self._with_scalar, self._with_scalar),
            *(self._joined, self._joined, self._set, self._aggregated, self._aggregated),
            *(self._of_value, self._relabelled, self._rare),
        )
        return self._one(kinds)(depth - 1)

    def scalar(self, depth: int) -> Drawn:
        """A number."""
        if depth > 0 and self._chance.random() < 0.3:
            inner = self._aggregated(depth - 1)
            return Drawn(f"scalar({inner.text})", inner.exact)
        return Drawn(self._one(("0", "1", "2", "-3", "10", "100", "0.5", "(time() - 600)", "1e4")))

    def _selector(self, metric: str, range_: str = "") -> str:
        matchers = self._one(
            (*[""] * 6, '{job="a"}', '{zone!="x"}', '{zone=~"x|y"}', '{job!~"b.*"}', '{none=""}')
        )
        offset = self._one((*[""] * 6, " offset 1m", " offset 95s", " offset -2m"))
        return f"{metric}{matchers}{range_}{offset}"

    def _of_range(self, depth: int) -> Drawn:
        range_ = self._one(("[1m]", "[95s]", "[5m]", "[10m]"))
        kind = self._chance.randrange(4)
        if kind == 0:
            name = self._one(("rate", "increase", "irate", "resets"))
            return Drawn(f"{name}({self._selector('c', range_)})", name == "resets")
        selector = self._selector(self._one("ghc"), range_)
        if kind == 1:
            name = self._one(("delta", "deriv", "avg_over_time", "stddev_over_time"))
            return Drawn(f"{name}({selector})", exact=False)
        if kind == 2:
            return self._one(
                (
                    Drawn(f"predict_linear({selector}, 60)", exact=False),
                    Drawn(f"quantile_over_time(0.3, {selector})", exact=False),
                    Drawn(f"stdvar_over_time({selector})", exact=False),
                    Drawn(f"idelta({selector})"),
                )
            )
        name = self._one(("min", "max", "sum", "count", "last", "present"))
        return Drawn(self._one((f"{name}_over_time({selector})", f"changes({selector})")))

    def _with_scalar(self, depth: int) -> Drawn:
        left, right = self.vector(depth), self.scalar(depth)
        if self._chance.random() < 0.3:
            left, right = right, left
        op = self._one(("+", "-", "*", "/", "%", ">", "<", ">=", "!=", "> bool", "== bool"))
        return Drawn(f"({left.text}) {op} ({right.text})", left.exact and right.exact and op != "/")

    def _joined(self, depth: int) -> Drawn:
        if self._chance.random() < 0.3:
            # Of names that may meet several, 2.42 forgives those that a comparison drops.
            op = self._one((">", "<=", "!=", "> on(job, zone)", "== ignoring(team)"))
            return Drawn(f"{self._selector('g')} {op} {self._selector('h')}")
        left, right = self.vector(depth), self.vector(depth)
        op = self._one(("+", "-", "*", "/", "> bool"))
        exact = left.exact and right.exact and op != "/"
        if self._chance.random() < 0.3:
            return Drawn(f"({left.text}) {op} on(job) group_left(team) info", exact)
        if self._chance.random() < 0.2:
            one = f"sum by (job) ({left.text})"
            return Drawn(f"{one} {op} on(job) group_right() ({right.text})", exact)
        match = self._one(("", "", " on(job, zone)", " ignoring(team)", " on(zone)"))
        return Drawn(f"({left.text}) {op}{match} ({right.text})", exact)

    def _set(self, depth: int) -> Drawn:
        left, right = self.vector(depth), self.vector(depth)
        match = self._one(("", "", " on(job)", " on(zone)", " ignoring(zone)", " on()"))
        op = self._one(("and", "or", "unless"))
        return Drawn(f"({left.text}) {op}{match} ({right.text})", left.exact and right.exact)

    def _aggregated(self, depth: int) -> Drawn:
        inner = self.vector(depth)
        group = self._one(("", "", " by (job)", " by (zone)", " without (zone)", " by (job, zone)"))
        name = self._one(("sum", "min", "max", "count", "group", "avg"))
        exact = inner.exact and name != "avg"
        choices = (
            *[Drawn(f"{name}{group} ({inner.text})", exact)] * 6,
            # Of an infinite value alone, 2.42 has no deviation, and 3 has NaN.
            Drawn(f"{self._one(('stddev', 'stdvar'))}{group} ({self._selector('g')})", exact=False),
            Drawn(f"quantile{group} (0.7, {inner.text})", exact=False),
            Drawn(f"{self._one(('topk', 'bottomk'))}{group} (2, {self._selector('c')})"),
        )
        return self._one(choices)

    def _of_value(self, depth: int) -> Drawn:
        inner = self.vector(depth)
        exact = ("-", "abs", "sgn", "timestamp", "clamp_min", "clamp_max")
        name = self._one((*exact, "ceil", "floor", "sqrt", "ln", "log2", "log10", "exp"))
        if name == "timestamp":
            return Drawn(f"timestamp({self._selector('h')})")
        if name in ("ceil", "floor"):
            return Drawn(f"{name}({self._selector('g')})")
        more = ", 3" if name.startswith("clamp") else ""
        return Drawn(f"{name}({inner.text}{more})", inner.exact and name in exact)

    def _relabelled(self, depth: int) -> Drawn:
        inner = self.vector(depth)
        how = self._one(
            (
                f'label_replace({inner.text}, "zone", "$1-zone", "zone", "(x|y)")',
                f'label_replace({inner.text}, "team", "team-$1", "job", "(.*)")',
                f'label_join({inner.text}, "both", "/", "job", "zone")',
            )
        )
        return Drawn(how, inner.exact)

    def _rare(self, depth: int) -> Drawn:
        inner = self.vector(depth)
        share = self._one(("0", "0.5", "0.9", "1"))
        return self._one(
            (
                Drawn(f"histogram_quantile({share}, b_bucket)", exact=False),
                Drawn(f"histogram_quantile({share}, rate(b_bucket[5m]))", exact=False),
                Drawn(f"absent({inner.text})"),
                Drawn(f"absent({self._selector('g')})"),
                Drawn(f"absent_over_time({self._selector('g', '[1m]')})"),
                Drawn(f"sort({inner.text})", inner.exact),
                Drawn("minute() + hour(vector(time() * 50))"),
                Drawn("day_of_week(vector(time() * 4000)) + day_of_month(vector(time() * 4000))"),
                Drawn("days_in_month(vector(time() * 4000)) * month(vector(time() * 4000))"),
                Drawn(f"vector({self.scalar(depth).text})", exact=False),
            )
        )

    def _one(self, choices: Sequence[T]) -> T:
        return self._chance.choice(choices)
