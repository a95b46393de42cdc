"""Every event of every topic survives its way through bytes."""

from unicodedata import is_normalized

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from streamgauge.contracts.codec import decode, decoder, encode
from streamgauge.contracts.event import Event
from streamgauge.contracts.topics import every_topic

KINDS = sorted(
    {kind for topic in every_topic() for kind in topic.carries}, key=lambda kind: kind.__name__
)
MAX_ITEMS = 4


def values(kind: inspect.Type) -> st.SearchStrategy[object]:  # noqa: C901, PLR0911 - one case a type
    """Values that a type and its limits allow."""
    match kind:
        case inspect.Metadata():
            return values(kind.type)
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.BytesType():
            return st.binary(max_size=50)
        case inspect.IntType():
            above = kind.ge if kind.ge is not None else -(2**53)
            below = kind.le if kind.le is not None else (kind.lt or 2**53) - 1
            return st.integers(kind.gt + 1 if kind.gt is not None else above, below)
        case inspect.FloatType():
            return st.floats(kind.ge, kind.le, allow_nan=False, allow_infinity=False)
        case inspect.StrType():
            # Surrogates are no text: JSON could not carry them. What steers a terminal is no name,
            # and a name has one spelling.
            text = st.characters(exclude_categories=["C", "Z"])
            least, most = kind.min_length or 0, min(kind.max_length or 20, 20)
            return st.text(text, min_size=least, max_size=most).filter(
                lambda one: is_normalized("NFC", one)
            )
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.ListType():
            return st.lists(values(kind.item_type), max_size=MAX_ITEMS)
        case inspect.DictType():
            keys = values(kind.key_type)
            return st.dictionaries(keys, values(kind.value_type), max_size=MAX_ITEMS)
        case inspect.UnionType():
            return st.one_of(*(values(part) for part in kind.types))
        case inspect.StructType():
            return events(kind.cls)
    raise AssertionError(f"no values for {kind}")


def events(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    # `v` of an event is its tag and no field; where it is a field it is what it is.
    fields = {field.name: values(field.type) for field in shape.fields if field.name != "v"}
    if "probabilities" in fields:
        fields["probabilities"] = st.sampled_from([None, {"a": 0.25, "b": 0.75}])
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_event_comes_back_as_it_was(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    event = data.draw(events(kind))
    assert decode(kind, encode(event)) == event
    assert decoder(kind)(encode(event)) == event


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_event_says_its_version(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    assert msgspec.json.decode(encode(data.draw(events(kind))))["v"] == 1


def test_what_services_send_has_no_null_and_no_default() -> None:
    for kind in KINDS:
        if issubclass(kind, Event):
            assert kind.__struct_config__.omit_defaults
            assert kind.__struct_config__.frozen
