"""Silences as Alertmanager keeps them: what is valid, and what an update does. Pure."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from streamgauge.alerting.api.posted_matcher import PostedMatcher, Text
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.instant import Moment, count, show
from streamgauge.alerting.matcher import Matcher, match_all, read_matcher
from streamgauge.contracts.alert import Silence

State = Literal["active", "pending", "expired"]
# go-openapi's code of a list that is too short.
_TOO_FEW = 612


class PostedSilence(msgspec.Struct, frozen=True, kw_only=True):
    """A silence as the API takes it; with an `id` it changes that one."""

    matchers: Annotated[list[PostedMatcher], msgspec.Meta(max_length=100)]
    starts: Moment = msgspec.field(name="startsAt")
    ends: Moment = msgspec.field(name="endsAt")
    created_by: Text = msgspec.field(name="createdBy")
    comment: Text
    id: str = ""


def state(silence: Silence, now: int) -> State:
    """Whether it holds now, will hold, or is over."""
    if now < silence.starts_at:
        return "pending"
    return "active" if now < silence.ends_at else "expired"


def expire(silence: Silence, now: int) -> Silence | None:
    """The record that ends it, as Alertmanager does; None if it is over already."""
    if state(silence, now) == "expired":
        return None
    return msgspec.structs.replace(
        silence, starts_at=min(silence.starts_at, now), ends_at=now, updated_at=now
    )


def put(asked: PostedSilence, known: Mapping[str, Silence], now: int) -> list[Silence]:
    """The records to write, the resulting silence last.

    What cannot be changed in place (other matchers, another past) is ended and made anew under a
    new id, as Alertmanager's `silence.Set` does.
    """
    made = _valid(asked, now)
    if not asked.id:
        return [made]
    old = known.get(asked.id)
    if old is None:
        raise RefusedError(404, "silence not found")
    if _in_place(old, asked, made, now):
        starts = old.starts_at if state(old, now) == "active" else made.starts_at
        return [msgspec.structs.replace(made, id=old.id, starts_at=starts)]
    over = expire(old, now)
    return [made] if over is None else [over, made]


def shown(silence: Silence, now: int) -> dict[str, object]:
    """A silence as the API gives it."""
    return {
        "id": silence.id,
        "status": {"state": state(silence, now)},
        "updatedAt": show(silence.updated_at),
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "endsAt": show(silence.ends_at),
        "matchers": [PostedMatcher.parts(read_matcher(text)) for text in silence.matchers],
        "startsAt": show(silence.starts_at),
    }


def order(silence: Silence, now: int) -> tuple[int, int]:
    """What sorts silences as Alertmanager does: active by end, pending by start, expired last."""
    match state(silence, now):
        case "active":
            return 0, silence.ends_at
        case "pending":
            return 1, silence.starts_at
        case "expired":
            return 2, -silence.ends_at


def _valid(asked: PostedSilence, now: int) -> Silence:
    starts, ends = count(asked.starts) or 0, count(asked.ends) or 0
    if starts >= ends:
        raise RefusedError(400, "Failed to create silence: start time must be before end time")
    if ends < now:
        raise RefusedError(400, "Failed to create silence: end time can't be in the past")
    for field, text in (("createdBy", asked.created_by), ("comment", asked.comment)):
        if not text.strip():
            raise RefusedError(400, f"silence invalid: {field} is required: who silences, and why")
    matchers = [_matcher(number, one) for number, one in enumerate(asked.matchers)]
    if not matchers:
        raise RefusedError(422, "matchers in body should have at least 1 items", _TOO_FEW)
    if match_all(matchers, {}):
        said = "silence invalid: at least one matcher must not match the empty string"
        raise RefusedError(400, said)
    return Silence(
        id=str(uuid.uuid4()),
        matchers=[str(matcher) for matcher in matchers],
        starts_at=max(starts, now),
        ends_at=ends,
        created_by=asked.created_by,
        comment=asked.comment,
        updated_at=now,
    )


def _matcher(number: int, asked: PostedMatcher) -> Matcher:
    matcher = asked.read()
    try:
        # As text it goes to the topic: what is not read back the same is refused here.
        again = read_matcher(str(matcher))
    except ValueError as error:
        raise RefusedError(
            400, f"silence invalid: invalid label matcher {number}: {error}"
        ) from None
    if again != matcher:
        raise RefusedError(400, f"silence invalid: invalid label matcher {number}: {matcher}")
    return matcher


def _in_place(old: Silence, asked: PostedSilence, made: Silence, now: int) -> bool:
    if sorted(old.matchers) != sorted(made.matchers):
        return False
    match state(old, now):
        case "active":
            # Seconds: tools send back the start without its milliseconds.
            return (count(asked.starts) or 0) // 1000 == old.starts_at // 1000
        case "pending":
            return (count(asked.starts) or 0) >= now
        case "expired":
            return False
