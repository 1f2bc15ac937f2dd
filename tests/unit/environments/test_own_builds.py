"""Which of a repository's own builds make what its entries import, by its texts alone."""

from __future__ import annotations

import json

import pytest

from sandbox.environments import OwnBuild, detect, elsewhere_imports, own_builds
from sandbox.interfaces import MemoryTree

C = "from setuptools import *\nsetup(ext_modules=[Extension('p.fast', ['p/fast.c'])])"
CYTHON = "from Cython.Build import cythonize\nsetup(ext_modules=cythonize('core.pyx'))"
CUDA = "setup(ext_modules=[CUDAExtension('p.fast', ['p/fast.cu'])])"
EITHER = """
if torch.cuda.is_available():
    one = CUDAExtension('p.fast', ['p/fast.cu'])
else:
    one = CppExtension('p.fast', ['p/fast.cpp'])
"""
WRITES = "with open('p/fast.py', 'w') as file: file.write('x = 1')"


def found(files: dict[str, str], entry: str = "a.py") -> tuple[OwnBuild, ...]:
    return own_builds(MemoryTree(files), entries=[entry])


@pytest.mark.parametrize("setup", [C, CYTHON, EITHER, WRITES])
@pytest.mark.parametrize("line", ["from .fast import f", "from p.fast import f", "import p.fast"])
def test_a_module_that_is_not_there_is_made_by_the_nearest_setup(setup: str, line: str) -> None:
    files = {"a.py": "import p", "p/__init__.py": line, "setup.py": setup, "q/setup.py": C}
    files["p/fast.pyx"] = ""
    (build,) = found(files)
    assert (build.setup, build.modules, build.needed) == ("setup.py", ("p/fast",), ("p/fast",))
    assert build.compiles == (setup is not WRITES)


@pytest.mark.parametrize(
    ("line", "setup", "is_elsewhere"),
    [
        ("from .fast import f", CUDA, True),
        ("from .fast import f", CUDA.replace("CUDAExtension", "Extension"), True),
        ("from .fast import f", EITHER, False),
        ("from .fast import f", C, False),
        ("try:\n    from .fast import f\nexcept ImportError:\n    f = None", CUDA, False),
        ("from . import fast", CUDA, False),
    ],
)
def test_what_is_made_where_cuda_is_alone_is_told_as_another_machines(
    line: str, setup: str, *, is_elsewhere: bool
) -> None:
    """It counted as there once, for nothing of others lacked."""
    tree = MemoryTree({"a.py": "import p", "p/__init__.py": line, "setup.py": setup})
    needs = {"p.fast": "an NVIDIA GPU and CUDA's compiler"} if is_elsewhere else {}
    assert elsewhere_imports(tree, entries=["a.py"]) == needs
    decisions = detect(tree, entries=["a.py"], committed_at=None).decisions
    assert any("import of p.fast left out: it needs" in one for one in decisions) == is_elsewhere


def test_a_package_means_itself_also_where_an_index_has_one_of_its_name() -> None:
    files = {"a.py": "import numpy", "numpy/fast.pyx": "", "setup.py": C.replace("'p.", "'numpy.")}
    (build,) = found({**files, "numpy/__init__.py": "from numpy.fast import f"})
    assert build.modules == ("numpy/fast",)


def test_a_package_goes_before_a_file_of_its_name() -> None:
    files = {"a.py": "import p.m.fast", "p/__init__.py": "", "p/m/__init__.py": "", "p/m.py": ""}
    assert found({**files, "setup.py": C})[0].modules == ("p/m/fast",)


def test_another_package_has_no_part_in_it() -> None:
    """A relative import means its own package, wherever else there is a file of that name."""
    files = {"a.py": "import p", "p/__init__.py": "from .fast import f", "q/p/fast.py": ""}
    assert found({**files, "setup.py": C})[0].modules == ("p/fast",)


def test_of_many_setups_those_at_the_top_are_read() -> None:
    many = {f"a/{number}/setup.py": "" for number in range(60)}
    files = {"a.py": "import p.fast", "p/__init__.py": "", "setup.py": C}
    assert found({**many, **files})[0].setup == "setup.py"


@pytest.mark.parametrize(
    "name",
    [
        "fast.cpython-36m-x86_64-linux-gnu.so",
        "fast.cpython-39-darwin.so",
        "fast.cp39-win_amd64.pyd",
    ],
)
def test_what_was_compiled_for_another_machine_is_not_there(name: str) -> None:
    files = {"a.py": "import p.fast", "p/__init__.py": "", f"p/{name}": "", "setup.py": C}
    assert found(files)[0].modules == ("p/fast",)


def test_what_no_person_would_write_is_cut() -> None:
    lines = [f"import p.{'a' * 300}", *(f"import p.m{number}.fast" for number in range(900))]
    more = [
        f"try:\n    import p.a{number}.fast\nexcept ImportError:\n    pass" for number in range(9)
    ]
    files = {f"deep/{number}/p/x.py": "" for number in range(9000)}
    files |= {"a.py": "\n".join([*more, *lines]), "p/__init__.py": "", "setup.py": C}
    (build,) = found(files)
    assert len(build.modules) == len(build.needed) == 50
    assert max(map(len, build.modules)) < 20


def test_a_setup_beside_the_module_comes_first() -> None:
    files = {
        "a.py": "import p",
        "p/__init__.py": "from .p.core import f",
        "p/setup.py": CYTHON,
        "p/core.pyx": "",
        "setup.py": C,
    }
    build = OwnBuild("p/setup.py", ("p/p/core",), ("p/p/core",), start="p")
    assert found(files) == (build,)


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("from .fast import f", {"p/fast.py": ""}),
        ("from .fast import f", {"p/fast/__init__.py": ""}),
        ("from .fast import f", {"p/fast.cpython-311-x86_64-linux-gnu.so": ""}),
        ("from .fast import f", {"p/fast/deep/m.py": ""}),
        ("from . import f", {}),
        ("import p.m.f", {"p/m.py": "f = 1"}),
        ("from p.six.moves.urllib.parse import quote", {"p/six.py": ""}),
        ("from .six.moves.urllib import parse", {"p/six.py": ""}),
        ("from p.fast import f", {"deep/down/p/__init__.py": "", "deep/down/p/fast.py": ""}),
        ("import numpy.fast", {}),
        ("from .fast import f", {"setup.py": "setup(name='p')"}),
        ("from .fast import f", {"setup.py": CUDA}),
        ("from .fast import f", {"setup.py": "Extension("}),
    ],
)
def test_nothing_is_built_for_what_is_there_or_cannot_be_made(
    line: str, extra: dict[str, str]
) -> None:
    assert found({"a.py": "import p", "p/__init__.py": line, "setup.py": C, **extra}) == ()


@pytest.mark.parametrize("closed", ["p/fast", "p/fast.py", "p/deep", "p"])
def test_what_lies_below_a_link_or_a_submodule_may_be_there(closed: str) -> None:
    files = {"a.py": "import p.fast, p.deep.fast", "p/__init__.py": "", "setup.py": C}
    left = {
        one
        for build in own_builds(MemoryTree(files, [closed]), entries=["a.py"])
        for one in build.modules
    }
    assert left == {"p": set(), "p/deep": {"p/fast"}}.get(closed, {"p/deep/fast"})


def test_what_a_notebook_writes_itself_is_not_built_for() -> None:
    cells = ["%%writefile p/fast.py\nf = 1", "from p.fast import f"]
    text = json.dumps({"cells": [{"cell_type": "code", "source": one} for one in cells]})
    files = {"a.ipynb": text, "p/__init__.py": "", "setup.py": C}
    assert found(files, "a.ipynb") == ()


def test_a_name_is_a_module_where_the_setup_says_so() -> None:
    files = {"a.py": "from p import fast, slow", "p/__init__.py": "", "setup.py": C}
    (build,) = found(files)
    assert build.modules == ("p/fast",)


def test_what_the_code_can_do_without_is_made_and_not_needed() -> None:
    line = "try:\n    from p.fast import f\nexcept ImportError:\n    f = None"
    (build,) = found({"a.py": line, "p/__init__.py": "", "setup.py": C})
    assert (build.modules, build.needed) == (("p/fast",), ())
    both = {"a.py": f"{line}\nimport p.fast", "p/__init__.py": "", "setup.py": C}
    assert found(both)[0].needed == ("p/fast",)


def test_an_extension_by_itself_is_made_where_its_setup_lies() -> None:
    files = {"a.py": "import warp_ops", "ops/setup.py": "CppExtension('warp_ops', ['warp.cpp'])"}
    build = OwnBuild("ops/setup.py", ("warp_ops",), ("warp_ops",), start="ops")
    assert found(files) == (build,)


def test_a_setup_is_run_where_the_paths_in_it_begin() -> None:
    setup = "version, log = './p/version.py', './p/VERSION'\nopen(version, 'w')"
    files = {"a.py": "import p.version", "p/__init__.py": "", "p/setup.py": setup}
    assert found({**files, "p/VERSION": "1"})[0].start == ""
    assert found({**files, "p/p/VERSION": "1"})[0].start == "p"


def test_nothing_is_built_for_what_no_build_speaks_of() -> None:
    """The repository may just lack a file."""
    files = {"a.py": "import p.lost", "p/__init__.py": "", "p/other.pyx": ""}
    for setup in (CYTHON, C, WRITES, "setup(url='https://lost.io', text='what is lost')"):
        assert found({**files, "setup.py": setup, "q/lost.pyx.txt": ""}) == ()
    assert found({**files, "p/setup.py": CYTHON}) == ()
    assert found({**files, "p/lost.pyx": "", "p/setup.py": CYTHON})[0].modules == ("p/lost",)


def test_what_is_compiled_for_openmp_wants_its_library() -> None:
    code = f"{C}\nflags = ['-fopenmp']"
    files = {"a.py": "import p.fast", "p/__init__.py": "", "setup.py": code}
    asked = detect(MemoryTree(files), entries=["a.py"], committed_at=None)
    assert asked.system_packages == ("libgomp1",)
    plain = MemoryTree({**files, "setup.py": C})
    assert detect(plain, entries=["a.py"], committed_at=None).system_packages == ()


def test_what_nothing_makes_is_told() -> None:
    line = (
        "from p import gone, deep\nfrom p.lost import f\nimport p.there\ntry:\n    import p.may\n"
    )
    files = {"a.py": f"{line}except ImportError: pass", "p/__init__.py": "", "p/there.py": ""}
    asked = detect(MemoryTree(files), entries=["a.py"], committed_at=None)
    assert asked.decisions[-1] == "imported, and neither there nor made by a setup.py: p.lost"
    made = MemoryTree({**files, "setup.py": C, "p/lost.pyx": ""})
    assert "neither there" not in str(detect(made, entries=["a.py"], committed_at=None).decisions)
