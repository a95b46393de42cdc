"""What docs/models.md shows works."""

import re
from pathlib import Path

import numpy as np
import pytest

from streamgauge.models.registry import Registry
from streamgauge.models.shelf import fill

DOCS = Path(__file__).parents[2] / "docs" / "models.md"


def test_the_example_of_an_own_model_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)

    exec(compile(example, str(DOCS), "exec"), {"root": tmp_path})

    served = fill(Registry(tmp_path), {}).pick("spend", None)
    assert served is not None
    values, _ = served.predictor.predict(np.array([[30.0, 1.0]], dtype=np.float32))
    assert values[0] == pytest.approx(60.0, rel=1e-4)


def test_every_figure_is_there() -> None:
    figures = re.findall(r"\]\((figures/[^)]+)\)", DOCS.read_text("utf-8"))

    assert len(figures) == 4
    for figure in figures:
        assert (DOCS.parent / figure).read_bytes().startswith(b"\x89PNG")
