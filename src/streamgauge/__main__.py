"""The `streamgauge` command: every subcommand is a typed function, loaded when it is called."""

import sys

from streamgauge import __version__
from streamgauge.settings import InputError, UnavailableError

EX_UNAVAILABLE = 69

# Command → "module:function". Cyclopts imports a module when its command is called, not before.
COMMANDS = {
    "demo": "streamgauge.demo.command:demo",
    "serve": "streamgauge.models.serve:serve",
    "worker": "streamgauge.stream_processors.worker:worker",
    "notifier": "streamgauge.alerting.notifier:notifier",
    "dashboard": "streamgauge.dashboard.server:dashboard",
    "simulate": "streamgauge.producers.simulate:simulate",
    "replay": "streamgauge.producers.replay:replay",
    "generate": "streamgauge.models.generate:generate",
    "train": "streamgauge.models.train:train",
    "tail": "streamgauge.alerting.tail:tail",
    "bench": "streamgauge.bench.command:bench",
}
GROUPS = {
    "topics": (
        "Kafka topics: create them, check them.",
        {
            "create": "streamgauge.producers.provision:create",
            "check": "streamgauge.producers.provision:check",
        },
    ),
    "rules": (
        "Alert rules: check files.",
        {"check": "streamgauge.alerting.rule_file:check"},
    ),
}


def main() -> None:
    """Run the command line; bad input exits 2, an absent Kafka or Redis 69."""
    try:
        import cyclopts
    except ModuleNotFoundError:
        sys.exit("The command line needs more: pip install 'streamgauge[all]'")

    app = cyclopts.App(name="streamgauge", version=__version__, help=__doc__)
    for name, place in COMMANDS.items():
        app.command(place, name=name)
    for group, (about, commands) in GROUPS.items():
        sub = cyclopts.App(name=group, help=about)
        for name, place in commands.items():
            sub.command(place, name=name)
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
