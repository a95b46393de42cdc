"""Secrets stand in files or in the environment, never in the configuration itself."""

import re
from typing import Any

from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.receivers.secret import is_variable

_FILE = "_file"
# Ends of names of keys: Alertmanager's secrets, and those of our own receivers.
_SECRET = re.compile(
    r"(?:.*_)?(?:password|secret|secret_key|token|service_key|routing_key|api_key|user_key|credentials"
    r"|token_id)|api_url|slack_api_url|slack_app_token"
)
# What may hold a secret, and then should come from elsewhere too.
_PERHAPS = ("url", "urls")
_LOGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/@\s]*:[^/@\s]+@")


def settle(document: MarkedYaml, tree: Any, place: tuple[Step, ...]) -> Any:
    """The tree with `key: $NAME` as `key_file: $NAME`, which is how receivers ask for secrets.

    A secret that stands in the file itself is an error that does not repeat it.
    """
    if isinstance(tree, list):
        return [settle(document, item, (*place, n)) for n, item in enumerate(tree)]
    if isinstance(tree, str) and _LOGIN.match(tree):
        raise document.error(place, f"{place[-1]}: a login does not belong into an address")
    if not isinstance(tree, dict):
        return tree
    settled: dict[str, Any] = {}
    for name, value in tree.items():
        at = (*place, name)
        variable = isinstance(value, str) and is_variable(value)
        known = _SECRET.fullmatch(name) and value
        if not known and not (variable and name in _PERHAPS):
            settled[name] = settle(document, value, at)
        elif not variable:
            raise document.error(
                at,
                f"{name}: secrets stand in files or in the environment; use {name}{_FILE}, or"
                f" {name}: $NAME of a variable",
            )
        elif name + _FILE in tree:
            raise document.error(at, f"{name}: expected either this or {name}{_FILE}")
        else:
            settled[name + _FILE] = value
            document.rename(at, (*place, name + _FILE))
    return settled
