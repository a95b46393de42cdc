"""`streamgauge demo`: embedded broker, a served model, an incident, an alert that you see."""

import asyncio
import contextlib
import fcntl
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from streamgauge.demo.stack import Stack, command, stack, wait_ready
from streamgauge.demo.story import Happened, Watch
from streamgauge.producers.scenario import Scenario
from streamgauge.producers.scenario import load as load_scenario
from streamgauge.producers.simulate import drive
from streamgauge.producers.tally import Tally
from streamgauge.settings import InputError

_FOLDER = Path("var/demo")
_ONCE_S = 240.0
_SHOW_EVERY_S = 2.0


class Account(msgspec.Struct):
    """What an unattended demo prints; all times in seconds, memory in MiB."""

    predictions: int
    fired: list[str]
    resolved: list[str]
    delivered: list[str]
    seconds_to_alert: float | None
    seconds_to_ready: float
    memory_mib: int
    ok: bool


def demo(*, once: bool = False, json: bool = False, folder: Path = _FOLDER) -> None:
    """Show all of streamgauge on this machine; nothing is kept when it ends.

    Parameters
    ----------
    once
        End after one incident: it fired, it was delivered, it resolved. Exit 1 if it did not.
    json
        Print one JSON object and nothing else; implies `once`.
    folder
        Where data, models, logs and the mail outbox go.

    """
    once = once or json
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    data, models = folder / "scan_history.jsonl", folder / "models"
    say = _silent if json else print
    say("Starting an embedded Kafka and Redis, worker, notifier and dashboard …")
    with _alone(folder), stack(folder, models, quiet=json) as running:
        # scikit-learn takes seconds to import; the others start meanwhile.
        from streamgauge.models.generate import generate
        from streamgauge.models.train import train

        with contextlib.redirect_stdout(io.StringIO()):
            # Fewer rows are no reference to judge drift by.
            generate(records=1_200, out=data)
            for version in ("1", "2"):
                train(data=data, out=models, version=version, plots=False, champion=version == "1")
        running.children.append(command("serve", folder / "serve.log"))
        wait_ready(running, "serve", "worker", "dashboard", "alerting")
        ready = time.monotonic() - begun
        say(f"Ready after {ready:.0f} s. Look at {running.url('dashboard')}   (Ctrl-C ends it)")
        say(f"Who is told what: streamgauge alerts list --config {folder / 'streamgauge.toml'}")
        say("Everything is in memory: nothing is kept when the demo ends.\n")
        scenario = load_scenario("demo")
        with Watch(running.settings.kafka) as watch:
            account = asyncio.run(_play(running, scenario, data, watch, once=once, show=not json))
        account.seconds_to_ready = round(ready, 1)
        account.memory_mib = running.memory() >> 20
    if json:
        print(msgspec.json.encode(account).decode())
    elif once:
        print(f"\n{account}")
    sys.exit(0 if account.ok or not once else 1)


async def _play(
    running: Stack, scenario: Scenario, data: Path, watch: Watch, *, once: bool, show: bool
) -> Account:
    stop, tally = asyncio.Event(), Tally()
    begun = time.time()
    traffic = asyncio.create_task(
        drive(
            scenario,
            settings=running.settings,
            url=running.url("serve"),
            data=data,
            stop=stop,
            tally=tally,
        )
    )
    shown = time.monotonic()
    incident = begun + min(fault.start for fault in scenario.faults)
    end = begun + _ONCE_S
    told = False
    while not traffic.done() and not (once and (watch.happened.finished() or time.time() > end)):
        running.check()
        if watch.error:
            raise watch.error
        if show and time.monotonic() - shown >= _SHOW_EVERY_S:
            shown = time.monotonic()
            for line in _lines(watch.happened):
                print(line, flush=True)
        if show and not told and watch.happened.finished():
            told = True
            print(
                f"\nThe incident is over: alert, mail ({running.outbox.folder}) and page have seen "
                f"it.\nTraffic goes on; {running.url('dashboard')} shows it until Ctrl-C.\n"
            )
        await asyncio.sleep(0.1)
    stop.set()
    await traffic
    return _account(watch.happened, tally, incident)


def _account(happened: Happened, tally: Tally, incident: float) -> Account:
    fired = sorted(happened.fired)
    open_rules = {
        one.rule
        for one in happened.alerts.values()
        if one.state == "firing" and one.fingerprint not in happened.resolved
    }
    first = min(happened.fired.values(), default=None)
    return Account(
        predictions=tally.predictions,
        fired=fired,
        resolved=[rule for rule in fired if rule not in open_rules],
        delivered=sorted(happened.delivered),
        seconds_to_alert=round(first - incident, 1) if first else None,
        seconds_to_ready=0.0,
        memory_mib=0,
        ok=happened.finished() and tally.predictions > 0,
    )


def _lines(happened: Happened) -> Iterator[str]:
    """One line a model and version: how much, how slow, how wrong, and its share of the traffic."""
    for name in sorted(happened.measures):
        values = happened.measures[name].values
        p95 = values.get('prediction_latency_seconds{quantile="0.95"}')
        yield (
            f"{time.strftime('%H:%M:%S')}  {name:<16} {values['prediction_count']:>5.0f} in 10 s"
            f"   p95 {'-' if p95 is None else f'{p95 * 1_000:.1f} ms':>9}"
            f"   errors {values.get('prediction_error_ratio', 0.0):>4.0%}"
        )
    for name, weights in sorted(happened.weights.items()):
        shares = ", ".join(f"{arm} {share:.0%}" for arm, share in sorted(weights.items()))
        yield f"          experiment {name}: {shares}"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other demos out of the folder: two would write each other's settings."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"{folder}: another demo runs there; name another folder with --folder"
            ) from None
        yield


def _silent(_text: str) -> None:
    """Print nothing."""
