"""Names of folders from names that strangers chose: safe, short, and readable back."""

import hashlib
from urllib.parse import quote, unquote

NOBODY = "~none"
OTHERS = "~other"
# A folder's name may have 255 bytes; `model=` and a little air come off.
_LONGEST = 200
_KEPT = 120


def to_folder(model: str | None) -> str:
    """The folder of a model: every byte but letters, digits, `_`, `-` and `.` as `%XX`.

    A name that becomes too long is cut and ends with `~` and its hash: the model itself stands in
    every row. A leading dot is written `%2E`, so there is no `..` and no hidden folder.

    >>> to_folder("scan-value.v2"), to_folder("../../x"), to_folder("a=b%c")
    ('scan-value.v2', '%2E.%2F..%2Fx', 'a%3Db%25c')
    """
    if model is None:
        return NOBODY
    # quote() leaves `~` as it is; here it marks what is no name.
    safe = quote(model, safe="", errors="replace").replace("~", "%7E")
    if safe.startswith("."):
        safe = "%2E" + safe[1:]
    if len(safe) <= _LONGEST:
        return safe
    digest = hashlib.sha256(model.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{safe[:_KEPT]}~{digest}"


def from_folder(folder: str) -> str | None:
    """The model of a folder; nothing where the name was cut or belongs to no one model.

    >>> from_folder(to_folder("../../x")), from_folder(NOBODY)
    ('../../x', None)
    """
    return None if "~" in folder else unquote(folder)
