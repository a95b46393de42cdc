"""`streamgauge rules convert`: what people write becomes Prometheus' rule file."""

import tempfile
from pathlib import Path
from typing import Any

from streamgauge.alerting.authoring import canonical, slo_file, sugar_file
from streamgauge.alerting.marked_yaml import MarkedYaml
from streamgauge.alerting.rules.reader import load_rules
from streamgauge.settings import InputError


def convert(file: Path, /) -> None:
    """Print a file of conditions in words, of objectives, or of rules as Prometheus' rule file.

    Parameters
    ----------
    file
        YAML: a list of `name`, `condition`, `severity`; or `slos`, which become alarms on burn
        rates; or a rule file, which is printed in one form (comments are not kept).

    """
    print(converted(file), end="")


def converted(file: Path) -> str:
    """The text that `convert` prints; InputError names file and line of what is wrong."""
    document = MarkedYaml(file)
    if is_rule_file(document.tree):
        load_rules([file])
        return canonical.write(document.tree)
    return canonical.write(expand(document))


def is_rule_file(tree: Any) -> bool:
    """Whether a document is in Prometheus' own format, or at least nothing else."""
    return not (sugar_file.is_sugar(tree) or slo_file.is_slo(tree))


def expand(document: MarkedYaml) -> dict[str, Any]:
    """What stands for rules in a file as a rule file's tree, read once by who will read it."""
    read = slo_file.read if slo_file.is_slo(document.tree) else sugar_file.expand
    tree = read(document)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / document.path.name
        path.write_text(canonical.write(tree), "utf-8")
        try:
            load_rules([path])
        except InputError as error:
            # Its lines are of what was made; group and rule lead back to what was written.
            said = str(error).removeprefix(f"{path}:").partition(": ")[2]
            raise InputError(f"{document.path}: {said}") from None
    return tree
