"""`streamgauge rules backtest`: rules on what was measured, before they go live."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from streamgauge import settings
from streamgauge.alerting import configuration, duration
from streamgauge.alerting.backtest.episode import relive
from streamgauge.alerting.backtest.report import UNGROUPED, Report, differing, report
from streamgauge.alerting.backtest.show import show
from streamgauge.alerting.backtest.source import between, lines, retained
from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.alerting.rules.rule import AlertingRule, Rule
from streamgauge.alerting.template.template import External
from streamgauge.contracts.measure import AnyReading
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Settings


def backtest(
    *files: Path,
    since: str = "7d",
    until: str = "0s",
    against: list[Path] | None = None,
    archive: bool = False,
    measures: Path | None = None,
    config: Path | None = None,
    json: bool = False,
) -> None:
    """Say when rules would have fired on what was measured, for how long, and how often.

    Parameters
    ----------
    files
        Rule files; those that the judge loads, or the shipped ones, if none is named.
    since
        How long ago to begin, for example 7d.
    until
        How long ago to end.
    against
        Other rules, for example those of today: what fires with one set only is listed.
    archive
        Read the archive's Parquet files instead of the topic `measures`.
    measures
        Read this file of JSON Lines (`streamgauge tail measures --json`), all of it.
    config
        The settings file.
    json
        Print one JSON object.

    """
    options = settings.load(config)
    readings = _source(options, since, until, archive=archive, file=measures)
    external = External(options.alerting.external_labels, options.alerting.external_url or "")
    told = compare(
        load_rules(files or options.alerting.rules or shipped_rules(), external),
        load_rules(against, external) if against else None,
        readings,
        _plan(options),
        base=round(options.window.width * 1000),
    )
    if json:
        print(msgspec.json.encode(told).decode())
    else:
        for line in show(told):
            print(line)


def compare(
    rules: list[Rule],
    others: list[Rule] | None,
    readings: Iterable[AnyReading],
    plan: Plan,
    *,
    base: int = 60_000,
) -> Report:
    """Try rules, and others beside them, on the same readings; base windows are `base` ms wide."""
    began = time.perf_counter()
    judges = [Judge(one, base) for one in (rules, others) if one is not None]
    past, *before = relive(judges, readings)
    took = max(time.perf_counter() - began, 1e-9)
    names = [(one.name, one.severity) for one in rules if isinstance(one, AlertingRule)]
    told = report(past, names, plan, round((past.until - past.since) / 1000 / took, 1))
    if not before:
        return told
    return msgspec.structs.replace(
        told, added=differing(past, before[0]), removed=differing(before[0], past)
    )


def _plan(options: Settings) -> Plan:
    """How the notifier would group them; each by itself where nothing is configured."""
    path = options.alerting.config
    return configuration.load(path).plan if path else UNGROUPED


def _source(
    options: Settings, since: str, until: str, *, archive: bool, file: Path | None
) -> Iterator[AnyReading]:
    now = round(time.time() * 1000)
    begin, end = now - duration.option("--since", since), now - duration.option("--until", until)
    if begin >= end:
        raise InputError(f"--since {since} --until {until}: expected to begin before the end")
    if archive and file:
        raise InputError("--archive and --measures: expected one of them")
    if file:
        return _lines(file)
    if archive:
        # DuckDB is loaded by those only who ask for it.
        from streamgauge.archive.past import readings
        from streamgauge.archive.read import Reader

        reader = Reader(options.archive.folder, options.archive.cold)
        return readings(reader, begin, end, options.window.width)
    wait_for_kafka(options.kafka)
    return between(retained(options.kafka, begin, end), begin, end)


def _lines(path: Path) -> Iterator[AnyReading]:
    try:
        with path.open(encoding="utf-8") as text:
            yield from lines(text)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
