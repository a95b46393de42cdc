"""Numbers for people: as Go prints them, and Prometheus' humanize functions.

The formats are those of prometheus/prometheus template/template.go and util/strutil.
"""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

_LARGE = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")
_BINARY = ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400
# What int64 nanoseconds can say, as Go's time has them.
_MAX_TIMESTAMP_S = 2**63 / 1e9


def number(value: float) -> str:
    """Write a value in full: no `.0` behind a whole number, no exponent in everyday ones.

    >>> number(3.0), number(0.25), number(float("inf")), number(1_234_567.5)
    ('3', '0.25', '+Inf', '1234567.5')
    """
    if not math.isfinite(value):
        return _endless(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def go_number(value: float) -> str:
    """Write a float as Go's `%v` does, with an exponent from a million on.

    >>> go_number(100_000.0), go_number(1_234_567.5), go_number(1e-5), go_number(-0.25)
    ('100000', '1.2345675e+06', '1e-05', '-0.25')
    """
    if not math.isfinite(value):
        return _endless(value)
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) + int(exponent) - 1
    if -4 <= power < 6:
        return number(value)
    text = "".join(map(str, digits))
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{'-' if sign else ''}{text[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"


def humanize(value: float) -> str:
    """Four digits and a metric prefix.

    >>> humanize(12_345), humanize(0.0021)
    ('12.35k', '2.1m')
    """
    if value == 0 or not math.isfinite(value):
        return short(value)
    prefix = ""
    if abs(value) >= 1:
        for larger in _LARGE:
            if abs(value) < 1000:
                break
            prefix, value = larger, value / 1000
    else:
        prefix, value = _smaller(value)
    return short(value) + prefix


def humanize_1024(value: float) -> str:
    """Four digits and a binary prefix.

    >>> humanize_1024(1_048_576), humanize_1024(90)
    ('1Mi', '90')
    """
    prefix = ""
    if math.isfinite(value) and abs(value) > 1:
        for larger in _BINARY:
            if abs(value) < 1024:
                break
            prefix, value = larger, value / 1024
    return short(value) + prefix


def humanize_duration(value: float) -> str:
    """Seconds as a duration.

    >>> humanize_duration(0.12), humanize_duration(90), humanize_duration(0)
    ('120ms', '1m 30s', '0s')
    """
    if not math.isfinite(value):
        return short(value)
    if value == 0 or 1 <= abs(value) < 60:
        return f"{short(value)}s"
    if abs(value) < 1:
        prefix, value = _smaller(value)
        return f"{short(value)}{prefix}s"
    whole = int(abs(value))
    parts = [(whole // _DAY_S, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "m")]
    while parts[0][0] == 0:
        del parts[0]
    shown = " ".join(f"{count}{unit}" for count, unit in [*parts, (whole % 60, "s")])
    return ("-" if value < 0 else "") + shown


def humanize_percentage(value: float) -> str:
    """A share as per cent.

    >>> humanize_percentage(0.081)
    '8.1%'
    """
    return f"{short(value * 100)}%"


def humanize_timestamp(value: float) -> str:
    """Seconds since 1970 as a time; ValueError if it lies outside the years 1677 to 2262.

    >>> humanize_timestamp(1435065584.128)
    '2015-06-23 13:19:44.128 +0000 UTC'
    """
    if not math.isfinite(value):
        return short(value)
    if abs(value) >= _MAX_TIMESTAMP_S:
        raise ValueError(f"{go_number(value)} cannot be represented as a timestamp")
    # To the millisecond, as all our times are.
    moment = _EPOCH + timedelta(milliseconds=round(value * 1000))
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


def short(value: float) -> str:
    """Four significant digits, Go's `%.4g`.

    >>> short(0.123456), short(float("-inf"))
    ('0.1235', '-Inf')
    """
    return f"{value:.4g}" if math.isfinite(value) else _endless(value)


def _smaller(value: float) -> tuple[str, float]:
    prefix = ""
    for smaller in _SMALL:
        if abs(value) >= 1:
            break
        prefix, value = smaller, value * 1000
    return prefix, value


def _endless(value: float) -> str:
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
