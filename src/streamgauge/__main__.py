"""The `streamgauge` command: every subcommand is a typed function, loaded when it is called."""

import importlib
import sys

from streamgauge import __version__
from streamgauge.settings import InputError, UnavailableError

EX_UNAVAILABLE = 69

# Command → "module:function", loaded when it is called, and what help says of it.
COMMANDS = {
    "demo": (
        "streamgauge.demo.command:demo",
        "Show all of it on this machine: traffic, an incident, an alert.",
    ),
    "serve": (
        "streamgauge.models.serve:serve",
        "Answer predictions over HTTP and publish each of them.",
    ),
    "worker": (
        "streamgauge.stream_processors.worker:worker",
        "Run the stages: measure, merge, judge, detect, reward, allocate.",
    ),
    "reprocess": (
        "streamgauge.stream_processors.reprocess:reprocess",
        "Prepare a new state that counts again from a time on.",
    ),
    "notifier": (
        "streamgauge.alerting.notifier:notifier",
        "Tell people what fires and what is over.",
    ),
    "archive": (
        "streamgauge.archive.process:archive",
        "Keep history in Parquet, exactly once; or ask it, see the commands below.",
    ),
    "dashboard": ("streamgauge.dashboard.server:dashboard", "Serve the live page and its API."),
    "simulate": (
        "streamgauge.producers.simulate:simulate",
        "Send seeded traffic with timed faults.",
    ),
    "replay": (
        "streamgauge.producers.replay:replay",
        "Send a recorded file as if it happened now.",
    ),
    "generate": ("streamgauge.models.generate:generate", "Write a history of scans to train on."),
    "train": (
        "streamgauge.models.train:train",
        "Train both example models, judged on held-out rows.",
    ),
    "tail": ("streamgauge.alerting.tail:tail", "Follow alerts, measures or predictions."),
    "audit": (
        "streamgauge.audit.command:audit",
        "Prove the published windows from the events; exit 1 if one differs.",
    ),
    "bench": ("streamgauge.bench.command:bench", "Measure the speed of one part on this machine."),
}
GROUPS = {
    "alerts": (
        "Alerts and those who are told.",
        {
            "check-config": (
                "streamgauge.alerting.configuration.check:check_config",
                "Check a notifier's configuration; exit 2 if it is wrong.",
            ),
            "list": ("streamgauge.alerting.api.look:show_list", "List what fires."),
            "explain": (
                "streamgauge.alerting.api.look:explain",
                "Say who is told of an alert, and why or why not.",
            ),
            "history": (
                "streamgauge.alerting.api.look:history",
                "List who was told what, and what came of it.",
            ),
            "ack": ("streamgauge.alerting.api.act:ack", "Take care of an alert, or give it back."),
            "silence": (
                "streamgauge.alerting.api.act:silence",
                "Let nobody be told of some alerts for a while.",
            ),
            "silences": ("streamgauge.alerting.api.look:silences", "List silences."),
            "expire": ("streamgauge.alerting.api.act:expire", "End silences now."),
        },
    ),
    "topics": (
        "Kafka topics: create them, check them.",
        {
            "create": (
                "streamgauge.producers.provision:create",
                "Make the topics that are missing.",
            ),
            "check": (
                "streamgauge.producers.provision:check",
                "Say where topics differ; exit 1 if they do.",
            ),
        },
    ),
    "archive": (
        "Keep history in Parquet files, exactly once; without a command: do so now.",
        {
            "status": (
                "streamgauge.archive.report:status",
                "Say how far and how much is archived; exit 1 if rows do not add up.",
            ),
            "query": (
                "streamgauge.archive.report:query",
                "Print weeks, months, or what an SQL query finds.",
            ),
            "erase": (
                "streamgauge.archive.command:erase",
                "Delete a user's predictions, their outcomes, and feedback.",
            ),
            "expire": (
                "streamgauge.archive.command:expire",
                "Drop the days that are kept long enough.",
            ),
        },
    ),
    "baseline": (
        "What the stream of a version is compared with: freeze it, look at it.",
        {
            "from-file": (
                "streamgauge.baseline.training_file:from_file",
                "Freeze the rows that a version was trained on.",
            ),
            "pin": (
                "streamgauge.baseline.live:pin",
                "Freeze a period of the version's own stream.",
            ),
            "list": ("streamgauge.baseline.command:show_list", "List what is in force."),
            "show": ("streamgauge.baseline.command:show", "Show what is in force of a version."),
        },
    ),
    "dead-letters": (
        "What was refused: look at it, send it again.",
        {
            "list": ("streamgauge.alerting.dead_letter.command:show_list", "List them, and why."),
            "show": (
                "streamgauge.alerting.dead_letter.command:show",
                "Show one with its bytes, escaped.",
            ),
            "replay": (
                "streamgauge.alerting.dead_letter.command:replay",
                "Send them again to where they came from, each once.",
            ),
        },
    ),
    "rules": (
        "Alert rules: check files, make them of what people write, test them.",
        {
            "check": (
                "streamgauge.alerting.authoring.check:check",
                "Check rule files; exit 2 if one is wrong.",
            ),
            "convert": (
                "streamgauge.alerting.authoring.convert:convert",
                "Print conditions in words, or objectives, as Prometheus' rule file.",
            ),
            "test": (
                "streamgauge.stream_processors.trial:run_tests",
                "Run tests in promtool's format, and of notifications; exit 1 if one fails.",
            ),
            "backtest": (
                "streamgauge.archive.backtest:backtest",
                "Say when rules would have fired on what was measured.",
            ),
        },
    ),
}


def main() -> None:
    """Run the command line; bad input exits 2, an absent Kafka or Redis 69."""
    try:
        import cyclopts
    except ModuleNotFoundError:
        sys.exit("The command line needs more: pip install 'streamgauge[all]'")

    app = cyclopts.App(name="streamgauge", version=__version__, help=__doc__)
    for name, (place, about) in COMMANDS.items():
        if name not in GROUPS:
            app.command(place, name=name, help=about)
    for group, (about, commands) in GROUPS.items():
        sub = cyclopts.App(name=group, help=about)
        for name, (place, about_it) in commands.items():
            sub.command(place, name=name, help=about_it)
        if group in COMMANDS and sys.argv[1:2] == [group]:
            # A default cannot be loaded lazily: it is loaded when its group is asked for.
            module, _, function = COMMANDS[group][0].partition(":")
            sub.default(getattr(importlib.import_module(module), function))
        app.command(sub)
    try:
        app(sys.argv[1:])
    except InputError as error:
        print(f"streamgauge: {error}", file=sys.stderr)
        sys.exit(2)
    except UnavailableError as error:
        print(f"streamgauge: {error}", file=sys.stderr)
        sys.exit(EX_UNAVAILABLE)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
