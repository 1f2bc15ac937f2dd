"""Plots of scripts: what `matplotlib.pyplot.show()` would have put on a screen, as PNG.

Notebooks do not need this: there the inline backend does it. Only the worker is changed; its
subprocesses keep the file backend they were given by `MPLBACKEND`.
"""

import base64
import importlib.abc
import importlib.machinery
import io
import sys

MAX_FIGURES = 100
_PYPLOT = "matplotlib.pyplot"


class _WhenLoaded(importlib.abc.MetaPathFinder):
    """Lets the other finders find pyplot and runs a function on it once it is loaded."""

    def __init__(self, function):
        self._function = function

    def find_spec(self, fullname, path=None, target=None):
        if fullname != _PYPLOT:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_and_tell(module):
            load(module)
            self._function(module)

        spec.loader.exec_module = load_and_tell
        return spec


def install(publish):
    """Makes `show()` call `publish(data, metadata)` for each open figure and close it."""
    shown = []

    def show_instead(pyplot):
        def show(*args, **kwargs):
            for number in pyplot.get_fignums():
                if len(shown) < MAX_FIGURES:
                    shown.append(number)
                    publish(_png(pyplot.figure(number)), {})
                pyplot.close(number)

        pyplot.show = show

    sys.meta_path.insert(0, _WhenLoaded(show_instead))


def _png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    size = "<Figure size {:.0f}x{:.0f}>".format(*(figure.get_size_inches() * figure.dpi))
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    return {"image/png": image, "text/plain": size}
