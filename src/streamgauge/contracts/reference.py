"""What a model's stream is compared with: frozen, versioned, known by the hash of its content."""

import hashlib
from typing import Literal

import msgspec

ReferenceKind = Literal["training", "live"]

# A grid: at most 15 cuts make 16 groups, each of 32 cells of equal width.
GROUPS = 16
CELLS_OF_GROUP = 32
# What is made of fewer predictions is too rough to judge others by.
FEWEST_ROWS = 1_000


class Field(msgspec.Struct, tag_field="kind", kw_only=True, frozen=True, gc=False):
    """A feature as the schema has it. `nulls` is the share of rows without a value."""

    nulls: float = 0.0


class Number(Field, tag="number", frozen=True):
    """A feature of numbers, and the grid that it is counted on for as long as the version lives.

    `cuts` ascend and differ: group g holds what is above cut g - 1, up to cut g itself. The cells
    of the first group begin at `low`, those of the last one end at `high`; what lies beyond falls
    into the outermost cell. `least` and `most` are what is allowed. `whole` says that only whole
    numbers were seen.
    """

    cuts: list[float]
    low: float
    high: float
    least: float
    most: float
    mean: float
    deviation: float
    whole: bool = False


class Category(Field, tag="category", frozen=True):
    """A feature of names: those that are known, the most frequent first.

    `pattern` is a regular expression that every value must match as a whole, if there is one.
    """

    values: list[str]
    pattern: str | None = None


AnyField = Number | Category


class Counted(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """How often the values of a feature came: by cell of its grid, or by name."""

    cells: dict[int, int] = {}
    names: dict[str, int] = {}
    nulls: int = 0


class Reference(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The stream of one model version as it should be.

    `schema` is what each feature is, and `grid` the hash of that: all references of a version
    share it, for its windows are counted on it from event time `effective` (ms) on. `features` are
    the counts on it, `rows` of how many predictions. `cells` are the counts of other metrics by
    their names and cells, such as `prediction_value`, `score_histogram` or `embedding_projection`;
    `names` those of metrics that count names, such as predicted classes and languages.
    `importances` are the shares of the features in what the model does. `start` and `end` say which
    window of the stream it is of, if it is of one. The newest `ts` of a version wins, of either
    kind. `hash` covers all but itself and `ts`.
    """

    model: str
    version: str
    kind: ReferenceKind
    ts: int
    hash: str = ""
    rows: int
    schema: dict[str, AnyField]
    grid: str = ""
    effective: int = 0
    features: dict[str, Counted]
    cells: dict[str, dict[int, int]] = {}
    names: dict[str, dict[str, int]] = {}
    importances: dict[str, float] = {}
    start: int = 0
    end: int = 0
    v: int = 1


def freeze(made: Reference) -> Reference:
    """The same reference with its hashes.

    >>> bare = Reference(
    ...     model="m", version="1", kind="live", ts=5, rows=0, schema={}, features={}
    ... )
    >>> freeze(bare).hash == freeze(msgspec.structs.replace(bare, ts=6)).hash
    True
    """
    bare = msgspec.structs.replace(made, hash="", ts=0, grid=_hash(made.schema))
    return msgspec.structs.replace(bare, hash=_hash(bare), ts=made.ts)


def is_newer(made: Reference, held: Reference | None) -> bool:
    """Whether a reference is in force instead of another of the same version, of either kind."""
    return held is None or made.ts >= held.ts


def key_of(made: Reference) -> bytes:
    """Its key on the topic: the newest reference of each model, version and kind is kept.

    >>> key_of(Reference(model="m", version="1", kind="live", ts=5, rows=0, schema={}, features={}))
    b'["m","1","live"]'
    """
    return msgspec.json.encode([made.model, made.version, made.kind])


def _hash(content: object) -> str:
    plain = msgspec.to_builtins(content, str_keys=True)
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
