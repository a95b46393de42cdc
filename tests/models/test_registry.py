import json
import shutil
from pathlib import Path

import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KDTree

from streamgauge.models.registry import ArtifactError, Registry, check_libraries


@pytest.fixture
def registry(artifacts: Path, tmp_path: Path) -> Registry:
    shutil.copytree(artifacts, tmp_path / "models")
    return Registry(tmp_path / "models")


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "/etc", "a\\b", "a\0", ".new-x", "é", "a\n"]
)
def test_names_that_are_no_names_are_refused(name: str, registry: Registry) -> None:
    with pytest.raises(ArtifactError, match="expected letters"):
        registry.path(name)
    with pytest.raises(ArtifactError, match="expected for example"):
        registry.path("result_count", name or "/")


@given(name=st.text(max_size=20), version=st.text(max_size=20))
def test_no_name_leads_out_of_the_registry(name: str, version: str) -> None:
    root = Path("somewhere")
    try:
        path = Registry(root).path(name, version)
    except ArtifactError:
        return
    assert path.resolve().parent.parent == root.resolve()


def test_a_link_out_of_the_registry_is_refused(registry: Registry, tmp_path: Path) -> None:
    shutil.move(registry.root / "duration_s" / "2", tmp_path / "elsewhere")
    (registry.root / "duration_s" / "2").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ArtifactError, match="leads out of"):
        registry.load("duration_s", "2")


def test_a_changed_model_file_is_never_opened(registry: Registry) -> None:
    path = registry.root / "duration_s" / "1" / "model.skops"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)

    with pytest.raises(ArtifactError, match="its SHA-256 is not the one of its card"):
        registry.load("duration_s", "1")


def test_types_outside_the_list_are_refused_although_the_hash_is_right(
    registry: Registry,
) -> None:
    import hashlib

    folder = registry.root / "duration_s" / "1"
    raw = skops.io.dumps(KDTree([[1.0]]))
    (folder / "model.skops").write_bytes(raw)
    rewrite(folder / "model_card.json", sha256=hashlib.sha256(raw).hexdigest())

    with pytest.raises(ArtifactError, match="UntrustedTypesFoundException"):
        registry.load("duration_s", "1")


def test_a_model_of_another_scikit_learn_is_refused(registry: Registry) -> None:
    path = registry.root / "duration_s" / "1" / "model_card.json"
    rewrite(path, libraries={"scikit-learn": "0.24.2"})

    with pytest.raises(ArtifactError, match=r"made with scikit-learn 0\.24\.2, here is"):
        registry.load("duration_s", "1")


def test_a_patch_release_of_scikit_learn_is_compatible(registry: Registry) -> None:
    card = registry.card("duration_s", "1")
    major, minor = card.libraries["scikit-learn"].split(".")[:2]

    check_libraries(card, {"scikit-learn": f"{major}.{minor}.99"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "truncated"),
        ("[]", "Expected `object`"),
        ('{"name": "duration_s"}', "missing required field"),
        ("\xff", "malformed"),
    ],
)
def test_a_broken_card_is_named(content: str, said: str, registry: Registry) -> None:
    path = registry.root / "duration_s" / "1" / "model_card.json"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(ArtifactError, match=f"(?i){path}.*{said}"):
        registry.card("duration_s", "1")


def test_the_card_of_another_model_is_refused(registry: Registry) -> None:
    with pytest.raises(ArtifactError, match="is the card of duration_s@1"):
        _copied(registry).card("duration_s", "3")


def _copied(registry: Registry) -> Registry:
    shutil.copytree(registry.root / "duration_s" / "1", registry.root / "duration_s" / "3")
    return registry


def test_promotion_keeps_the_champion_before_as_backup(registry: Registry) -> None:
    registry.promote("duration_s", "2")
    registry.promote("duration_s", "2")

    assert registry.champion("duration_s") == "2"
    assert registry.backup("duration_s") == "1"
    with pytest.raises(ArtifactError, match="no such version to promote"):
        registry.promote("duration_s", "7")
    assert registry.champion("duration_s") == "2"


def test_a_champion_file_that_names_no_version_is_refused(registry: Registry) -> None:
    (registry.root / "duration_s" / "champion").write_text("../../etc")

    with pytest.raises(ArtifactError, match="expected the name of a version"):
        registry.champion("duration_s")


def test_a_registry_lists_models_and_versions(registry: Registry, tmp_path: Path) -> None:
    assert registry.models() == ["duration_s", "result_count"]
    assert registry.versions("duration_s") == ["1", "2"]
    assert registry.versions("none") == []
    assert Registry(tmp_path / "nothing").models() == []
