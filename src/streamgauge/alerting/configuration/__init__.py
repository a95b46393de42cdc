"""The notifier's configuration: Alertmanager's file, and ours under one key `streamgauge`."""

from streamgauge.alerting.configuration.reader import default, load
from streamgauge.alerting.configuration.value import Configuration, Limits, Target

__all__ = ["Configuration", "Limits", "Target", "default", "load"]
