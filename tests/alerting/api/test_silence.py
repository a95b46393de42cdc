"""Silences are made, changed and ended as Alertmanager's are (silence/silence_test.go)."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from streamgauge.alerting.api.posted_matcher import PostedMatcher
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.api.silence import (
    PostedSilence,
    expire,
    order,
    put,
    shown,
    state,
)
from streamgauge.contracts.alert import Silence

T0 = 1_760_000_000_000
HOUR = 3_600_000


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def asked(**more: Any) -> PostedSilence:
    usual = PostedSilence(
        matchers=[PostedMatcher("alertname", "Full", regex=False)],
        starts=at(T0 - 1_000),
        ends=at(T0 + HOUR),
        created_by="ada",
        comment="disk is being changed",
    )
    return msgspec.structs.replace(usual, **more)


def made(**more: Any) -> Silence:
    (silence,) = put(asked(**more), {}, T0)
    return silence


def test_a_silence_begins_now_at_the_earliest() -> None:
    silence = made()
    assert (silence.starts_at, silence.ends_at) == (T0, T0 + HOUR)
    assert silence.matchers == ['alertname="Full"']
    assert state(silence, T0) == "active"
    assert state(made(starts=at(T0 + 60_000)), T0) == "pending"
    assert state(silence, T0 + HOUR) == "expired"


def test_a_matcher_comes_back_as_it_was_sent() -> None:
    sent = [
        PostedMatcher("a", 'x "y" \\ {z}, ü', regex=False),
        PostedMatcher("b", "x|y.*", regex=True),
        PostedMatcher("c", "n", regex=False, equal=False),
        PostedMatcher("d", "n\nn", regex=True, equal=False),
    ]
    wanted = [
        {"isEqual": one.equal, "isRegex": one.regex, "name": one.name, "value": one.value}
        for one in sent
    ]
    assert shown(made(matchers=sent), T0)["matchers"] == wanted


def test_an_active_silence_is_prolonged_in_place() -> None:
    old = made()
    # Tools send the start back in seconds.
    change = asked(id=old.id, starts=at(T0 // 1000 * 1000), ends=at(T0 + 2 * HOUR), comment="more")
    (new,) = put(change, {old.id: old}, T0 + 60_000)
    assert (new.id, new.starts_at, new.ends_at) == (old.id, old.starts_at, T0 + 2 * HOUR)
    assert (new.comment, new.updated_at) == ("more", T0 + 60_000)


@pytest.mark.parametrize(
    "change",
    [
        {"matchers": [PostedMatcher("alertname", "Other", regex=False)]},
        {"starts": at(T0 + 120_000)},
    ],
)
def test_what_cannot_be_changed_is_ended_and_made_anew(change: dict[str, Any]) -> None:
    old = made()
    over, new = put(asked(id=old.id, **change), {old.id: old}, T0 + 60_000)
    assert (over.id, over.ends_at) == (old.id, T0 + 60_000)
    assert new.id != old.id


def test_a_silence_that_is_over_is_not_revived() -> None:
    old = made()
    now = T0 + 2 * HOUR
    (new,) = put(asked(id=old.id, ends=at(now + HOUR)), {old.id: old}, now)
    assert new.id != old.id


def test_ending_is_done_once() -> None:
    silence = made()
    over = expire(silence, T0 + 60_000)
    assert over is not None
    assert (over.starts_at, over.ends_at, state(over, T0 + 60_000)) == (T0, T0 + 60_000, "expired")
    assert expire(over, T0 + 60_001) is None
    pending = expire(made(starts=at(T0 + 60_000)), T0)
    assert pending is not None
    assert state(pending, T0) == "expired"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ends": at(T0 - 1_000)}, "Failed to create silence: start time must be before end time"),
        (
            {"starts": at(T0 - 9_000), "ends": at(T0 - 5_000)},
            "Failed to create silence: end time can't be in the past",
        ),
        (
            {
                "matchers": [
                    PostedMatcher("a", "", regex=False),
                    PostedMatcher("b", ".*", regex=True),
                ]
            },
            "silence invalid: at least one matcher must not match the empty string",
        ),
        ({"comment": " "}, "silence invalid: comment is required"),
        ({"created_by": ""}, "silence invalid: createdBy is required"),
        ({"matchers": [PostedMatcher("1a", "x", regex=False)]}, "silence invalid: invalid label"),
        ({"matchers": [PostedMatcher("a", "(", regex=True)]}, "silence invalid: invalid label"),
    ],
)
def test_what_is_wrong_is_said_in_alertmanager_s_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said.replace("(", r"\(")) as refused:
        made(**change)
    assert refused.value.status == 400


def test_an_unknown_silence_cannot_be_changed() -> None:
    with pytest.raises(RefusedError, match="silence not found") as refused:
        made(id="00000000-0000-0000-0000-000000000000")
    assert refused.value.status == 404


def test_those_that_hold_come_first() -> None:
    late, soon = made(ends=at(T0 + 2 * HOUR)), made()
    coming = made(starts=at(T0 + 60_000))
    over = expire(made(), T0)
    assert over is not None
    ordered = sorted([over, coming, late, soon], key=lambda one: order(one, T0))
    assert ordered == [soon, late, coming, over]
