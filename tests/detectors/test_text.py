import numpy as np

from streamgauge.detectors.regroup import Distributions
from streamgauge.detectors.text import TextDrift

MIDDLES = np.geomspace(1, 1e6, 300)


def lengths(seed: int, size: int, typical: float) -> np.ndarray:
    drawn = np.random.default_rng(seed).lognormal(np.log(typical), 0.5, size)
    return np.bincount(np.searchsorted(MIDDLES, drawn).clip(max=299), minlength=300)


def test_longer_texts_and_another_language_are_found() -> None:
    held = Distributions.of(
        {"length": (lengths(20261207, 5_000, 80), MIDDLES)},
        {"language": {"de": 3_000, "en": 2_000}},
    )
    same = held.window({"length": lengths(1, 500, 80)}, {"language": {"de": 310, "en": 190}})
    assert not TextDrift().judge(held.yardstick, same).active
    longer = held.window({"length": lengths(1, 500, 160)}, {"language": {"de": 310, "en": 190}})
    found = TextDrift().judge(held.yardstick, longer)
    assert [part.name for part in found.parts] == ["length"]
    assert found.text.startswith("text length moved up: mean")
    french = held.window({"length": lengths(1, 500, 80)}, {"language": {"de": 300, "fr": 200}})
    found = TextDrift().judge(held.yardstick, french)
    assert [part.name for part in found.parts] == ["language"]
    assert "text language" in found.text
