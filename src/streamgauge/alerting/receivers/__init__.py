"""Who can be told: one file a kind, found by being here."""

import importlib
import inspect
import pkgutil

from streamgauge.alerting.receivers.receiver import Parameters


def kinds() -> dict[str, type[Parameters]]:
    """The kinds of receivers by name.

    >>> sorted(kinds())
    ['alertmanager', 'apprise', 'console', 'email', 'pagerduty', 'slack', 'webhook']
    """
    found: dict[str, type[Parameters]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Parameters) and kind is not Parameters:
                found[kind.kind] = kind
    return found
