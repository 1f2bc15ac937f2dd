"""A `setup.py` of which some extensions cannot be made, run by the program that spares the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sandbox.environments.programs import program

SETUP = """
import helper, pathlib, distutils.extension
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from torch.utils.cpp_extension import CUDAExtension

gpu = CUDAExtension("p.gpu", [])
assert isinstance(gpu, distutils.extension.Extension), "as cythonize wants it"

class Build(build_ext):
    def build_extension(self, extension):
        if extension.name == "p.slow":
            raise RuntimeError("ninja gave up")
        made = pathlib.Path(self.get_ext_fullpath(extension.name))
        made.parent.mkdir(parents=True, exist_ok=True)
        made.touch()

setup(
    name="p",
    packages=[],
    cmdclass={"build_ext": Build},
    ext_modules=[Extension("p.slow", ["a.c"]), gpu, Extension("p.fast", [])],
)
"""
TORCH = """
class CUDAExtension:
    def __init__(self, *words):
        raise OSError("CUDA_HOME environment variable is not set")
"""


def test_an_extension_that_cannot_be_made_takes_no_other_with_it(tmp_path: Path) -> None:
    files = {"setup.py": SETUP, "helper.py": "", "p/__init__.py": ""}
    files |= {"torch/__init__.py": "", "torch/utils/__init__.py": ""}
    files |= {"torch/utils/cpp_extension.py": TORCH}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    words = (str(tmp_path / "setup.py"), "build_ext", "--inplace")
    spares = program("sandbox.environments.sources", "sparing")
    environ = {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", spares, *words],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [path.name.partition(".")[0] for path in (tmp_path / "p").glob("*.so")]
    assert made == ["fast"]
    assert "p.slow is left out: RuntimeError: ninja gave up" in done.stderr
    assert "p.gpu is left out: it is for CUDA" in done.stderr
