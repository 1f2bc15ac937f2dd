"""Runs a `setup.py` so that an extension which cannot be made takes no other with it.

Its arguments are those of `setup.py`, whose path is the first. CUDA's compiler is never here.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import runpy
import sys
from typing import Any, Callable, Iterator


def main(setup: str, *words: str) -> None:
    """As `python setup.py words` does."""
    sys.argv = [setup, *words]
    sys.path[0] = os.path.dirname(setup)
    importlib.import_module("setuptools")  # brings distutils where Python has none
    core: Any = importlib.import_module("distutils.core")
    building: Any = importlib.import_module("distutils.command.build_ext")
    with contextlib.suppress(Exception):
        torch: Any = importlib.import_module("torch.utils.cpp_extension")
        torch.CUDAExtension = for_cuda
    core.setup = sparing(core.setup)
    building.build_ext._filter_build_errors = going_on  # noqa: SLF001 - asked for each extension
    runpy.run_path(setup, run_name="__main__")


def for_cuda(name: str, *_: object, **__: object) -> Any:
    """One that is not tried."""
    extension: Any = importlib.import_module("distutils.extension")
    made = extension.Extension(name, [])
    made.is_for_cuda = True
    return made


def sparing(setup: Callable[..., object]) -> Callable[..., object]:
    """What is not made in the end is then no error to setuptools either."""

    def spare(**words: Any) -> object:
        given = words.get("ext_modules") or ()
        cuda = [one for one in given if hasattr(one, "is_for_cuda")]
        for one in cuda:
            tell(f"{one.name} is left out: it is for CUDA")
        words["ext_modules"] = [renewed(one) for one in given if one not in cuda]
        for one in words["ext_modules"]:
            one.optional = True
        return setup(**words)

    return spare


def renewed(extension: Any) -> Any:
    """With what Cython makes here in place of what an older one has made of the same source."""
    sources = [from_cython(path) for path in extension.sources]
    if sources == extension.sources:
        return extension
    before, extension.sources = extension.sources, sources
    try:
        (made,) = importlib.import_module("Cython.Build").cythonize([extension], force=True)
    except Exception as error:
        tell(f"{extension.name} is as it was: {type(error).__name__}: {error}")
        extension.sources = before
        return extension
    return made


def from_cython(path: str) -> str:
    """The source that a file was made of; the file itself where none lies beside it."""
    stem, ending = os.path.splitext(path)
    made_of = stem + ".pyx"
    return made_of if ending in (".c", ".cpp") and os.path.exists(made_of) else path


@contextlib.contextmanager
def going_on(_: object, extension: Any) -> Iterator[None]:
    """Takes an error of one extension, of whatever kind."""
    try:
        yield
    except Exception as error:
        tell(f"{extension.name} is left out: {type(error).__name__}: {error}")


def tell(line: str) -> None:
    """To the log of the build."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
