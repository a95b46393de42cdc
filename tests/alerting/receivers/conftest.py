"""An authority that tests of TLS trust."""

from pathlib import Path

import pytest

from .authority import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
