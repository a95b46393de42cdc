"""What Slack sends when somebody presses the button of a message. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from streamgauge.alerting.api.body import decode
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.receivers.slack_blocks import ACTION
from streamgauge.settings import SlackUser

# As many as the value of a button has room for.
_MOST = 200


class _User(msgspec.Struct):
    id: str
    username: str = ""
    name: str = ""


class _Action(msgspec.Struct):
    action_id: str
    value: str = ""


class _Payload(msgspec.Struct):
    type: str
    user: _User
    actions: list[_Action] = []
    response_url: str = ""


class Press(msgspec.Struct, frozen=True):
    """Who acknowledges which (fingerprint, episode); `reply` is where Slack wants the answer.

    `user` is Slack's ID of somebody, `name` what they call themselves there.
    """

    user: str
    name: str
    episodes: list[tuple[str, int]]
    reply: str


def read(body: bytes) -> Press | None:
    """The press of our button; None for anything else that Slack tells of."""
    try:
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        raise RefusedError(400, "expected a form with few fields") from None
    payload = decode(form.get("payload", [""])[0].encode(), _Payload)
    values = [one.value for one in payload.actions if one.action_id == ACTION]
    if payload.type != "block_actions" or not values:
        return None
    user = payload.user
    names = ",".join(values).split(",")[:_MOST]
    episodes = list(map(_episode, names))
    return Press(user.id, user.username or user.name, episodes, payload.response_url)


def owner(press: Press, users: Mapping[str, SlackUser]) -> str:
    """By which name somebody acknowledges; RefusedError says why they may not.

    >>> owner(Press("U1", "ada", [], ""), {})
    'ada (U1)'
    >>> owner(Press("U1", "ada", [], ""), {"U1": SlackUser(name="Ada Lovelace")})
    'Ada Lovelace'
    """
    if not users:
        return f"{press.name} ({press.user})" if press.name else press.user
    known = users.get(press.user)
    if known is None:
        raise RefusedError(
            403, f"nothing was acknowledged: alerting.slack_users does not have {press.user}"
        )
    if known.role != "operator":
        raise RefusedError(
            403, f"nothing was acknowledged: {known.name} is a {known.role} and no operator"
        )
    return known.name


def is_slack(address: str) -> bool:
    """Whether an answer may be sent there.

    >>> is_slack("https://hooks.slack.com/actions/T0/1/x"), is_slack("https://hooks.slack.com.evil/")
    (True, False)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # The netloc, so that neither a login nor a port can stand before or behind the name.
    return parts.scheme == "https" and parts.netloc == "hooks.slack.com"


def reply(said: str) -> dict[str, Any]:
    """An answer that only the person sees who pressed."""
    return {"response_type": "ephemeral", "replace_original": False, "text": said}


def _episode(name: str) -> tuple[str, int]:
    fingerprint, _, number = name.rpartition("-")
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise RefusedError(400, "expected fingerprint-episode")
    return fingerprint, int(number)
