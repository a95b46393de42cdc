"""What the ledger says, entry by entry: who was told what last, and what nobody knows. Pure."""

import msgspec

from streamgauge.alerting.routing.digests import PLACE as DIGESTS
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification

Place = tuple[str, str]
# Weekly digests and an hour: from older ones on no run counts, and of those that are configured no
# more there is never a newer one.
_LONGEST = 7 * 86_400_000 + 3_600_000
_NOTHING: frozenset[str] = frozenset()


class Page(msgspec.Struct, frozen=True):
    """What a (group, aim) was told last.

    `firing` is what it was told to fire: of the newest notice that was delivered, or of a later one
    of which nobody knows (`unknown`) whether it was. `thread` is what the other side calls the
    messages of the episode. Whoever reads the ledger from `floor` on finds all of this.
    """

    seq: int
    episode: str
    at: int
    firing: frozenset[str]
    resolved: frozenset[str]
    delivered: bool
    unknown: bool
    thread: Labels
    offset: int
    floor: int

    @property
    def open(self) -> bool:
        """Whether a later notice depends on it."""
        return bool(self.firing) or not self.delivered


class Book:
    """The entries up to now; those of an owner behind a newer owner's claim do not count."""

    def __init__(self) -> None:
        self.pages: dict[Place, Page] = {}
        self.claim = -1
        # The delivered page of each place behind which a newer one has no good result yet.
        self._before: dict[Place, Page] = {}
        # Alerts that a place was told to be over and not to fire again since, by when it was told.
        self._over: dict[Place, dict[str, int]] = {}

    def take(self, offset: int, entry: Notification) -> None:
        """An entry of the ledger, in order of its offsets."""
        if entry.phase == "claim":
            self.claim = offset
            return
        # A claim stands before what is written under it: an owner that is still to come is none.
        if not max(self.claim, 0) <= entry.epoch <= offset:
            return
        # A reading that begins in the middle learns the owner from its entries.
        self.claim = entry.epoch
        place = (entry.group, entry.receiver)
        if entry.phase == "intent":
            self._intend(place, offset, entry)
            return
        page = self.pages.get(place)
        if page is None or page.seq != entry.seq or not page.unknown:
            return
        before = self._before.pop(place, None)
        if entry.phase == "delivered":
            thread = page.thread | entry.thread
            told = msgspec.structs.replace(
                page, delivered=True, unknown=False, thread=thread, floor=page.offset
            )
            self._end(place, page)
        else:
            told = msgspec.structs.replace(
                page,
                unknown=False,
                firing=before.firing if before else _NOTHING,
                resolved=before.resolved if before else _NOTHING,
            )
            if before:
                self._before[place] = before
        self.pages[place] = told

    def over(self, place: Place) -> frozenset[str]:
        """All alerts that it was told to be over last, as far back as the book goes."""
        return frozenset(self._over.get(place, ()))

    def forget(self, offset: int, now: int) -> int:
        """Drop what lies before an offset and matters no more; returns from where to read on."""
        needed = {
            place
            for place, page in self.pages.items()
            if (page.at > now - _LONGEST if is_digest(place) else page.open)
        }
        gone = [
            place
            for place, page in self.pages.items()
            if place not in needed and page.offset < offset
        ]
        for place in gone:
            del self.pages[place]
            self._before.pop(place, None)
            self._over.pop(place, None)
        for told in self._over.values():
            while told and next(iter(told.values())) < offset:
                del told[next(iter(told))]
        return min([offset, *(self.pages[place].floor for place in needed)])

    def _end(self, place: Place, page: Page) -> None:
        over = self._over.get(place)
        if over:
            for name in page.firing & over.keys():
                del over[name]
        elif page.resolved:
            over = self._over[place] = {}
        if over is not None:
            for name in sorted(page.resolved):
                over.pop(name, None)
                over[name] = page.offset

    def _intend(self, place: Place, offset: int, entry: Notification) -> None:
        last = self.pages.get(place)
        if last is not None and last.delivered:
            self._before[place] = last
        known = self._before.get(place)
        same = last is not None and last.episode == entry.episode
        self.pages[place] = Page(
            seq=entry.seq,
            episode=entry.episode,
            at=entry.ts,
            firing=frozenset(entry.firing),
            resolved=frozenset(entry.resolved),
            delivered=False,
            unknown=True,
            thread=(last.thread if same and last else {}) | entry.thread,
            offset=offset,
            floor=min(offset, known.floor) if known else offset,
        )


def is_digest(place: Place) -> bool:
    """A digest's newest entry says from when on the next one counts."""
    return place[0].startswith(DIGESTS)
