"""Which share of traffic goes where."""

import msgspec


class Allocation(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The traffic shares of one experiment; a higher `version` replaces a lower one.

    `weights` maps an arm to its share (they add up to 1), `arms` an arm to the model version that
    serves it. `trials` and `rewards` are the totals that led here.
    """

    experiment: str
    model: str
    version: int
    ts: int
    weights: dict[str, float]
    arms: dict[str, str]
    policy: str
    trials: dict[str, int] = {}
    rewards: dict[str, float] = {}
    v: int = 1


class Deployment(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The version of a model that serves, and at which stage of its rollout."""

    model: str
    version: str
    stage: str
    share: float
    ts: int
    v: int = 1
