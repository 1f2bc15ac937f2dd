"""What code says: local modules, search paths, hidden needs, versions that imports speak for."""

from __future__ import annotations

import json

import pytest

from sandbox.domain import Requirements
from sandbox.environments import detect, elsewhere_imports, third_party_imports
from sandbox.environments.code.conda_names import from_conda
from sandbox.environments.code.names import distribution_of
from sandbox.environments.code.reading import LARGE
from sandbox.interfaces import MemoryTree


def look(
    files: dict[str, str | bytes], *entries: str, date: str = "2022-11-20T18:19:40+09:00"
) -> Requirements:
    return detect(MemoryTree(files), entries=entries, committed_at=date)


def told(found: Requirements, *words: str) -> bool:
    return any(all(word in line for word in words) for line in found.decisions)


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.append('../lib')",
        "sys.path.insert(0, '../lib')",
        "sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'lib'))",
        "sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + '/lib')",
        "sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'lib'))",
        "sys.path.insert(0, str(Path(__file__).parents[1].joinpath('lib')))",
        "ROOT = os.path.join(os.pardir, 'lib')\nsys.path.append(ROOT)",
        "sys.path.extend(['x', '../lib'])",
        (
            "def add(path):\n    if path not in sys.path:\n        sys.path.insert(0, path)\n"
            "here = osp.dirname(__file__)\nlib = osp.join(here, '..', 'lib')\nadd(lib)"
        ),
    ],
)
def test_folders_that_code_adds_to_its_path_are_followed(line: str) -> None:
    files = {"run/a.py": f"{line}\nimport datasets", "lib/datasets.py": "import numpy"}
    assert look(files, "run/a.py").packages == ("numpy",)


def test_folders_that_an_imported_file_adds_hold_for_what_is_imported_after_it() -> None:
    files = {
        "train.py": "import _init_paths\nfrom datasets.factory import get",
        "_init_paths.py": "import sys\nsys.path.insert(0, 'lib')",
        "lib/datasets/__init__.py": "",
        "lib/datasets/factory.py": "import numpy",
    }
    assert look(files, "train.py").packages == ("numpy",)


def test_a_long_chain_of_calls_adds_no_folder() -> None:
    files = {"a.py": f"import tqdm\ntqdm.a{'.b()' * 500}.append('lib')", "lib/tqdm.py": ""}
    assert look(files, "a.py").packages == ("tqdm",)


def test_a_path_that_leads_out_of_the_repository_finds_nothing() -> None:
    files = {"a.py": "import sys\nsys.path.append('../../../etc')\nimport tqdm"}
    assert look(files, "a.py").packages == ("tqdm",)


def test_a_packages_own_datasets_is_not_what_its_neighbour_imports() -> None:
    files = {
        "train.py": "from pack import data",
        "pack/__init__.py": "",
        "pack/data.py": "import datasets",
        "pack/datasets.py": "import never",
    }
    assert look(files, "train.py").packages == ("datasets",)


def test_a_folder_of_notebooks_called_like_a_package_is_not_what_is_imported() -> None:
    files: dict[str, str | bytes] = {"numpy/__init__.py": "", "numpy/tests/__init__.py": ""}
    files |= {"scipy/__init__.py": "", "scipy/own.py": ""}
    files |= {"a/a.py": "import numpy.linalg\nfrom scipy import own\nfrom numpy import array"}
    found = look(files, "a/a.py")
    assert found.packages == ("numpy",)
    assert "numpy/ holds nothing to import: import numpy means the package" in found.decisions


def test_a_module_in_an_unknown_place_is_the_repositorys_own() -> None:
    files = {"a.py": "import my_net", "some/where/my_net.py": "import torch"}
    found = look(files, "a.py")
    assert found.packages == ("torch",)
    assert told(found, "my_net", "some/where/my_net.py")


@pytest.mark.parametrize("name", ["utils", "model", "config", "person_pb2"])
def test_a_missing_module_of_everyones_name_is_not_a_strangers_package(name: str) -> None:
    found = look({"a.py": f"import {name}"}, "a.py")
    assert found.packages == ()
    assert told(found, name, "missing")


@pytest.mark.parametrize("name", ["_ext.nms", "__init__", "_", "odd_", "\u5de5\u5177"])
def test_a_module_whose_name_no_package_can_have_is_left_out(name: str) -> None:
    found = look({"a.py": f"import {name}\nimport numpy"}, "a.py")
    assert found.packages == ("numpy",)
    assert told(found, name.partition(".")[0], "no package of an index")


@pytest.mark.parametrize(
    ("asked", "module"),
    [
        ("gym-retro", "retro"),
        ("ml4t-data", "ml4t.data"),
        ("pyodd1", "odd1"),
        ("ta-lib", "talib"),
        ("pytorch-crf", "torchcrf"),
        ("scikit-odd", "skodd"),
    ],
)
def test_an_unknown_module_may_be_what_is_asked_for(asked: str, module: str) -> None:
    found = look({"requirements.txt": asked, "a.py": f"import {module}"}, "a.py")
    assert found.packages == (asked,)
    assert told(found, module, asked)


@pytest.mark.parametrize(
    "cells",
    [
        ("import tensorflow as tf", "from tf.keras import layers"),
        ("from google.cloud import storage\nimport tensorflow", "import storage.blob"),
    ],
)
def test_a_name_that_another_import_has_given_is_no_package_of_an_index(
    cells: tuple[str, ...],
) -> None:
    found = look({"a.ipynb": notebook(*cells)}, "a.ipynb")
    assert set(found.packages) <= {"tensorflow", "google-cloud-storage"}
    assert told(found, "is a name for", "not looked for")
    tree = MemoryTree({"a.ipynb": notebook(*cells)})
    assert {"tf.keras:layers", "storage.blob"} & set(third_party_imports(tree, entries=["a.ipynb"]))


@pytest.mark.parametrize(
    "code",
    [
        "from tqdm import tqdm\nimport tqdm",
        "import six as old\nimport six",
        "from a.b import six\nimport six",
    ],
)
def test_a_module_that_is_imported_by_its_own_name_is_looked_for(code: str) -> None:
    assert {"tqdm", "six"} & set(look({"a.py": code}, "a.py").packages)


def test_a_module_that_a_notebook_writes_is_its_own() -> None:
    text = notebook("%%writefile helper_code.py\nimport scipy", "import helper_code, numpy")
    assert set(look({"a.ipynb": text}, "a.ipynb").packages) == {"numpy", "scipy"}


def test_what_another_package_brings_is_not_put_over_it() -> None:
    assert look({"a.py": "import pymc3, theano.tensor"}, "a.py").packages == ("pymc3",)
    assert look({"a.py": "import theano.tensor"}, "a.py").packages == ("theano",)


def test_a_module_that_a_notebook_fetches_is_not_looked_for_on_an_index() -> None:
    line = "if colab:\n    !wget -q https://x.org/main/framebuffer.py -P here/"
    found = look({"a.ipynb": notebook(line, "import framebuffer, numpy")}, "a.ipynb")
    assert found.packages == ("numpy",)
    assert any("framebuffer" in told and "itself" in told for told in found.decisions)


def test_of_two_alternatives_the_first_is_needed() -> None:
    code = "try:\n    import gymnasium as gym\nexcept ImportError:\n    import gym\n"
    assert look({"a.py": code}, "a.py").packages == ("gymnasium",)
    assert third_party_imports(MemoryTree({"a.py": code}), entries=["a.py"]) == ("gymnasium",)


def test_of_two_places_in_one_package_neither_is_needed_but_the_package() -> None:
    code = "try:\n    from keras.old import x\nexcept ImportError:\n    from keras.new import x\n"
    tree = MemoryTree({"a.py": code})
    assert third_party_imports(tree, entries=["a.py"]) == ("keras",)


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    import tqdm",
        "import importlib\nimportlib.import_module('tqdm')",
        "x = __import__('tqdm')",
        "if True:\n    class A:\n        import tqdm",
    ],
)
def test_imports_are_found_wherever_they_stand(code: str) -> None:
    assert look({"a.py": code}, "a.py").packages == ("tqdm",)


@pytest.mark.parametrize(
    "test",
    [
        "is_tqdm_available()",
        "u.is_tqdm_available() and x",
        "HAS_TQDM",
        "is_tqdm_parallel_enabled()",
        "find_spec('tqdm') is not None",
        "args.device == 'hpu'",
        "use_tpu",
    ],
)
def test_what_is_imported_only_where_it_is_there_is_optional(test: str) -> None:
    """And what stands in for it is needed."""
    code = f"if {test}:\n    import tqdm\nelse:\n    import rich"
    assert look({"a.py": code}, "a.py").packages == ("rich",)
    turned = f"if not ({test}):\n    import rich\nelse:\n    import tqdm"
    assert look({"a.py": turned}, "a.py").packages == ("rich",)


def test_what_a_function_imports_once_it_has_left_where_that_is_not_there_is_optional() -> None:
    body = "{0}if not is_tqdm_available():\n{0}    raise ImportError\n{0}import tqdm"
    inside = "def f():\n" + body.format("    ")
    assert look({"a.py": inside}, "a.py").packages == ()
    assert look({"a.py": inside.replace("not ", "")}, "a.py").packages == ("tqdm",)
    assert look({"a.py": body.format("")}, "a.py").packages == ("tqdm",)


def test_whether_a_device_is_there_says_nothing_of_packages() -> None:
    code = "if torch.cuda.is_available():\n    import tqdm"
    assert look({"a.py": code}, "a.py").packages == ("tqdm",)


@pytest.mark.parametrize(
    "test",
    ["float(torchvision.__version__[:3]) < 0.7", "sys.version_info >= (3, 8)", "TORCH_VERSION > 1"],
)
def test_where_a_version_decides_the_package_is_needed_and_neither_name(test: str) -> None:
    code = (
        f"if {test}:\n    from torchvision.ops import a\nelse:\n    from torchvision.ops import b"
    )
    tree = MemoryTree({"a.py": code})
    assert third_party_imports(tree, entries=["a.py"]) == ("torchvision",)
    flag = f"OLD = {test}\nclass A:\n  if OLD:\n    from torchvision.ops import a"
    assert third_party_imports(MemoryTree({"a.py": flag}), entries=["a.py"]) == ("torchvision",)
    inside = MemoryTree({"a.py": f"def f():\n    if {test}:\n        import pickle, numpy.core"})
    assert third_party_imports(inside, entries=["a.py"]) == ("numpy",)


_GUARDED = """
class Backend:
    def __init__(self, path):
        try:
            import {0}
        except ImportError:
            raise ImportError("Please install {0}")
    def get(self):
        import {0}
"""


_BY_NAME = """
def of_odd(path):
    import {0}
    return {0}.Image(path)
def load(path):
    if get_image_backend() == "{0}":
        return of_odd(path)
{1}
"""


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (_GUARDED.format("of_a_cluster"), ()),
        (_GUARDED.format("of_a_cluster") + "Backend('a')", ("of_a_cluster",)),
        (_GUARDED.format("of_a_cluster") + "import of_a_cluster", ("of_a_cluster",)),
        ("try:\n    import odd\nexcept ImportError:\n    raise ImportError('odd')", ("odd",)),
        ("def read():\n    import odd", ("odd",)),
        (
            "def read():\n    try:\n        import odd\n    except ImportError:\n        raise",
            ("odd",),
        ),
        (
            "def read():\n    try:\n        import odd\n    except Exception:\n        exit('?')",
            ("odd",),
        ),
        (_GUARDED.format("lmdb"), ("lmdb",)),
        (_BY_NAME.format("odd_loader", ""), ()),
        (_BY_NAME.format("odd_loader", "of_odd()"), ("odd_loader",)),
        (_BY_NAME.format("lmdb", ""), ("lmdb",)),
    ],
)
def test_what_nobody_knows_is_not_needed_where_the_code_says_that_it_lacks_it(
    code: str, needed: tuple[str, ...]
) -> None:
    tree = MemoryTree({"a.py": code})
    assert third_party_imports(tree, entries=["a.py"]) == needed


@pytest.mark.parametrize("test", ["sys.platform == 'win32'", "os.name == 'nt'"])
def test_what_only_another_system_needs_is_optional(test: str) -> None:
    tree = MemoryTree(
        {"a.py": f"if {test}:\n    import win32api\nelse:\n    import sh\nimport rich"}
    )
    assert third_party_imports(tree, entries=["a.py"]) == ("rich",)
    assert look({"a.py": f"if {test}:\n    import win32api"}, "a.py").packages == ()


def test_imports_of_python_2_code_are_read_line_by_line() -> None:
    code = (
        "print 'two'\nimport numpy as np, scipy.misc\nfrom sklearn import svm\n  import cPickle\n"
    )
    found = look({"a.py": code}, "a.py")
    assert set(found.packages) == {"numpy", "scipy", "scikit-learn"}
    assert told(found, "a.py", "not Python 3")


def test_magics_bring_what_they_load() -> None:
    text = notebook(
        "%load_ext autoreload\n%load_ext tensorboard\n%pylab inline\nx = !ls\nimport tqdm"
    )
    found = look({"a.ipynb": text}, "a.ipynb")
    assert set(found.packages) == {"tensorboard", "numpy", "matplotlib", "tqdm"}


def test_install_lines_under_a_condition_count_only_for_what_is_imported() -> None:
    cell = "if colab:\n    !pip install box2d tqdm==4.1\n    !apt install ffmpeg\nimport tqdm"
    found = look({"a.ipynb": notebook(cell)}, "a.ipynb")
    assert found.packages == ("tqdm==4.1",)
    assert found.system_packages == ()


def test_short_options_that_are_written_together_name_a_file_and_no_package() -> None:
    found = look({"a.ipynb": notebook("%pip install -qr requirements.txt comet_ml")}, "a.ipynb")
    assert found.packages == ("comet-ml",)


def test_apt_lines_of_notebooks_give_system_packages() -> None:
    found = look({"a.ipynb": notebook("!apt-get install -y -qq xvfb git > /dev/null")}, "a.ipynb")
    assert found.system_packages == ("xvfb",)


def test_a_notebook_that_installs_its_own_repository_uses_its_files() -> None:
    setup = "from setuptools import setup\nsetup(name='My_Lib', install_requires=['numpy'])"
    files = {"setup.py": setup, "a.ipynb": notebook("!pip install my-lib")}
    found = look(files, "a.ipynb")
    assert found.packages == ("numpy",)
    assert told(found, "my-lib", "repository itself")


@pytest.mark.parametrize(
    ("code", "besides"),
    [
        ("import keras", "tensorflow"),
        ("import keras, theano", None),
        ("import skorch", "torch"),
        ("from transformers import AutoModel", "torch"),
        ("from transformers import TFBertModel", "tensorflow"),
        ("from transformers import AutoTokenizer\nimport flax", None),
        ("import pandas as pd\npd.read_excel('x')", "openpyxl"),
        ("import pandas as pd\npd.read_parquet('x')", "pyarrow"),
        ("import pandas as pd\ndf.plot()", "matplotlib"),
        ("import numpy\nx.plot()", None),
        ("from distutils.util import strtobool", "setuptools"),
        ("import jax.numpy as np", "jax[cpu]"),
        ("import jax, jaxlib", None),
        ("from tritonclient.http import InferInput", "tritonclient[http]"),
        ("from stable_baselines import PPO2", "tensorflow"),
    ],
)
def test_what_code_needs_without_importing_it_is_added_with_its_reason(
    code: str, besides: str | None
) -> None:
    found = look({"a.py": code}, "a.py")
    added = [line for line in found.decisions if "needs it" in line]
    assert [line.split(" ")[0] for line in added] == ([besides] if besides else [])
    assert besides is None or besides in found.packages


def test_a_hidden_need_is_of_its_era() -> None:
    code: dict[str, str | bytes] = {"a.py": "import pandas\npandas.read_excel('x.xls')"}
    assert "xlrd" in look(code, "a.py", date="2019-01-01").packages
    assert "jaxlib" in look({"a.py": "import jax"}, "a.py", date="2020-01-01").packages


def test_programs_that_a_module_calls_are_system_packages() -> None:
    assert look({"a.py": "import graphviz"}, "a.py").system_packages == ("graphviz",)


@pytest.mark.parametrize(
    ("code", "constraint"),
    [
        ("from tensorflow.contrib import rnn", "tensorflow<2"),
        ("from sklearn.externals import joblib", "scikit-learn<0.23"),
        ("from torchtext.legacy import data", "torchtext<0.12,>=0.9"),
    ],
)
def test_an_import_that_is_gone_says_which_versions_had_it(code: str, constraint: str) -> None:
    found = look({"a.py": code}, "a.py")
    assert [sorted(text.split(",")) for text in found.constraints] == [
        sorted(text.split(",")) for text in [constraint]
    ] or found.constraints[0].replace(">=0.9,<0.12", "<0.12,>=0.9") == constraint
    assert told(found, "preferred")


def test_a_pin_of_the_authors_is_not_argued_with() -> None:
    files = {"requirements.txt": "scikit-learn==1.5.0", "a.py": "from sklearn.externals import six"}
    assert look(files, "a.py").constraints == ()


@pytest.mark.parametrize(
    ("code", "python"),
    [
        ("from collections import Mapping", "<3.10"),
        ("import imp", "<3.12"),
        ("import tomllib", ">=3.11"),
        ("from typing import Literal, Self", ">=3.11"),
        ("try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib", None),
        ("import os", None),
    ],
)
def test_imports_of_pythons_own_library_narrow_its_versions(code: str, python: str | None) -> None:
    found = look({"a.py": code}, "a.py").python
    assert (set(found.split(",")) if found else set()) >= ({python} if python else set())
    assert python is not None or found is None


def test_imports_never_leave_no_python_at_all() -> None:
    files = {"setup.cfg": "[options]\npython_requires = >=3.12\n", "a.py": "import imp"}
    assert look(files, "a.py").python == ">=3.12"


def test_more_than_any_person_imports_is_cut_and_told() -> None:
    files: dict[str, str | bytes] = {
        f"m{n}.py": "".join(f"import x{n}y{i}\n" for i in range(100)) for n in range(10)
    }
    found = look(files)
    assert len(found.packages) < 600
    assert told(found, "more than 500 packages")


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("skopt", "scikit-optimize"),
        ("bson", "pymongo"),
        ("pl_bolts.models", "lightning-bolts"),
        ("pywt", "pywavelets"),
        ("numpy.linalg", "numpy"),
        ("keras", "keras"),
        ("dotenv", "python-dotenv"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("torch", "torch"),
        ("paddle.inference", "paddlepaddle"),
        ("openvino.tools.mo", "openvino-dev"),
        ("ffmpeg", "ffmpeg-python"),
        ("gi.repository", "pygobject"),
        ("tvm.contrib", "apache-tvm"),
        ("reverb", "dm-reverb"),
        ("nobody_knows_this", "nobody-knows-this"),
    ],
)
def test_the_maintained_map_knows_distributions(module: str, distribution: str) -> None:
    assert distribution_of(module) == distribution


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("pytorch", "torch"),
        ("pytables", "tables"),
        ("cudatoolkit", None),
        ("umap-learn", "umap-learn"),
    ],
)
def test_conda_names_are_mapped(name: str, distribution: str | None) -> None:
    assert from_conda(name) == distribution


def test_tools_for_people_at_work_are_left_out_unless_the_code_imports_them() -> None:
    files = {"requirements.txt": "jupyter\npylint\nnumpy\nmypy\n", "a.py": "import numpy, mypy\n"}
    found = look(files)
    assert set(found.packages) == {"numpy", "mypy"}
    assert told(found, "left out", "jupyter, pylint")


@pytest.mark.parametrize("code", ["import torch", "import torch\nimport triton.language as tl"])
def test_triton_is_asked_for_where_code_imports_it(code: str) -> None:
    found = look({"requirements.txt": "torch\ntriton>=2\n", "a.py": code})
    assert ("triton>=2" in found.packages) == ("triton" in code)


def test_what_comes_with_a_program_is_not_looked_for_and_still_counts_as_imported() -> None:
    code = "import bpy\ntry:\n    import carla\nexcept ImportError:\n    pass\nimport google.colab"
    found = look({"a.py": code}, "a.py")
    assert found.packages == ()
    assert told(found, "bpy", "program of its own")
    assert third_party_imports(MemoryTree({"a.py": code}), entries=["a.py"]) == ("bpy",)


@pytest.mark.parametrize(
    ("code", "tried", "machines"),
    [
        ("import picamera", ("picamera",), {"picamera": "a Raspberry Pi"}),
        (
            "import RPi.GPIO as GPIO\nimport numpy",
            ("RPi.GPIO", "numpy"),
            {"RPi.GPIO": "a Raspberry Pi"},
        ),
        ("def main():\n    import picamera\nmain()", ("picamera",), {"picamera": "a Raspberry Pi"}),
        (
            "def load():\n    import picamera\ndef main():\n    load()\nmain()",
            ("picamera",),
            {"picamera": "a Raspberry Pi"},
        ),
        (
            "class A:\n    def __init__(self):\n        import picamera\nA()",
            ("picamera",),
            {"picamera": "a Raspberry Pi"},
        ),
        (
            "def main():\n    import picamera\nstart(main)",
            ("picamera",),
            {"picamera": "a Raspberry Pi"},
        ),
        (
            "def load():\n    import picamera\ndef main(it):\n    if it:\n        load()\nmain(0)",
            (),
            {"picamera": "a Raspberry Pi"},
        ),
        ("def load():\n    import tensorrt as trt", (), {"tensorrt": "an NVIDIA GPU"}),
        ("from cuml.svm import SVC", ("cuml.svm:SVC",), {"cuml.svm": "an NVIDIA GPU"}),
        (
            "def encode():\n    import tinycudann as tcnn",
            (),
            {"tinycudann": "an NVIDIA GPU and CUDA's compiler"},
        ),
        (
            "def main(kind):\n    if kind == 'engine':\n        import tensorrt\nmain('cpu')",
            (),
            {"tensorrt": "an NVIDIA GPU"},
        ),
        (
            "def f():\n    import tensorrt\nimport tensorrt",
            ("tensorrt",),
            {"tensorrt": "an NVIDIA GPU"},
        ),
        ("def key():\n    from msvcrt import getch", (), {"msvcrt": "Windows"}),
        ("from msvcrt import getch", ("msvcrt:getch",), {"msvcrt": "Windows"}),
        ("import os\nif os.name == 'nt':\n    import msvcrt", (), {}),
        ("try:\n    import winreg\nexcept ImportError:\n    winreg = None", (), {}),
        (
            "class A:\n    def go(self):\n        import picamera",
            (),
            {"picamera": "a Raspberry Pi"},
        ),
        ("def f():\n    import rich", ("rich",), {}),
    ],
)
def test_what_other_machines_have_is_tried_only_where_the_file_cannot_run_without_it(
    code: str, tried: tuple[str, ...], machines: dict[str, str]
) -> None:
    tree = MemoryTree({"a.py": code})
    assert third_party_imports(tree, entries=["a.py"]) == tried
    assert elsewhere_imports(tree, entries=["a.py"]) == machines


def test_what_other_machines_have_is_not_looked_for_and_told() -> None:
    found = detect(
        MemoryTree({"a.py": "import picamera\nimport numpy"}), entries=["a.py"], committed_at=None
    )
    assert found.packages == ("numpy",)
    assert any("picamera" in line and "a Raspberry Pi" in line for line in found.decisions)


SETUP = """
from setuptools import setup, Extension
from torch.utils import cpp_extension
from torch.utils.cpp_extension import CUDAExtension
setup(ext_modules=[
    CUDAExtension('gnn', ['gnn_kernel.cu']),
    Extension('gpu_nms', ['nms_kernel.cu', 'gpu_nms.pyx']),
    cpp_extension.CppExtension(name='warp_ops', sources=['warp.cpp']),
    Extension(other, []),
    Extension('numpy.ours', []),
    Extension('model._C', []),
])
"""


@pytest.mark.parametrize(
    ("code", "tried", "machines"),
    [
        ("import gnn", ("gnn",), {"gnn": "an NVIDIA GPU and CUDA's compiler"}),
        ("import gpu_nms", ("gpu_nms",), {"gpu_nms": "an NVIDIA GPU and CUDA's compiler"}),
        ("try:\n    import gnn\nexcept ImportError:\n    gnn = None", (), {}),
        ("from warp_ops import forward", (), {}),
        ("import model._C", (), {}),
    ],
)
def test_what_the_repository_compiles_itself_is_looked_for_nowhere(
    code: str, tried: tuple[str, ...], machines: dict[str, str]
) -> None:
    files = {
        "a.py": code,
        "ops/setup.py": SETUP,
        "ops/bad/setup.py": "Extension(",
        "model/m.py": "",
    }
    tree = MemoryTree(files)
    assert third_party_imports(tree, entries=["a.py"]) == tried
    assert elsewhere_imports(tree, entries=["a.py"]) == machines
    found = look(files, "a.py")
    assert found.packages == ()
    own = {name for name in ("gnn", "gpu_nms", "warp_ops") if name in code}
    assert set(found.compiled) == own


def test_a_setup_py_beyond_any_sense_is_not_read() -> None:
    padded = SETUP + "#" * LARGE
    found = look({"a.py": "import gnn", "setup.py": padded}, "a.py")
    assert (found.packages, found.compiled) == (("gnn",), ())


def test_what_an_index_is_known_to_have_is_looked_for_there_all_the_same() -> None:
    found = look({"a.py": "import numpy", "setup.py": SETUP}, "a.py")
    assert (found.packages, found.compiled) == (("numpy",), ())


MODULES = '[submodule "x"]\n\tpath = libs/wavetool/\n\turl = https://github.com/ada/wavetool\n'


@pytest.mark.parametrize(
    ("files", "packages"),
    [
        ({}, ()),
        ({"libs/wavetool/README.md": ""}, ("wavetool",)),
        ({".gitmodules": MODULES.replace("wavetool", "tqdm"), "a.py": "import tqdm"}, ("tqdm",)),
    ],
)
def test_a_submodule_that_was_not_fetched_is_no_strangers_package(
    files: dict[str, str], packages: tuple[str, ...]
) -> None:
    """Unless it is here after all, or an index is known to have it."""
    files = {"a.py": "from wavetool.a import b", ".gitmodules": MODULES, **files}
    assert look(files, "a.py").packages == packages
    tree = MemoryTree(dict(files))
    assert (
        third_party_imports(tree, entries=["a.py"])[0]
        .partition(":")[0]
        .startswith(("wavetool.a", "tqdm"))
    )
