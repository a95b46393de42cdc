"""Any name becomes one folder's name, its own, and nothing that a path could mean."""

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.archive.folder_name import NOBODY, OTHERS, from_folder, to_folder

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)


@given(names)
def test_a_folder_is_one_step_that_any_disk_takes(name: str) -> None:
    folder = to_folder(name)
    assert folder.isascii()
    assert folder.isprintable()
    assert not set(folder) & set("/\\=*?:<>|\"' ")
    assert not folder.startswith(".")
    assert len(f"model={folder}") <= 255
    assert folder not in {NOBODY, OTHERS}


@given(names)
def test_a_name_that_is_not_too_long_is_read_back(name: str) -> None:
    read = from_folder(to_folder(name))
    assert read == name or (read is None and len(name.encode()) > 60)


@given(names, names)
def test_two_names_never_share_a_folder(one: str, two: str) -> None:
    assert (to_folder(one) == to_folder(two)) == (one == two)
