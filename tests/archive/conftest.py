"""An archive to write to, and to read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.archive.sample import archive

from streamgauge.archive.read import Reader
from streamgauge.archive.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(archive(tmp_path))
    yield store
    store.close()


@pytest.fixture
def reader(store: Store) -> Callable[[], Reader]:
    return lambda: Reader(store.folder, store.cold)
