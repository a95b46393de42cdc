"""A service says that it lives, and how well."""

from typing import Annotated

import msgspec

from streamgauge.contracts.event import Count, Event, Label, Milliseconds, Share

Ratio = Annotated[float, msgspec.Meta(ge=0.0)]


class Heartbeat(Event, frozen=True):
    """The state of one instance of a service, sent every few seconds.

    `models` maps `model@version` to whether it is loaded. `cpu` is in cores, memory in bytes, the
    rates in bytes per second. `sent`, `dropped` and `failed` are the client's totals of all events
    since start, `predictions` that of the predictions it took.
    """

    ts: Milliseconds
    service: Label
    instance: Label
    healthy: bool
    models: Annotated[dict[Label, bool], msgspec.Meta(max_length=1_000)] = {}
    cache: bool | None = None
    fallback: bool | None = None
    features: bool | None = None
    cpu: Ratio | None = None
    memory: Count | None = None
    disk_read: Ratio | None = None
    disk_write: Ratio | None = None
    network_in: Ratio | None = None
    network_out: Ratio | None = None
    gpu: Share | None = None
    queue_depth: Count | None = None
    in_flight: Count | None = None
    sent: Count = 0
    dropped: Count = 0
    failed: Count = 0
    predictions: Count | None = None
