"""`streamgauge rules test`, where recorded events are measured as the worker measures them."""

from functools import partial
from pathlib import Path

from streamgauge.alerting.trial import command
from streamgauge.settings import load
from streamgauge.stream_processors.offline import fold


def run_tests(*files: Path, config: Path | None = None, json: bool = False) -> None:
    """Run tests of rules; exit 1 if one fails, 2 if a file is wrong.

    Parameters
    ----------
    files
        YAML in promtool's format; `notification_test` and `replay_test` may stand beside it.
    config
        Settings file: windows, dimensions and figures by which recorded events are measured.
    json
        Print one JSON array.

    """
    command.run_tests(files, partial(fold, settings=load(config)), json=json)
