"""`streamgauge rules test`, where recorded events are measured as the worker measures them."""

from pathlib import Path

from streamgauge.alerting.trial import command
from streamgauge.stream_processors.offline import fold


def run_tests(*files: Path, json: bool = False) -> None:
    """Run tests of rules; exit 1 if one fails, 2 if a file is wrong.

    Parameters
    ----------
    files
        YAML in promtool's format; `notification_test` and `replay_test` may stand beside it.
    json
        Print one JSON array.

    """
    command.run_tests(files, fold, json=json)
