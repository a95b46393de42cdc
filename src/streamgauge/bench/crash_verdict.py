"""What people saw, judged by what the other ends accepted and by nothing else. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from streamgauge.bench.crash_story import Trial

_WORD = re.compile(r"(FIRING|RESOLVED)|\b([0-9a-f]{16})-1\b")
_STATES = {"trigger": "firing", "resolve": "resolved"}


class Seen(msgspec.Struct, frozen=True):
    """An alert (or, where `fingerprint` is a key, a whole group) in a message, and its state."""

    fingerprint: str
    state: str


class Verdict(msgspec.Struct, kw_only=True):
    """What was lost, twice, or the wrong way round; `repeated` counts messages by channel."""

    lost_firing: int = 0
    lost_resolved: int = 0
    duplicate_incidents: int = 0
    out_of_order: int = 0
    repeated: dict[str, int] = {}
    lost: list[str] = []


def read_text(text: str) -> list[Seen]:
    """The alerts in a message for people, in its order.

    >>> read_text("[FIRING:1] x ... Fingerprint: 000000000000000a-1")
    [Seen(fingerprint='000000000000000a', state='firing')]
    """
    found, state = [], ""
    for word, fingerprint in _WORD.findall(text):
        if word:
            state = word.lower()
        else:
            found.append(Seen(fingerprint, state))
    return found


def read_webhook(body: Mapping[str, Any]) -> list[Seen]:
    """The alerts of a webhook's message."""
    return [Seen(one["labels"]["part"], one["status"]) for one in body["alerts"]]


def read_event(event: Mapping[str, Any], keys: dict[str, set[str]]) -> list[Seen]:
    """The alerts of an event for PagerDuty; `keys` learns which alerts each key has had."""
    state = _STATES.get(event["event_action"], "")
    parts = keys.setdefault(event["dedup_key"], set())
    if state == "firing":
        parts |= {seen.fingerprint for seen in read_text(str(event["payload"]))}
    return [Seen(part, state) for part in sorted(parts)]


def judge(
    trials: Iterable[Trial], seen: Mapping[str, Sequence[Seen]], keys: Mapping[str, Sequence[str]]
) -> Verdict:
    """`seen` has what each channel accepted in order, `keys` what names each of its messages."""
    verdict = Verdict()
    order: dict[tuple[str, str], list[str]] = {}
    for channel, all_seen in seen.items():
        for one in all_seen:
            order.setdefault((channel, one.fingerprint), []).append(one.state)
    for trial in trials:
        for number, fingerprint in enumerate(trial.fingerprints()):
            states = order.get((trial.channel, fingerprint), [])
            if trial.steps > number and "firing" not in states:
                verdict.lost_firing += 1
                verdict.lost.append(f"{trial.channel} {trial.name} {fingerprint} firing")
            if trial.steps > 2 and "resolved" not in states:
                verdict.lost_resolved += 1
                verdict.lost.append(f"{trial.channel} {trial.name} {fingerprint} resolved")
            if "resolved" in states and "firing" in states[states.index("resolved") :]:
                verdict.out_of_order += 1
    verdict.repeated = {
        channel: sum(count - 1 for count in Counter(names).values())
        for channel, names in keys.items()
    }
    return verdict
