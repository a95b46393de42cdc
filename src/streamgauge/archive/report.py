"""`streamgauge archive status|query`: what is there, and what it says."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from streamgauge import settings
from streamgauge.archive.ledger import Ledger
from streamgauge.archive.manifest import Account, Generation, Tip, unbalanced
from streamgauge.archive.period import Add, Period, Window
from streamgauge.archive.read import Reader
from streamgauge.settings import InputError

_MB = 1e6


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What is there of a kind; `rows` + superseded + erased + expired = `account.added`."""

    kind: str
    rows: int
    files: int
    megabytes: float
    first_day: str | None
    last_day: str | None
    account: Account


def status(*, config: Path | None = None, json: bool = False) -> None:
    """Say how far each topic is archived and what is there; exit 1 if the rows do not add up.

    Parameters
    ----------
    config
        The settings file.
    json
        Print one JSON object.

    """
    options = settings.load(config).archive
    if not options.folder.is_dir():
        raise InputError(f"archive.folder: {options.folder}: no such folder")
    state = Ledger(options.folder.absolute()).state()
    wrong = unbalanced(state)
    held = holdings(state)
    if json:
        told = {"topics": state.tips, "kinds": held, "wrong": wrong}
        print(msgspec.json.encode(told).decode())
    else:
        for tip in state.tips:
            print(_line(tip))
        for one in held:
            days = f"{one.first_day} to {one.last_day}" if one.files else "-"
            print(f"{one.kind}: {one.rows} rows, {one.files} files, {one.megabytes} MB, {days}")
        for line in wrong:
            print(f"not exact: {line}")
    if wrong:
        raise SystemExit(1)


def query(
    sql: str = "",
    /,
    *,
    window: Window | None = None,
    model: str | None = None,
    config: Path | None = None,
    json: bool = False,
) -> None:
    """Print days, weeks or months (--window), or what an SQL query over the tables finds.

    The tables are predictions, outcomes, feedback, measures, aggregates, signals, ticks and
    summaries; times are UTC.

    Parameters
    ----------
    sql
        A query in DuckDB's SQL.
    window
        Sums of whole days instead of a query.
    model
        Only the series of this model.
    config
        The settings file.
    json
        Print one JSON object a line.

    """
    options = settings.load(config).archive
    if bool(sql) == bool(window):
        raise InputError("archive query: expected either a query or --window")
    reader = Reader(options.folder, options.cold)
    if window:
        for period in reader.periods(window, day_adder(), model):
            print(msgspec.json.encode(period).decode() if json else _shown(period))
        return
    names, rows = reader.ask(sql)
    if not json:
        print("\t".join(names))
    for row in rows:
        print(_row(names, row) if json else "\t".join(map(str, row)))


def holdings(state: Generation) -> list[Holding]:
    """What is there, by kind."""
    found = []
    for kind, account in sorted(state.accounts.items()):
        files = [file for file in state.files if file.kind == kind]
        days = sorted(file.day for file in files)
        found.append(
            Holding(
                kind=kind,
                rows=sum(file.rows for file in files),
                files=len(files),
                megabytes=round(sum(file.size for file in files) / _MB, 3),
                first_day=days[0] if days else None,
                last_day=days[-1] if days else None,
                account=account,
            )
        )
    return found


def day_adder() -> Add:
    """How days are added: the one place that knows who can read their integers."""
    # numpy and all metrics come along: only who asks for weeks pays for them.
    from streamgauge.metrics.day import add_days

    def add(source: str, totals: list[bytes]) -> dict[str, float]:
        try:
            return add_days([total for total in totals if total], source)
        except Exception as error:
            # Of a newer version, or a stranger's: the other numbers would be wrong without it.
            raise InputError(f"a day's total cannot be added: {error}") from None

    return add


def _line(tip: Tip) -> str:
    when = datetime.fromtimestamp(tip.at / 1_000, UTC)
    lost = f", {tip.lost} LOST" if tip.lost else ""
    erased = f", {tip.erased} of erased people" if tip.erased else ""
    return (
        f"{tip.chain.topic} {tip.chain.partition}: to offset {tip.end}, {tip.records} records, "
        f"{tip.rejected} rejected, {tip.ignored} of no kind{erased}{lost}; "
        f"written {when:%Y-%m-%d %H:%M:%S}"
    )


def _shown(period: Period) -> str:
    days = f"{period.days}/{period.of_days} days"
    head = f"{period.name}  {period.series}  {period.count} {period.source} in {days}"
    return "\n".join([head, *(f"  {name} {value:.6g}" for name, value in period.values.items())])


def _row(names: list[str], row: tuple[Any, ...]) -> str:
    try:
        return msgspec.json.encode(dict(zip(names, row, strict=True)), enc_hook=str).decode()
    except (TypeError, ValueError) as error:
        print(f"a row cannot be JSON: {error}", file=sys.stderr)
        raise SystemExit(1) from None
