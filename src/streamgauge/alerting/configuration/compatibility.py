"""What Alertmanager's files say of receivers that means something else here, or nothing."""

from collections.abc import Iterator
from typing import Any

from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.message import go_template

_PROXY = "messages go straight to the address that was checked, through no proxy"
_CRAM = "is no secret of its own here: auth_password_file serves CRAM-MD5 too"
_CALLBACK = "a button of the configuration opens its url and calls nobody back"
# By the name of what they stand in. What asks for nothing, such as `false`, may stay.
_REFUSED = {
    "http_config": {
        "proxy_url": _PROXY,
        "proxy_from_environment": _PROXY,
        "proxy_connect_header": _PROXY,
        "oauth2": "OAuth 2 is not spoken; use authorization with a credentials_file",
        "http_headers": "headers of your own are not sent; use authorization or basic_auth",
    },
    "tls_config": {
        "insecure_skip_verify": "certificates are always checked; name the authority as ca_file",
    },
    "global": {"smtp_auth_secret": _CRAM, "smtp_auth_secret_file": _CRAM},
    "email_configs": {"auth_secret": _CRAM, "auth_secret_file": _CRAM},
    "slack_configs": {
        "link_names": "nobody is mentioned by name; write <!subteam^ID> or <@ID> into pretext"
    },
    "actions": {"confirm": _CALLBACK},
}
_IGNORED = {
    "http_config": {
        "enable_http2": "HTTP/1.1 is spoken",
        "follow_redirects": "redirects are never followed",
        "no_proxy": "there is no proxy",
    },
    "slack_configs": {
        "mrkdwn_in": "every text but title and buttons is mrkdwn",
        "callback_id": _CALLBACK,
    },
    "actions": {"name": _CALLBACK, "value": _CALLBACK, "style": "buttons look alike"},
}
# What may be named as one likes.
_FREE = frozenset(("details", "headers"))


def settle(document: MarkedYaml) -> list[str]:
    """Take out what has no meaning here, and Alertmanager's own texts, which ours stand for.

    Returns warnings with file and line; InputError where a file relies on what we do not do.
    """
    tree = document.tree
    warnings: list[str] = []
    if isinstance(tree, dict):
        for key in ("global", "receivers"):
            if key in tree:
                tree[key] = _Settler(document, warnings).settle(tree[key], (key,))
    return warnings


class _Settler:
    def __init__(self, document: MarkedYaml, warnings: list[str]) -> None:
        self._document, self._warnings = document, warnings

    def settle(self, tree: Any, place: tuple[Step, ...]) -> Any:
        if isinstance(tree, dict):
            return dict(self._kept(tree, place))
        if isinstance(tree, list):
            return [self.settle(item, (*place, number)) for number, item in enumerate(tree)]
        if isinstance(tree, str) and (found := go_template.find(tree)):
            name = next(step for step in reversed(place) if isinstance(step, str))
            raise self._document.error(place, f"{name}: {found[1]}")
        return tree

    def _kept(self, tree: dict[str, Any], place: tuple[Step, ...]) -> Iterator[tuple[str, Any]]:
        parent = next(step for step in reversed(place) if isinstance(step, str))
        parent = parent.removeprefix("smtp_") if len(place) > 1 else parent
        refused, ignored = _REFUSED.get(parent, {}), _IGNORED.get(parent, {})
        for name, value in tree.items():
            at = (*place, name)
            if isinstance(value, str) and go_template.is_default(name, value):
                continue
            if parent in _FREE or name not in (*refused, *ignored, *_IDENTITIES):
                yield name, self.settle(value, at)
            elif name in _IDENTITIES:
                self._check_identity(tree, name, at)
            elif value is None or str(value).lower() in ("", "false"):
                continue
            elif name in refused:
                raise self._document.error(at, f"{name}: {refused[name]}")
            else:
                text = f"{name}: has no effect, {ignored[name]}"
                self._warnings.append(str(self._document.error(at, text)))

    def _check_identity(self, tree: dict[str, Any], name: str, place: tuple[Step, ...]) -> None:
        """Who logs in is who acts: an identity that says so too says nothing new."""
        shared = self._document.tree.get("global")
        users = [tree.get(name.replace("identity", "username"))]
        if isinstance(shared, dict):
            users.append(shared.get("smtp_auth_username"))
        user = next((one for one in users if one), None)
        if tree[name] and tree[name] != user:
            raise self._document.error(
                place, f"{name}: nobody is acted for; leave it out, or write what auth_username is"
            )


_IDENTITIES = frozenset(("auth_identity", "smtp_auth_identity"))
