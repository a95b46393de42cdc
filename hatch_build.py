"""Builds the kernel in C beside its sources, where there is a compiler; without, Python sums."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = Path("src/streamgauge/metrics")
SWITCH = "STREAMGAUGE_KERNEL"


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves it open
    """`STREAMGAUGE_KERNEL` says whether the kernel is wanted: `require`, or `none`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        wanted = os.environ.get(SWITCH, "")
        if wanted == "none":
            return
        try:
            built = build(Path(self.root) / PLACE)
        except (OSError, subprocess.CalledProcessError) as error:
            if wanted == "require":
                raise
            told = getattr(error, "stderr", "") or str(error)
            self.app.display_warning(f"no kernel, half the speed: {told}")
            return
        build_data["artifacts"].append(f"/{PLACE}/{built.name}")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def build(place: Path) -> Path:
    """Compile the kernel into the package."""
    named = os.environ.get("CC")
    compiler = shlex.split(named) if named else [shutil.which("cc") or "gcc"]
    target = place / f"_kernel{sysconfig.get_config_var('EXT_SUFFIX')}"
    fresh = target.with_suffix(f".{os.getpid()}.new")
    command = [
        *compiler,
        *("-O3", "-std=c11", "-shared", "-fPIC", "-fvisibility=default"),
        *(["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []),
        f"-I{sysconfig.get_path('include')}",
        *map(str, sorted((place / "kernel").glob("*.c"))),
        *("-o", str(fresh), "-lm"),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 a compiler
    # A process that has the old one loaded keeps it.
    fresh.replace(target)
    return target
