"""Slack as a bot: messages that change in place, threads, buttons, no visible repeat."""

import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.slack import Slack, SlackDefaults
from streamgauge.bench.receiver_end.http_end import Answer, Fault
from streamgauge.bench.receiver_end.slack_end import SlackEnd

from .closing import closing

NOW = Context(external_url="https://watch.example.org")
OPEN = notice(FIRING)
OVER = notice(RESOLVED, seq=2)


def opened(end: SlackEnd, folder: Path, **fields: Any) -> AbstractAsyncContextManager[Receiver]:
    (folder / "token").write_text(end.token)
    parameters = Slack(bot_token_file=Path("token"), **{"channel": "C1", **fields})
    defaults = SlackDefaults(slack_app_url=f"{end.origin}/api/chat.postMessage")
    receiver = parameters.open(defaults, Surroundings(folder=folder))
    return closing(receiver)


def buttons(message: dict[str, Any]) -> list[str]:
    blocks = message["attachments"][0]["blocks"]
    return [one["value"] for block in blocks for one in block.get("elements", ())]


async def test_an_episode_is_one_message_that_changes_and_a_thread(
    slack: SlackEnd, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path) as bot:
        first = await bot.send([OPEN], NOW)
        (posted,) = slack.messages.values()
        assert posted["text"].startswith("[FIRING]")
        assert buttons(posted) == ["f00d-1"]
        assert posted["unfurl_links"] is posted["unfurl_media"] is False
        later = msgspec.structs.replace(NOW, thread=first.thread)
        second = await bot.send([OVER], later)
    assert second.thread == first.thread
    changed, reply = slack.messages.values()
    assert changed["text"].startswith("[RESOLVED]")
    assert changed["attachments"][0]["color"] == "#2e7d32"
    assert buttons(changed) == []
    assert (reply["thread_ts"], reply["reply_broadcast"]) == (first.thread["ts"], False)


async def test_what_is_news_to_everybody_is_shown_in_the_channel_too(
    slack: SlackEnd, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path) as bot:
        thread = (await bot.send([OPEN], NOW)).thread
        later = msgspec.structs.replace(NOW, thread=thread)
        for reason in ("new", "repeat", "escalated", "acknowledged", "resolved"):
            await bot.send([notice(FIRING, seq=2, reason=reason)], later)
    loud = [one["reply_broadcast"] for one in slack.accepted if "reply_broadcast" in one]
    assert loud == [True, True, True, False, False]


async def test_a_message_that_several_groups_share_is_not_overwritten(
    slack: SlackEnd, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path) as bot:
        groups = [notice(alert(n), group=str(n)) for n in range(50)]
        thread = (await bot.send(groups, NOW)).thread
        (before,) = slack.messages.values()
        await bot.send([OVER], msgspec.structs.replace(NOW, thread=thread))
    assert len(slack.messages) == 2
    assert slack.messages[thread["ts"]] == before


async def test_a_message_that_was_deleted_is_answered_all_the_same(
    slack: SlackEnd, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path) as bot:
        thread = (await bot.send([OPEN], NOW)).thread
        slack.messages.clear()
        await bot.send([OVER], msgspec.structs.replace(NOW, thread=thread))
    (reply,) = slack.messages.values()
    assert reply["thread_ts"] == thread["ts"]


@pytest.mark.parametrize("lost", [True, False])
async def test_after_an_unknown_outcome_it_looks_before_it_repeats(
    slack: SlackEnd, tmp_path: Path, lost: bool
) -> None:
    slack.lost = lost
    slack.answers = ["reset"]
    async with opened(slack, tmp_path) as bot:
        with pytest.raises(DeliveryError) as caught:
            await bot.send([OPEN], NOW)
        assert caught.value.unknown
        told = await bot.send([OPEN], msgspec.structs.replace(NOW, again=True))
    ((ts, message),) = slack.messages.items()
    assert told.thread == {"channel": "C1", "ts": ts}
    assert "possible repeat" not in str(message)


# Anybody's app may write into the channel, with any metadata.
@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"event_type": "streamgauge_notice", "event_payload": {"keys": 5}},
        {"event_type": "streamgauge_notice", "event_payload": {"keys": [["x"]]}},
        {"event_type": "theirs", "event_payload": {"keys": [OPEN.key]}},
    ],
)
async def test_what_other_apps_write_there_hides_nothing(
    slack: SlackEnd, tmp_path: Path, metadata: object
) -> None:
    other = f"{time.time():.6f}"
    slack.messages[other] = {"channel": "C1", "text": "lunch?", "metadata": metadata}
    async with opened(slack, tmp_path) as bot:
        told = await bot.send([OPEN], msgspec.structs.replace(NOW, again=True))
    assert len(slack.messages) == 2
    assert told.thread["ts"] != other


async def test_a_taken_message_without_its_ts_is_no_failure(
    slack: SlackEnd, tmp_path: Path
) -> None:
    slack.answers = [(202, '{"ok": true}', {})]
    async with opened(slack, tmp_path) as bot:
        assert (await bot.send([OPEN], NOW)).thread == {}


async def test_a_message_of_several_groups_is_found_again_too(
    slack: SlackEnd, tmp_path: Path
) -> None:
    groups = [notice(alert(n), group=str(n)) for n in range(50)]
    async with opened(slack, tmp_path) as bot:
        first = await bot.send(groups, NOW)
        again = await bot.send(groups[:7], msgspec.structs.replace(NOW, again=True))
        assert again.thread == first.thread
        assert again.thread["shared"] == "yes"
        assert len(slack.messages) == 1
        more = [*groups[:7], notice(FIRING, group="new")]
        await bot.send(more, msgspec.structs.replace(NOW, again=True))
    (_, message) = slack.messages.values()
    assert message["text"].startswith("[FIRING] critical")
    assert "possible repeat" not in str(message)


async def test_one_owner_of_several_alerts_changes_nothing_about_the_others(
    slack: SlackEnd, tmp_path: Path
) -> None:
    known = ("f00d-1", f"{2:016x}-1")
    part = notice(FIRING, seq=2, reason="acknowledged", firing=known, text="ada owns it")
    async with opened(slack, tmp_path) as bot:
        thread = (await bot.send([notice(FIRING, alert(2))], NOW)).thread
        before = slack.messages[thread["ts"]]
        await bot.send([part], msgspec.structs.replace(NOW, thread=thread))
    assert slack.messages[thread["ts"]] == before
    assert "ada owns it" in str(slack.accepted[-1])


async def test_a_reply_whose_outcome_is_unknown_is_looked_for_in_the_thread(
    slack: SlackEnd, tmp_path: Path
) -> None:
    async with opened(slack, tmp_path) as bot:
        thread = (await bot.send([OPEN], NOW)).thread
        later = msgspec.structs.replace(NOW, thread=thread, again=True)
        for _ in range(2):
            assert (await bot.send([OVER], later)).thread == thread
    assert len(slack.messages) == 2


async def test_where_it_may_not_look_it_says_possible_repeat(
    slack: SlackEnd, tmp_path: Path
) -> None:
    slack.readable = False
    async with opened(slack, tmp_path) as bot:
        await bot.send([OPEN], msgspec.structs.replace(NOW, again=True))
    (message,) = slack.messages.values()
    assert "possible repeat" in str(message)


# docs.slack.dev: errors of chat.postMessage, and "Rate limits".
@pytest.mark.parametrize(
    ("answer", "permanent", "wait", "unknown"),
    [
        ((429, '{"ok": false, "error": "ratelimited"}', {"Retry-After": "9"}), False, 9.0, False),
        ((503, "", {}), False, None, False),
        ("half", False, None, True),
        ("reset", False, None, True),
        (
            (202, '{"ok": "\xff"}', {"Content-Type": "text/plain; charset=latin-1"}),
            False,
            None,
            True,
        ),
        ((202, "[" * 100_000, {}), False, None, True),
    ],
)
async def test_failures_of_the_way_may_pass(
    slack: SlackEnd,
    tmp_path: Path,
    *,
    answer: Answer | Fault,
    permanent: bool,
    wait: float | None,
    unknown: bool,
) -> None:
    slack.answers = [answer]
    async with opened(slack, tmp_path) as bot:
        with pytest.raises(DeliveryError) as caught:
            await bot.send([OPEN], NOW)
    error = caught.value
    assert (error.permanent, error.retry_after, error.unknown) == (permanent, wait, unknown)


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        ("channel_not_found", True),
        ("invalid_auth", True),
        ("is_archived", True),
        ("internal_error", False),
        ("ratelimited", False),
        ("<b>canary</b>", True),
    ],
)
async def test_slacks_own_errors_come_with_status_200(
    slack: SlackEnd, tmp_path: Path, error: str, permanent: bool
) -> None:
    slack.says = error
    async with opened(slack, tmp_path) as bot:
        with pytest.raises(DeliveryError) as caught:
            await bot.send([OPEN], NOW)
    assert caught.value.permanent is permanent
    assert "canary" not in str(caught.value)


def test_a_bot_needs_a_channel_and_no_webhook(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb")
    for fields in ({}, {"channel": "C1", "api_url_file": Path("token")}):
        with pytest.raises(ParameterError):
            Slack(bot_token_file=Path("token"), **fields).open(  # type: ignore[arg-type]  # fields by name
                SlackDefaults(), Surroundings(folder=tmp_path)
            )
