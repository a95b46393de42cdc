"""What every event carries, and the limits that a stranger's event must keep.

The version `v` is msgspec's tag: it is always on the wire although defaults are left out, and an
event of an unknown version is refused in C before any field is read.
"""

from typing import Annotated

import msgspec

SOURCE = "/streamgauge"

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
# What becomes a label somewhere; `contracts.label` finds it by this mark.
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=128, extra={"label": True})]
# A label in a map of many: limits on each would cost a tenth of decoding.
Name = Annotated[str, msgspec.Meta(extra={"label": True})]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]
# Milliseconds since 1970. The bounds are 1973 and 5138: seconds and microseconds fall outside them.
Milliseconds = Annotated[int, msgspec.Meta(ge=100_000_000_000, le=99_999_999_999_999)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
# An hour is beyond any prediction that a person waits for.
Latency = Annotated[float, msgspec.Meta(ge=0.0, le=3_600_000.0)]
Labels = dict[str, str]
Dimensions = Annotated[dict[Label, Label], msgspec.Meta(max_length=16)]


class Event(
    msgspec.Struct, tag_field="v", tag=1, kw_only=True, omit_defaults=True, gc=False, frozen=True
):
    """The base of all events that services send: JSON, versioned, without null fields."""
