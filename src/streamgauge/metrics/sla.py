"""Which share of the predictions kept the promised latency."""

from collections.abc import Mapping

from streamgauge.settings import Sla

_BUCKET = "prediction_latency_seconds_bucket"


def compliance(
    labels: Mapping[str, str], values: Mapping[str, float], sla: Sla
) -> dict[str, float]:
    """`prediction_latency_sla_ratio` of a series: exact, from the bucket whose edge is the bound.

    Predictions that carry no latency are left out; without any there is no ratio.

    >>> values = {f'{_BUCKET}{{le="0.1"}}': 98.0, f'{_BUCKET}{{le="+Inf"}}': 100.0}
    >>> compliance({"model": "price"}, values, Sla(latency=0.1))
    {'prediction_latency_sla_ratio': 0.98}
    """
    bound = sla.models.get(labels.get("model", ""), sla.latency)
    total = values.get(f'{_BUCKET}{{le="+Inf"}}')
    if not total:
        return {}
    kept = values[f'{_BUCKET}{{le="{bound:g}"}}']
    return {"prediction_latency_sla_ratio": kept / total}
