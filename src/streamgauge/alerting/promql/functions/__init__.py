"""The functions of expressions: each file here gives some in FUNCTIONS, under their names."""

import importlib
import pkgutil

from streamgauge.alerting.promql.function import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for found in pkgutil.iter_modules(__path__)
    for function in importlib.import_module(f"{__name__}.{found.name}").FUNCTIONS
}
