"""Who takes care of an alert: what is valid, and which episode it means. Pure."""

from typing import Annotated

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.instant import show
from streamgauge.contracts.alert import Ack, Alert

LONGEST = 7 * 86_400_000
USUAL = "1h"


class PostedAck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who owns an alert and for how long; with an `episode`, only if that one still fires."""

    owner: Annotated[str, msgspec.Meta(max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    lasts: str = msgspec.field(default=USUAL, name="for")
    episode: int | None = None

    def meaning(self, episode: int | None) -> "PostedAck":
        """The same of the episode that the alert's name has; what the body says goes before it."""
        if episode is None or self.episode is not None:
            return self
        return msgspec.structs.replace(self, episode=episode)


def acknowledge(asked: PostedAck, alert: Alert | None, now: int) -> Ack:
    """The record; RefusedError says why there can be none.

    `alert` is the newest record of the fingerprint. What is over cannot be acknowledged, and who
    means an older episode than the one that fires does not acknowledge the new one.
    """
    owner = " ".join(asked.owner.split())
    if not owner:
        raise RefusedError(400, "owner: expected who takes care of it")
    try:
        lasts = duration.milliseconds(asked.lasts)
    except ValueError as error:
        raise RefusedError(400, f"for: {error}") from None
    if not 0 < lasts <= LONGEST:
        raise RefusedError(
            400, f"for: expected more than nothing and at most {LONGEST // 86_400_000}d"
        )
    fires = alert is not None and alert.state == "firing"
    if asked.episode is not None and not (fires and alert and alert.episode == asked.episode):
        raise RefusedError(409, "this episode of the alert is over: nothing was acknowledged")
    if alert is None or not fires:
        raise RefusedError(404, "no alert with this fingerprint fires")
    return Ack(
        id=alert.episode_id,
        fingerprint=alert.fingerprint,
        episode=alert.episode,
        owner=owner,
        ends_at=now + lasts,
        at=now,
        note=asked.note.strip(),
    )


def withdraw(ack: Ack, now: int) -> Ack | None:
    """The record that ends it; None if it is over already."""
    return None if ack.ends_at <= now else msgspec.structs.replace(ack, ends_at=now)


def shown(ack: Ack, now: int) -> dict[str, object]:
    """An acknowledgement as the API gives it."""
    return {
        "fingerprint": ack.fingerprint,
        "episode": ack.episode,
        "owner": ack.owner,
        "note": ack.note,
        "startsAt": show(ack.at),
        "endsAt": show(ack.ends_at),
        "status": {"state": "active" if now < ack.ends_at else "expired"},
    }
