"""`streamgauge alerts ack|silence|expire`: what an operator changes at the notifier."""

import getpass
import json as js
from pathlib import Path

from streamgauge.alerting import duration
from streamgauge.alerting.api.acknowledgement import USUAL
from streamgauge.alerting.api.client import client, part
from streamgauge.alerting.api.office import wall_clock
from streamgauge.alerting.api.posted_matcher import PostedMatcher
from streamgauge.alerting.instant import show
from streamgauge.alerting.matcher import read_matchers
from streamgauge.settings import InputError


def ack(
    fingerprint: str,
    *,
    owner: str | None = None,
    note: str = "",
    for_: str = USUAL,
    withdraw: bool = False,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Take care of an alert while its episode lasts: it is not repeated and not escalated.

    Parameters
    ----------
    fingerprint
        The alert's, as `alerts list` and every message have it.
    owner
        Who takes care of it; you, if nobody is named.
    note
        What others should know.
    for_
        How long, for example 30m or 4h.
    withdraw
        Give it back instead.
    json
        One JSON object.
    config
        The settings file.

    """
    path = f"/api/v2/alerts/{part(fingerprint)}/ack"
    if withdraw:
        client(config).delete(path)
        print("given back")
        return
    body = {"owner": owner or getpass.getuser(), "note": note, "for": for_}
    made = client(config).post(path, body)
    print(js.dumps(made) if json else f"{made['owner']} has it until {made['endsAt']}")


def silence(
    *matchers: str,
    comment: str,
    author: str | None = None,
    for_: str = USUAL,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Let nobody be told for a while of alerts that match; prints the silence's id.

    Parameters
    ----------
    matchers
        What their labels are, for example alertname="error_rate_high".
    comment
        Why.
    author
        Who says so; you, if nobody is named.
    for_
        How long from now on, for example 30m or 4h.
    json
        One JSON object.
    config
        The settings file.

    """
    try:
        read = [one for text in matchers for one in read_matchers(text)]
        ends = wall_clock() + duration.milliseconds(for_)
    except ValueError as error:
        raise InputError(str(error)) from None
    body = {
        "matchers": [PostedMatcher.parts(one) for one in read],
        "startsAt": show(wall_clock()),
        "endsAt": show(ends),
        "createdBy": author or getpass.getuser(),
        "comment": comment,
    }
    made = client(config).post("/api/v2/silences", body)
    print(js.dumps(made) if json else made["silenceID"])


def expire(*ids: str, config: Path | None = None) -> None:
    """End silences now.

    Parameters
    ----------
    ids
        Which ones.
    config
        The settings file.

    """
    if not ids:
        raise InputError("expected ids of silences, as `streamgauge alerts silences` lists them")
    notifier = client(config)
    for name in ids:
        notifier.delete(f"/api/v2/silence/{part(name)}")
