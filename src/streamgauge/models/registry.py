"""The folder of models: one folder a version, a pointer to the champion and one to its backup.

`root/model/version/{model.skops, model_card.json, card.toml, reference.json, …}`,
`root/model/champion` and `root/model/backup` are text files that name a version.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.contracts.reference import Reference, freeze
from streamgauge.models.card import Card, libraries

# Never trust what a file says about itself: these types, fixed here, and skops' own list.
ALLOWED = ("sklearn.tree._tree.Tree",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}(?:\.[A-Za-z0-9_-]{1,16}){0,3}")


class ArtifactError(Exception):
    """A model cannot be served; the text names the file and what is wrong with it."""


class Registry:
    """Saves and opens versions of models below one folder, and nothing outside it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, model: str, version: str | None = None) -> Path:
        """A version's folder, or the model's; names that could leave the root are refused."""
        if not _NAME.fullmatch(model):
            raise ArtifactError(f"model name {model!r}: expected letters, digits, _ and -")
        if version is not None and not _VERSION.fullmatch(version):
            raise ArtifactError(f"version {version!r} of {model}: expected for example 1 or 1.2.0")
        path = self.root / model / (version or "")
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ArtifactError(f"{path}: leads out of {self.root}")
        return path

    def models(self) -> list[str]:
        """Names of all models that have a folder."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if p.is_dir() and _NAME.fullmatch(p.name))

    def versions(self, model: str) -> list[str]:
        """Versions of a model that have a folder."""
        folder = self.path(model)
        if not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if p.is_dir() and _VERSION.fullmatch(p.name))

    def champion(self, model: str) -> str | None:
        """The version that serves when no experiment says otherwise."""
        return self._pointer(model, "champion")

    def backup(self, model: str) -> str | None:
        """The champion before, which serves when the champion cannot be opened."""
        return self._pointer(model, "backup")

    def promote(self, model: str, version: str) -> None:
        """Let a version serve; the champion until now becomes the backup."""
        if not (self.path(model, version) / "model_card.json").is_file():
            raise ArtifactError(f"{self.path(model, version)}: no such version to promote")
        before = self.champion(model)
        if before == version:
            return
        if before is not None:
            _swap(self.path(model) / "backup", before)
        _swap(self.path(model) / "champion", version)

    def save(self, card: Card, files: Mapping[str, bytes]) -> Path:
        """Put a version in place as a whole: readers see all its files or none."""
        place = self.path(card.name, card.version)
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        fresh.chmod(0o755)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        if place.exists():
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent))
            place.rename(old / "was")
            fresh.rename(place)
            shutil.rmtree(old)
        else:
            fresh.rename(place)
        return place

    def card(self, model: str, version: str) -> Card:
        """A version's card, checked; it has to speak of this very model."""
        path = self.path(model, version) / "model_card.json"
        try:
            card = msgspec.json.decode(path.read_bytes(), type=Card)
        except OSError as error:
            raise ArtifactError(f"{path}: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{path}: {error}") from None
        if (card.name, card.version) != (model, version):
            raise ArtifactError(f"{path}: is the card of {card.name}@{card.version}")
        return card

    def reference(self, model: str, version: str) -> Reference | None:
        """What the version's stream should be like, if its folder says; hash and name must fit."""
        path = self.path(model, version) / "reference.json"
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Reference)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArtifactError(f"{path}: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{path}: {error}; train the version again") from None
        if (found.model, found.version) != (model, version):
            raise ArtifactError(f"{path}: is the reference of {found.model}@{found.version}")
        if freeze(found) != found:
            raise ArtifactError(f"{path}: its content does not fit its hash")
        return found

    def load(self, model: str, version: str) -> tuple[Card, Any]:
        """The card and the estimator; hash and libraries are checked before the file is opened."""
        card = self.card(model, version)
        path = self.path(model, version) / "model.skops"
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ArtifactError(f"{path}: {error.strerror}") from None
        if hashlib.sha256(raw).hexdigest() != card.sha256:
            raise ArtifactError(f"{path}: its SHA-256 is not the one of its card")
        check_libraries(card, libraries())
        import skops.io

        try:
            return card, skops.io.loads(raw, trusted=list(ALLOWED))
        except Exception as error:
            raise ArtifactError(f"{path}: {type(error).__name__}: {error}") from error

    def _pointer(self, model: str, name: str) -> str | None:
        path = self.path(model) / name
        try:
            version = path.read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{path}: {error}") from None
        if not _VERSION.fullmatch(version):
            raise ArtifactError(f"{path}: expected the name of a version")
        return version


def check_libraries(card: Card, here: Mapping[str, str]) -> None:
    """Refuse a model of another scikit-learn release: it may load and answer wrongly."""
    made, ours = card.libraries.get("scikit-learn", ""), here["scikit-learn"]
    if made.split(".")[:2] != ours.split(".")[:2]:
        raise ArtifactError(
            f"{card.name}@{card.version}: made with scikit-learn {made or 'unknown'}, here is "
            f"{ours}; train it again"
        )


def _swap(path: Path, text: str) -> None:
    """Replace a small file at once: a reader sees the old text or the new one."""
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
    Path(fresh).chmod(0o644)
    Path(fresh).replace(path)
