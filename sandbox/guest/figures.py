"""Plots of scripts: what `matplotlib.pyplot.show()` would have put on a screen, as PNG.

Notebooks do not need this: there the inline backend does it. Only the worker is changed; its
subprocesses keep the file backend they were given by `MPLBACKEND`.
"""

from __future__ import annotations

import base64
import importlib.abc
import importlib.machinery
import io
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Sequence

if TYPE_CHECKING:
    from types import ModuleType

MAX_FIGURES = 100
_PYPLOT = "matplotlib.pyplot"

Publish = Callable[[Dict[str, Any], Dict[str, Any]], None]


class _WhenLoaded(importlib.abc.MetaPathFinder):
    """Lets the usual finder find pyplot and runs a function on it once it is loaded."""

    def __init__(self, function: Callable[[ModuleType], None]) -> None:
        self._function = function

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,  # noqa: ARG002 - as importlib calls it
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _PYPLOT:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_and_tell(module: ModuleType) -> None:
            load(module)
            self._function(module)

        spec.loader.exec_module = load_and_tell  # type: ignore[method-assign]
        return spec


class Figures:
    """Shows the open figures of pyplot, each once, and closes them."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._shown: list[int] = []
        sys.meta_path.insert(0, _WhenLoaded(self._take_over))

    def _take_over(self, pyplot: Any) -> None:
        def show(*_: object, **__: object) -> None:
            """Shows the open figures as they are now."""
            self.show()

        pyplot.show = show  # a function: pyplot sets attributes on it

    def show(self) -> None:
        """What `pyplot.show` does here; also called where a notebook's cell ends."""
        pyplot: Any = sys.modules.get(_PYPLOT)
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            if len(self._shown) < MAX_FIGURES:
                self._shown.append(number)
                self._publish(_png(pyplot.figure(number)), {})
            pyplot.close(number)


def _png(figure: Any) -> dict[str, Any]:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    width, height = figure.get_size_inches() * figure.dpi
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    return {"image/png": image, "text/plain": f"<Figure size {width:.0f}x{height:.0f}>"}
