"""The key `streamgauge` → escalations, digests, watch, and where messages may go."""

import ipaddress
import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from streamgauge.alerting.configuration.entry import DigestEntry, EscalationEntry, ExtensionEntry
from streamgauge.alerting.configuration.matching import read_list
from streamgauge.alerting.configuration.tree import read_duration
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.routing.plan import Digest, Escalation, Watch
from streamgauge.alerting.routing.time_interval import find_zone, read_time

_KEY = "streamgauge"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_-]+)*")


class ExtensionReader:
    """Reads the entries of one document; every method raises InputError at the line."""

    def __init__(
        self, document: MarkedYaml, entry: ExtensionEntry, receivers: Collection[str]
    ) -> None:
        self._document = document
        self._entry = entry
        self._receivers = receivers

    def escalations(self) -> tuple[Escalation, ...]:
        """Who is told next while nobody acknowledges."""
        return tuple(
            self._escalation((_KEY, "escalations", n), entry)
            for n, entry in enumerate(self._entry.escalations)
            if self._named("escalations", n, [other.name for other in self._entry.escalations])
        )

    def digests(self) -> tuple[Digest, ...]:
        """What is told once a day or week."""
        return tuple(
            self._digest((_KEY, "digests", n), entry)
            for n, entry in enumerate(self._entry.digests)
            if self._named("digests", n, [other.name for other in self._entry.digests])
        )

    def watch(self) -> Watch | None:
        """Who is told when judge or merge are silent."""
        entry = self._entry.watch
        if entry is None:
            return None
        place = (_KEY, "watch")
        self._know((*place, "receiver"), entry.receiver)
        return Watch(entry.receiver, self._time((*place, "after"), entry.after))

    def hosts(self) -> tuple[str, ...]:
        """Names and networks that may be told."""
        return tuple(self._host(n, text) for n, text in enumerate(self._entry.hosts))

    def external_url(self) -> str:
        """Where people reach this notifier, without a slash at the end."""
        text = self._entry.external_url
        if not text:
            return ""
        try:
            address = urlsplit(text)
            good = address.scheme in ("http", "https") and bool(address.hostname)
        except ValueError:
            good = False
        if not good or not text.isprintable():
            raise self._error(
                (_KEY, "external_url"), f"{text!r}: expected an address, http or https"
            )
        return text.rstrip("/")

    def check_limits(self) -> None:
        """InputError if a limit lets nothing through."""
        most = self._entry.limits.notifications_per_minute
        if most is not None and most < 1:
            raise self._error(
                (_KEY, "limits", "notifications_per_minute"), f"{most}: expected at least 1"
            )

    def _escalation(self, place: tuple[Step, ...], entry: EscalationEntry) -> Escalation:
        if not entry.chain:
            raise self._error((*place, "chain"), "chain: expected at least one receiver")
        for number, name in enumerate(entry.chain):
            self._know((*place, "chain", number), name)
        return Escalation(
            name=entry.name,
            matchers=tuple(read_list(self._document, (*place, "matchers"), entry.matchers)),
            chain=tuple(entry.chain),
            every=self._time((*place, "every"), entry.every),
        )

    def _digest(self, place: tuple[Step, ...], entry: DigestEntry) -> Digest:
        self._know((*place, "receiver"), entry.receiver)
        try:
            minute = read_time(entry.at) % _DAY
        except ValueError as error:
            raise self._error((*place, "at"), f"at: {error}") from None
        try:
            find_zone(entry.time_zone)
        except ValueError as error:
            raise self._error((*place, "time_zone"), f"time_zone: {error}") from None
        day = entry.weekday and entry.weekday.lower()
        if day and day not in _DAYS:
            raise self._error(
                (*place, "weekday"), f"weekday: {entry.weekday!r}: expected a day such as monday"
            )
        return Digest(
            name=entry.name,
            receiver=entry.receiver,
            matchers=tuple(read_list(self._document, (*place, "matchers"), entry.matchers)),
            minute=minute,
            weekday=_DAYS.index(day) if day else None,
            zone=entry.time_zone,
            only=entry.only,
        )

    def _named(self, key: str, number: int, names: list[str]) -> bool:
        name = names[number]
        if not name or name in names[:number]:
            raise self._error(
                (_KEY, key, number, "name"), f"{name!r}: expected a name that no other has"
            )
        return True

    def _know(self, place: Sequence[Step], name: str) -> None:
        if name not in self._receivers:
            raise self._error(
                place, f"receiver {name!r}: expected one of {', '.join(self._receivers)}"
            )

    def _time(self, place: Sequence[Step], text: str) -> int:
        time = read_duration(self._document, place, text)
        if not time:
            raise self._error(place, f"{place[-1]}: expected more than 0")
        return time

    def _host(self, number: int, text: str) -> str:
        place = (_KEY, "hosts", number)
        try:
            return str(ipaddress.ip_network(text))
        except ValueError:
            name = text.lower().rstrip(".")
        if not _HOST.fullmatch(name) or name.replace(".", "").isdecimal():
            raise self._error(
                place,
                f"{text!r}: expected a host such as hooks.example.org or *.example.org, or a"
                " network such as 10.0.0.0/8",
            )
        return name

    def _error(self, place: Sequence[Step], message: str) -> Exception:
        return self._document.error(place, message)
