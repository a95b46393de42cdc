"""A notifier that crashes at random, and the topics and receivers that outlive it."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random

import msgspec

from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Alert

from .stage import alert

Place = tuple[str, str]


class Entry(msgspec.Struct):
    """A ledger entry: an intent, and what came of it."""

    notice: Notice
    result: bool | None = None


class World:
    """Topics, ledger and receivers, in virtual time.

    `heard` is what receivers got, in order; `fails` how often they refuse for good; `others` are
    configurations that it is reloaded to at times.
    """

    def __init__(
        self, plan: Plan, seed: int, *, series: int, fails: float, others: Sequence[Plan] = ()
    ) -> None:
        self.random = Random(seed)
        self.others = others
        self.plan = plan
        self.series = series
        self.fails = fails
        self.now = 1_000_000
        self.records: list[tuple[int, Alert]] = []
        self.newest: dict[str, Alert] = {}
        self.ledger: dict[Place, list[Entry]] = defaultdict(list)
        self.heard: list[Notice] = []
        self.unknown: set[str] = set()
        self.committed = 0
        self.crashes = 0
        self._start(Dispatcher(plan))

    def step(self) -> None:
        """Something happens."""
        roll = self.random.random()
        if roll < 0.35:
            self.change()
        elif roll < 0.55:
            self._take()
        elif roll < 0.8:
            self._answer()
        elif roll < 0.87:
            self.committed = self._dispatcher.position() or self.committed
        elif roll < 0.93:
            self.crash()
        elif self.others:
            self.reload(self.random.choice(self.others))
        self.pass_time(self.random.choice((1, 50, 400, 2_000)))

    def change(self) -> None:
        """An alert of the judge's begins or ends."""
        name = f"a{self.random.randrange(self.series)}"
        old = self.newest.get(name)
        seconds = self.now / 1000
        if old is None or old.state == "resolved":
            new = alert(episode=old.episode + 1 if old else 1, at=seconds, name=name)
        else:
            new = alert("resolved", episode=old.episode, at=old.starts_at / 1000, name=name)
            new = msgspec.structs.replace(new, updated_at=self.now, ends_at=self.now)
        self.newest[name] = new
        self.records.append((self.now, new))

    def pass_time(self, milliseconds: int) -> None:
        """The notifier does what is due meanwhile; it may see the time late."""
        end = self.now + milliseconds
        while (due := self._dispatcher.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self._intend(self._dispatcher.advance(self.now))
        self.now = end

    def crash(self) -> None:
        """Killed: what is under way arrives or not, and nobody writes it down."""
        self.crashes += 1
        for entry in self._under_way:
            if self.random.random() < 0.5:
                self._hear(entry)
            self.unknown.add(entry.notice.key)
        for _ in range(self.random.randrange(4)):
            self.now += self.random.choice((10, 1_000, 5_000))
            self.change()
        self._restart()

    def reload(self, plan: Plan) -> None:
        """Another configuration; what is under way to those it does not have ends unknown."""
        self.plan = plan
        aims = {aim.name for one in plan.receivers.values() for aim in one}
        for entry in [one for one in self._under_way if one.notice.aim not in aims]:
            self._under_way.remove(entry)
            self.unknown.add(entry.notice.key)
            if self.random.random() < 0.5:
                self._hear(entry)
        self._dispatcher.reload(plan, self.now)
        self._intend(self._dispatcher.advance(self.now))

    def calm(self) -> None:
        """Everything works for long enough."""
        for _ in range(12):
            while self._read < len(self.records):
                self._take()
            while self._under_way:
                self._answer(works=True)
            self.pass_time(5_000)
        self.committed = self._dispatcher.position() or self.committed

    def _start(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._read = len(self.records)
        self._under_way: list[Entry] = []

    def _restart(self) -> None:
        """As the notifier does it: states that no later record replaces, ledger, then the rest."""
        replay = self.records[self.committed :]
        coming = {one.fingerprint for _, one in replay}
        first = replay[0][0] if replay else self.now
        states = [(one, first) for one in self.newest.values() if one.state == "firing"]
        self._start(Dispatcher(self.plan))
        told = {place: _told(entries) for place, entries in self.ledger.items()}
        kept = [(one, at) for one, at in states if one.fingerprint not in coming]
        self._dispatcher.restore(kept, [], told)
        for offset, (at, one) in enumerate(replay, self.committed):
            self._intend(self._dispatcher.advance(at))
            self._dispatcher.take(one, at, offset)
        self._dispatcher.caught_up(self.now)
        self._intend(self._dispatcher.advance(self.now))

    def _take(self) -> None:
        """The next record is read, a little after it came."""
        if self._read < len(self.records):
            self._dispatcher.take(self.records[self._read][1], self.now, self._read)
            self._read += 1

    def _intend(self, notices: list[Notice]) -> None:
        for notice in notices:
            entry = Entry(notice)
            place = notice.group, notice.aim
            assert place not in {(one.notice.group, one.notice.aim) for one in self._under_way}
            self.ledger[notice.group, notice.aim].append(entry)
            self._under_way.append(entry)

    def _answer(self, *, works: bool = False) -> None:
        if not self._under_way:
            return
        entry = self._under_way.pop(self.random.randrange(len(self._under_way)))
        entry.result = works or self.random.random() >= self.fails
        if entry.result:
            self._hear(entry)
        self._dispatcher.settle(entry.notice, entry.result, self.now)
        self._intend(self._dispatcher.advance(self.now))

    def _hear(self, entry: Entry) -> None:
        self.heard.append(entry.notice)


def _told(entries: list[Entry]) -> Told:
    """What the ledger says of a place; a failed notice leaves what was known before."""
    newest = entries[-1]
    base = Told.of(newest.notice)
    over = frozenset(name for one in entries if one.result for name in one.notice.resolved)
    if newest.result is None:
        return msgspec.structs.replace(base, over=over, delivered=False)
    known = next((one.notice for one in reversed(entries) if one.result), None)
    return msgspec.structs.replace(
        base, firing=frozenset(known.firing if known else ()), resolved=over, over=over
    )
