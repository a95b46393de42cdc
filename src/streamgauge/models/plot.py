"""Figures of a training as PNG: predictions against the truth, and the importances."""

from collections.abc import Mapping
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from streamgauge.models.quality import Quality
from streamgauge.models.target import Floats, Target

_INK, _RULE = "#1f5f8b", "#9aa5ad"


def accuracy(target: Target, version: str, truth: Floats, said: Floats, quality: Quality) -> bytes:
    """Predicted against true values on held-out rows; on the line the model is right."""
    figure = Figure(figsize=(5.0, 5.0), dpi=120, layout="constrained")
    axes = figure.subplots()
    top = float(max(truth.max(), said.max())) * 1.05
    axes.plot([0, top], [0, top], color=_RULE, linewidth=1)
    axes.scatter(truth, said, s=14, alpha=0.6, color=_INK, edgecolors="none")
    axes.set(
        xlim=(0, top),
        ylim=(0, top),
        xlabel=f"true {target.name} ({target.unit})",
        ylabel=f"predicted {target.name} ({target.unit})",
        title=f"{target.name}@{version}: MAE {quality.mae:.2f} {target.unit}, R² {quality.r2:.2f}",
    )
    return _png(figure)


def importances(target: Target, version: str, growth: Mapping[str, float]) -> bytes:
    """By how much the error grows without each feature, the largest at the top."""
    figure = Figure(figsize=(6.0, 4.0), dpi=120, layout="constrained")
    axes = figure.subplots()
    names = list(growth)[::-1]
    axes.barh(names, [growth[name] for name in names], color=_INK)
    axes.axvline(0, color=_RULE, linewidth=1)
    axes.set(
        xlabel=f"growth of MAE when shuffled ({target.unit})",
        title=f"{target.name}@{version}: what the model leans on",
    )
    return _png(figure)


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(out, format="png")
    return out.getvalue()
