"""Builds the kernels in C beside their sources, if there is a compiler; else Python does it."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A package and the module in C that is built into it, from the sources in its folder `kernel`.
MODULES = {
    Path("src/streamgauge/metrics"): "_kernel",
    Path("src/streamgauge/stream_processors"): "_reader",
}
SWITCH = "STREAMGAUGE_KERNEL"


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves it open
    """`STREAMGAUGE_KERNEL` says whether the kernels are wanted: `require`, or `none`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        wanted = os.environ.get(SWITCH, "")
        if wanted == "none":
            return
        try:
            built = [build(Path(self.root), place) for place in MODULES]
        except (OSError, subprocess.CalledProcessError) as error:
            if wanted == "require":
                raise
            told = getattr(error, "stderr", "") or str(error)
            self.app.display_warning(f"no kernel, half the speed: {told}")
            return
        build_data["artifacts"] += [f"/{path.relative_to(self.root)}" for path in built]
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def build(root: Path, package: Path) -> Path:
    """Compile the module of a package into it."""
    place = root / package
    named = os.environ.get("CC")
    compiler = shlex.split(named) if named else [shutil.which("cc") or "gcc"]
    target = place / f"{MODULES[package]}{sysconfig.get_config_var('EXT_SUFFIX')}"
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
