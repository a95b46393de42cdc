"""What services cost: from what they use, at the prices that are set."""

from collections.abc import Mapping

from streamgauge.settings import Cost

_GB = 1e9
_HOUR_S = 3_600.0


def cost(values: Mapping[str, float], prices: Cost) -> dict[str, float]:
    """`service_cost_per_hour`, and `service_cost_per_1000_predictions` of clients that count them.

    `values` are the measures of one service in one window: cores and memory at their mean, each GPU
    whether it is busy or not. Without a price for anything that is used there is no cost.

    >>> used = {"service_cpu_cores_mean": 2.0, "service_prediction_rate": 100.0}
    >>> priced = cost(used, Cost(cpu_core_hour=0.045))
    >>> priced["service_cost_per_hour"], priced["service_cost_per_1000_predictions"]
    (0.09, 0.00025)
    """
    parts = [
        values[name] * price / unit
        for name, price, unit in (
            ("service_cpu_cores_mean", prices.cpu_core_hour, 1.0),
            ("service_memory_bytes_mean", prices.memory_gb_hour, _GB),
            ("service_gpu_count", prices.gpu_hour, 1.0),
        )
        if price is not None and name in values
    ]
    if not parts:
        return {}
    hourly = sum(parts)
    priced = {"service_cost_per_hour": hourly}
    if rate := values.get("service_prediction_rate"):
        priced["service_cost_per_1000_predictions"] = 1_000 * hourly / (_HOUR_S * rate)
    return priced
