"""What Alertmanager's `/api/v2/status` says, such that its tools can work with it."""

import platform
from typing import Any

import yaml

from streamgauge import __version__
from streamgauge.alerting.instant import show

# Tools choose by this number how to speak; it is the Alertmanager whose API this is.
API = "0.25.0"
_ROUTING = ("route", "inhibit_rules", "time_intervals", "mute_time_intervals")


def status(configuration: str, started: int) -> dict[str, object]:
    """The answer. `config.original` has the routes only: amtool refuses what Alertmanager lacks.

    `config.streamgauge` is the whole file without its secrets.
    """
    return {
        "cluster": {"peers": [], "status": "disabled"},
        "config": {"original": routing(configuration), "streamgauge": configuration},
        "uptime": show(started),
        "versionInfo": {
            "branch": "streamgauge",
            "buildDate": "",
            "buildUser": "",
            "goVersion": f"python{platform.python_version()}",
            "revision": __version__,
            "version": API,
        },
    }


def routing(configuration: str) -> str:
    r"""The part of a configuration that says who is told, with receivers by their names.

    >>> print(routing("route: {receiver: a}\nreceivers: [{name: a, console_configs: [{}]}]"))
    route:
      receiver: a
    receivers:
    - name: a
    """
    file: dict[str, Any] = yaml.safe_load(configuration) or {}
    shown = {name: file[name] for name in _ROUTING if name in file}
    shown["receivers"] = [{"name": one["name"]} for one in file.get("receivers", ())]
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True)
