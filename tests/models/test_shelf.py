import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression

from streamgauge.models.registry import ArtifactError, Registry
from streamgauge.models.shelf import fill, serve


@pytest.fixture
def registry(artifacts: Path, tmp_path: Path) -> Registry:
    shutil.copytree(artifacts, tmp_path / "models")
    return Registry(tmp_path / "models")


def test_champions_and_arms_are_loaded(registry: Registry) -> None:
    shelf = fill(registry, {"duration_s": ["1", "2"]})

    assert shelf.loaded() == {"duration_s@1": True, "duration_s@2": True, "result_count@1": True}
    assert shelf.champions == {"duration_s": "1", "result_count": "1"}


def test_a_broken_model_leaves_the_others_serving(registry: Registry) -> None:
    (registry.root / "duration_s" / "1" / "model.skops").write_bytes(b"broken")

    shelf = fill(registry, {"other": ["1"]})

    assert shelf.loaded() == {
        "duration_s@1": False,
        "other@none": False,
        "other@1": False,
        "result_count@1": True,
    }
    assert shelf.pick("duration_s", None) is None
    assert shelf.knows("duration_s")
    assert not shelf.knows("nothing")


def test_the_backup_stands_in_for_a_broken_champion(registry: Registry) -> None:
    registry.promote("duration_s", "2")
    (registry.root / "duration_s" / "2" / "model.skops").unlink()

    shelf = fill(registry, {})

    served = shelf.pick("duration_s", None)
    assert served is not None
    assert (served.card.version, served.fallback) == ("1", "model_not_loaded")
    assert shelf.loaded()["duration_s@2"] is False


def test_no_folder_is_no_model(tmp_path: Path) -> None:
    assert fill(Registry(tmp_path / "none"), {}).loaded() == {}


def own(registry: Registry, columns: int) -> None:
    """A linear model in place of the forest, as docs/models.md says."""
    folder = registry.root / "duration_s" / "1"
    x = np.arange(3.0 * columns).reshape(3, columns)
    raw = skops.io.dumps(LinearRegression().fit(x, x[:, 0]))
    (folder / "model.skops").write_bytes(raw)
    card = json.loads((folder / "model_card.json").read_text())
    card |= {"sha256": hashlib.sha256(raw).hexdigest(), "confidence": None, "transform": "identity"}
    (folder / "model_card.json").write_text(json.dumps(card))


def test_any_regressor_of_scikit_learn_serves_without_confidence(registry: Registry) -> None:
    own(registry, 11)

    values, sure = serve(registry, "duration_s", "1").predictor.predict(
        np.ones((2, 11), dtype=np.float32)
    )

    assert values.shape == (2,)
    assert sure is None


def test_a_model_that_takes_other_columns_than_its_card_is_refused(registry: Registry) -> None:
    own(registry, 3)

    with pytest.raises(ArtifactError, match="takes 3 features, its card names 11"):
        serve(registry, "duration_s", "1")
