"""What goes along with an alert so that people see why: the detector's words, parts and samples."""

from collections.abc import Set as AbstractSet

from streamgauge.contracts.measure import Signal

# Parts and ids that an alert names: a person reads them.
_NAMED = 5

Evidence = dict[str, float | str]


def of_signal(signal: Signal, wanted: AbstractSet[str] | None = None) -> Evidence:
    """A detector's finding; `wanted` are some of features, segments and samples, None for all."""
    parts = [part for part in signal.parts if wanted is None or _kind(part.kind) in wanted]
    sample = signal.sample if wanted is None or "samples" in wanted else []
    evidence: Evidence = {
        "before": signal.before,
        "after": signal.after,
        "score": signal.score,
        "signal": signal.id,
        "detector": signal.detector,
        "stream": signal.stream,
        "finding": signal.finding,
    }
    more = {
        "text": signal.text,
        "direction": signal.direction,
        "reference": signal.reference,
        "parts": ", ".join(f"{part.name} {part.share:.0%}" for part in parts[:_NAMED]),
        "predictions": ", ".join(sample[:_NAMED]),
    }
    return evidence | {name: text for name, text in more.items() if text}


def _kind(part: str) -> str:
    return "segments" if part == "segment" else "features"
