"""What a section of the settings is, and how a tree of them is read from a file and variables."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from streamgauge.toml_line import line_of, steps_of

PREFIX = "STREAMGAUGE_"
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class InputError(Exception):
    """What a person gave is wrong; the message names file, place and what was expected. Exit 2."""


class SettingsError(InputError):
    """A setting is wrong."""


class UnavailableError(Exception):
    """Something that is needed did not answer in time. Exit 69, as sysexits.h has it."""


# Whose values stay out of every log and traceback; the address of Redis may hold a password.
_HIDDEN = {
    "sasl_password",
    "ssl_key_password",
    "password",
    "keys",
    "pseudonym_key",
    "token",
    "url",
    "link_key",
    "slack_signing_secret",
}


class Section(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The base of all sections: an unknown name is an error, never ignored.

    >>> class Login(Section, frozen=True):
    ...     user: str
    ...     password: str
    >>> Login(user="gauge", password="hush")
    Login(user='gauge', password=***)
    """

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if name in _HIDDEN and value is not None else repr(value)}"
            for name, value in msgspec.structs.asdict(self).items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"


T = TypeVar("T", bound=Section)


def read(kind: type[T], path: Path | None, environ: Mapping[str, str]) -> T:
    """A tree of sections from a file (or the one that `STREAMGAUGE_CONFIG` names) and variables.

    `STREAMGAUGE_A__B` sets `a.b` and comes before the file; lists are separated by commas.
    """
    named = path or (Path(environ[PREFIX + "CONFIG"]) if environ.get(PREFIX + "CONFIG") else None)
    text = _text(named) if named else ""
    tree = _parse(text, named)
    try:
        # The file is checked first and strictly: only the environment may write a number as text.
        msgspec.convert(tree, kind, dec_hook=_path)
    except msgspec.ValidationError as error:
        line = line_of(text, _steps(kind, tree, error))
        raise SettingsError(f"{named}:{line}: {_explain(kind, error)}") from None
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            _put(kind, tree, name, environ[name])
            _check(kind, tree, name)
    for name in (field.name for field in msgspec.structs.fields(kind)):
        if PREFIX + name.upper() in environ:
            tree[name] = environ[PREFIX + name.upper()]
    return _convert(kind, tree, "environment")


def secret(value: str | None, path: Path | None) -> str | None:
    """A secret as it stands or, if a file is named, as that file has it."""
    if path is None:
        return value
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: expected UTF-8 text") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: expected UTF-8 text; byte {error.start} is none") from None


def _parse(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None


def _convert(kind: type[T], tree: dict[str, Any], origin: str) -> T:
    try:
        return msgspec.convert(tree, kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{origin}: {_explain(kind, error)}") from None


def _explain(kind: type[Section], error: msgspec.ValidationError) -> str:
    """What is wrong, where, and the names that would be right."""
    said, steps = _split(error)
    there = _kind_at(kind, steps)
    known: tuple[str, ...] = ()
    if "unknown field" in said:
        known = there.__struct_fields__
    elif "enum" in said and get_origin(there) is Literal:
        known = get_args(there)
    return f"{error}; expected one of {', '.join(known)}" if known else str(error)


def _steps(kind: type[Section], tree: dict[str, Any], error: msgspec.ValidationError) -> list[Any]:
    """The path of what is wrong in a file; a name that msgspec leaves out is looked for."""
    said, steps = _split(error)
    if steps[1:2] == ["[...]"]:
        for name, part in tree[steps[0]].items():
            try:
                msgspec.convert({steps[0]: {name: part}}, kind, dec_hook=_path)
            except msgspec.ValidationError:
                steps[1] = name
                break
    return [*steps, said.split("`")[1]] if "unknown field" in said else steps


def _split(error: msgspec.ValidationError) -> tuple[str, list[Any]]:
    said, _, place = str(error).partition(" - at ")
    return said, steps_of(place.strip("`"))


def _path(kind: type, value: Any) -> Any:
    """A `Path` from text, which msgspec does not do by itself."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")


def _check(kind: type[Section], tree: dict[str, Any], name: str) -> None:
    """Blame a variable for what is wrong; what is missing, another variable may still bring."""
    try:
        _convert(kind, tree, name)
    except SettingsError as error:
        if "missing required field" not in str(error):
            raise


def _put(kind: type[Section], tree: dict[str, Any], name: str, value: str) -> None:
    steps = name.removeprefix(PREFIX).lower().split("__")
    node = tree
    for step in steps[:-1]:
        node = node.setdefault(step, {})
        if not isinstance(node, dict):
            raise SettingsError(f"{name}: {step} is not a section")
    parts = [part.strip() for part in value.split(",") if part.strip()]
    node[steps[-1]] = parts if _is_list(kind, steps) else value


def _is_list(root: type[Section], steps: list[str]) -> bool:
    """Whether the setting takes several values, which the environment separates by commas."""
    return "tuple" in str(_kind_at(root, steps))


def _kind_at(root: type[Section], steps: list[Any]) -> Any:
    """What a setting takes; nothing where there is none."""
    kind: Any = root
    for step in steps:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            kind = get_type_hints(kind).get(step) if isinstance(kind, type) else None
    return kind
