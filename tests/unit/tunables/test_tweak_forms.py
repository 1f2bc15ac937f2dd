"""Built-in tweaks of code in less usual clothes: broken lines, values handed on, conditions."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sandbox.domain import Entry, EntryKind
from sandbox.interfaces import MemoryTree
from sandbox.tunables.sources import Source, parse_source
from sandbox.tunables.tweaks import find_tweaks, tweak_code
from sandbox.tunables.tweaks.code import Code

ENTRY = Entry("train.py", EntryKind.script)

CLIP = (
    "torch.nn.utils.clip_grad_norm_([parameter for group in o.param_groups for parameter in"
    ' group["params"]], 1.0)'
)
OPTIMIZER = "import torch\no = torch.optim.SGD(p, 0.1)\n"
FIT = "from sklearn.svm import SVC\nm = SVC()\n"

# tweak, source, what becomes of it
BROKEN_LINES = [
    (
        "clip-gradients=1.0",
        "from keras import optimizers\no = optimizers.Adam(0.1, \\\n    beta_1=0.9 \\\n)\n",
        "o = optimizers.Adam(0.1, \\\n    beta_1=0.9, clipnorm=1.0 \\\n)\n",
    ),
    (
        "clip-gradients=1.0",
        "from keras import optimizers\r\no = optimizers.Adam(0.1, \\\r\n)\r\n",
        "o = optimizers.Adam(0.1, clipnorm=1.0, \\\r\n)\r\n",
    ),
    (
        "clip-gradients=1.0",
        "from keras import optimizers\no = optimizers.Adam( \\\n)\n",
        "o = optimizers.Adam(clipnorm=1.0 \\\n)\n",
    ),
    ("clip-gradients=1.0", f"{OPTIMIZER}if go: \\\n  o.step()\n", f"if go: \\\n  {CLIP}; o.step()"),
    (
        "clip-gradients=1.0",
        f"{OPTIMIZER}for x in y:\n    x(); \\\n  o.step()\n",
        f"    x(); \\\n  {CLIP}; o.step()\n",
    ),
    ("clip-gradients=1.0", f"{OPTIMIZER}o. \\\n  step()\n", f"0.1)\n{CLIP}\no. \\\n  step()\n"),
    (
        "clip-gradients=1.0",
        f"{OPTIMIZER}# a path: C:\\\no.step()\n",
        f"# a path: C:\\\n{CLIP}\no.step()\n",
    ),
    ("fix-seed=3", "import torch; \\\nx()\n", "import torch; torch.manual_seed(3); \\\nx()\n"),
]
SCALED = [
    (
        "clip-gradients=1.0",
        f"{OPTIMIZER}s = torch.amp.GradScaler()\ns.step(optimizer=o)\n",
        f"s.unscale_(o); {CLIP}\ns.step(optimizer=o)\n",
    ),
    (
        "clip-gradients=1.0",
        f"{OPTIMIZER}s = torch.amp.GradScaler()\ns.unscale_(optimizer=o)\ns.step(o)\n",
        f"s.unscale_(optimizer=o)\n{CLIP}\ns.step(o)\n",
    ),
]
ACTIVATIONS = [
    (
        "swap-activation=GELU",
        "import torch\nfrom torch import nn\nm = Block(8, 2, activation=torch.relu)",
        "activation=nn.functional.gelu)",
    ),
    (
        "swap-activation=Tanh",
        "import torch.nn.functional as F\nfrom torch import relu\ndef net(x, act=relu): ...",
        "def net(x, act=F.tanh): ...",
    ),
    (
        "swap-activation=GELU",
        "from functools import partial\nfrom torch import nn\nm = Net(partial(nn.LeakyReLU, 0.2))",
        "m = Net(nn.GELU)",
    ),
    (
        "swap-activation=GELU",
        (
            "import functools\nfrom torch import nn\n"
            "m = Net(functools.partial(nn.ReLU, inplace=True), nn.ReLU)"
        ),
        "m = Net(nn.GELU, nn.GELU)",
    ),
    (
        "swap-activation=GELU",
        (
            "from functools import partial\nimport torch.nn.functional as F\n"
            "m = Net(partial(F.leaky_relu, negative_slope=0.2))"
        ),
        "m = Net(F.gelu)",
    ),
    (
        "swap-activation=GELU",
        (
            "from functools import partial\nfrom torch import nn\nm = nn.ReLU()\n"
            "act = partial(nn.ReLU)\nact(inplace=True)"
        ),
        "m = nn.GELU()\nact = partial(nn.ReLU)\n",
    ),
    (
        "swap-activation=Tanh",
        "from keras.layers import Dense\nx = Dense(3, 'relu')(x)",
        "x = Dense(3, 'tanh')(x)",
    ),
    (
        "swap-activation=SiLU",
        "from keras import layers as L\nx = L.LSTM(3, 'relu', 'sigmoid')\ny = L.Dense(3, 'relu')",
        "x = L.LSTM(3, 'swish', 'sigmoid')\ny = L.Dense(3, 'swish')",
    ),
    (
        "swap-activation=ELU",
        "from keras import layers as L\nx = L.Conv2D(8, 3, 1, 'same', None, 1, 1, 'relu')",
        "x = L.Conv2D(8, 3, 1, 'same', None, 1, 1, 'elu')",
    ),
    (
        "swap-activation=GELU",
        "from keras import layers\nx = layers.ReLU(name='a')(x)\ny = layers.LeakyReLU(0.2)",
        'x = layers.Activation("gelu", name=\'a\')(x)\ny = layers.Activation("gelu")',
    ),
    (
        "swap-activation=ELU",
        (
            "from keras.layers import Dense\n"
            "from keras.layers.advanced_activations import LeakyReLU\n"
            "x = Dense(3, activation=LeakyReLU(alpha=0.1))\n"
        ),
        (
            "import ELU\nfrom keras.layers.advanced_activations import LeakyReLU\n"
            "x = Dense(3, activation=ELU())\n"
        ),
    ),
    (
        "swap-activation=SiLU",
        (
            "import tensorflow as tf\nx = tf.nn.leaky_relu(x, alpha=0.1)\n"
            "y = tf.keras.layers.Dense(3, activation=tf.nn.relu)\n"
            "z = tf.keras.layers.Dense(3, tf.keras.activations.relu)"
        ),
        (
            "x = tf.nn.swish(x)\ny = tf.keras.layers.Dense(3, activation=tf.nn.swish)\n"
            "z = tf.keras.layers.Dense(3, tf.keras.activations.swish)"
        ),
    ),
    (
        "add-dropout=0.2",
        (
            "import keras\nfrom keras.layers import Dense\n"
            "m = keras.Sequential([Dense(3, 'relu'), Dense(1)])"
        ),
        "[Dense(3, 'relu'), keras.layers.Dropout(0.2), Dense(1)]",
    ),
    (
        "add-dropout=0.2",
        "import keras\nm = keras.Sequential([keras.layers.ReLU(), keras.layers.Dense(1)])",
        "[keras.layers.ReLU(), keras.layers.Dropout(0.2), keras.layers.Dense(1)]",
    ),
]
CONDITIONAL_IMPORTS = [
    (
        "fix-seed=3",
        "try:\n    import torch\nexcept ImportError:\n    torch = None\n",
        "try:\n    import torch\n    torch.manual_seed(3)\nexcept ImportError:\n",
    ),
    (
        "fix-seed=3",
        "try:\n    import tensorflow.foo as tf\nexcept ImportError:\n    import tensorflow as tf\n",
        (
            "    import tensorflow as tf\n"
            "    (tf.random.set_seed if hasattr(tf.random, 'set_seed') else tf.set_random_seed)(3)"
        ),
    ),
    (
        "fix-seed=3",
        "try:\n    import numpy\nexcept ImportError:\n    raise\nimport numpy as np\n",
        "    import numpy\nexcept ImportError:\n    raise\nimport numpy as np\nnp.random.seed(3)",
    ),
    (
        "fix-seed=3",
        "if __name__ == '__main__':\n    import numpy as np\n    run(np)\n",
        "    import numpy as np\n    np.random.seed(3)\n    run(np)\n",
    ),
]
STRIDES = [
    ("data-fraction=0.25", f"{FIT}m.fit(x[::2], y[a:b:-2])", "m.fit(x[::8], y[a:b:-8])"),
    ("data-fraction=0.25", f"{FIT}m.fit(x[:9], y.iloc[ 1 : 9 ])", "m.fit(x[:9:4], y.iloc[1:9:4])"),
    (
        "data-fraction=0.25",
        f"{FIT}m.fit(x[a:b:c], y[::2, 0])",
        "m.fit(x[a:b:c][::4], y[::2, 0][::4])",
    ),
    (
        "data-fraction=0.5",
        "from torch.utils.data import DataLoader\nd = DataLoader(train[1::3], shuffle=True)",
        "d = DataLoader(train[1::6], shuffle=True)",
    ),
]


def tweaked(source: str, word: str) -> str:
    name, _, value = word.partition("=")
    edits = tweak_code(MemoryTree({"train.py": source}), ENTRY, [(name, value)])
    return edits.get("train.py", source.encode()).decode()


@pytest.mark.parametrize(
    ("word", "source", "found"),
    [*BROKEN_LINES, *SCALED, *ACTIVATIONS, *CONDITIONAL_IMPORTS, *STRIDES],
)
def test_a_tweak_knows_this_form(word: str, source: str, found: str) -> None:
    after = tweaked(source, word)
    assert found in after
    ast.parse(after)


def test_a_longer_stride_takes_what_a_slice_of_the_slice_would() -> None:
    numbers = list(range(30))
    for given in ("x[::2]", "x[3:25:3]", "x[::-2]", "x[20:2:-3]", "x[:9]"):
        shown = tweaked(f"import sklearn\nm.fit({given}, y)", "data-fraction=0.25")
        taken = shown.partition("fit(")[2].partition(",")[0]
        assert eval(taken, {"x": numbers}) == eval(given, {"x": numbers})[::4]


def test_a_handed_on_layer_of_keras_is_left_alone() -> None:
    """What is called with its arguments elsewhere cannot become `Activation("gelu")`."""
    source = "from keras import layers\nm = block(layers.ReLU)\n"
    assert not {one.name for one in find_tweaks(MemoryTree({"train.py": source}), ENTRY)} & {
        "swap-activation"
    }


@dataclass(eq=False)
class Weight:
    """As PyTorch's: equal to itself only, so that it can stand in a set."""

    requires_grad: object = True

    def requires_grad_(self, wanted: object) -> None:
        self.requires_grad = wanted


@dataclass(eq=False)
class Layer:
    own: list[Weight]
    inner: list[Layer] = field(default_factory=list)

    def modules(self) -> list[Layer]:
        return [self, *self.inner]

    def parameters(self, *, recurse: object = True) -> list[Weight]:
        inner = [weight for layer in self.inner for weight in layer.own] if recurse else []
        return [*self.own, *inner]


@pytest.mark.parametrize(
    ("wanted", "frozen"),
    [("all-but-last", [False, True, True]), ("first-half", [False, True, False])],
)
def test_tied_weights_are_trained_with_the_last_layer_that_has_them(
    wanted: str, frozen: list[bool]
) -> None:
    """`decoder.weight = encoder.weight`: frozen with the encoder, nothing would be trained."""
    encoder, first, second = Weight(), Weight(), Weight()
    model = Layer([], [Layer([encoder]), Layer([first]), Layer([second]), Layer([encoder])])
    source = "import torch\no = torch.optim.SGD(model.parameters(), 0.1)\n"
    [line] = [
        line
        for line in tweaked(source, f"freeze-layers={wanted}").splitlines()
        if line.startswith("for frozen")
    ]
    exec(line, {"model": model})
    assert [not one.requires_grad for one in (encoder, first, second)] == frozen


def drawn(numbers: Any = np.random) -> float:
    """The next number of NumPy's own generator, or of another one."""
    return float(numbers.random_sample())


@pytest.mark.parametrize("release", [1, 2])
def test_a_keras_without_a_seed_of_its_own_has_numpy_and_tensorflow_seeded(
    monkeypatch: pytest.MonkeyPatch, release: int
) -> None:
    """Keras before 2.7, on TensorFlow 1 (`tf.set_random_seed`) and 2 (`tf.random.set_seed`)."""
    seeds: list[int] = []
    new = SimpleNamespace(random=SimpleNamespace(set_seed=seeds.append))
    old = SimpleNamespace(random=SimpleNamespace(), set_random_seed=seeds.append)
    monkeypatch.setitem(sys.modules, "tensorflow", old if release == 1 else new)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(utils=SimpleNamespace()))  # type: ignore[arg-type]
    exec(tweaked("import keras\n", "fix-seed=3"), {})
    assert seeds == [3]
    assert drawn() == drawn(np.random.RandomState(3))


def test_a_keras_on_another_backend_has_numpy_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(utils=SimpleNamespace()))  # type: ignore[arg-type]
    exec(tweaked("import keras\n", "fix-seed=3"), {})
    assert drawn() == drawn(np.random.RandomState(3))


def test_names_are_found_through_all_star_imports_of_local_modules() -> None:
    """Each brings its own, what it imports, and what it has by stars itself; not more."""
    tree = MemoryTree(
        {
            "src/train.py": (
                "from layers import *\nfrom .common import *\nimport torch\n"
                "o = optim.Adam(m.parameters())\nx = nn.ReLU()\ny = F.relu(z)\nw = hidden.relu(z)\n"
            ),
            "src/layers.py": "import torch.nn.functional as F\nfrom deep.er import *\n",
            "src/common.py": (
                "from torch import optim\nimport torch.nn.functional as hidden\n"
                "__all__ = ['optim']\nfrom train import *\n"
            ),
            "src/deep/er.py": "try:\n    from torch import nn\nexcept ImportError:\n    pass\n",
        }
    )
    entry = Entry("src/train.py", EntryKind.script)
    wanted = [("swap-optimizer", "SGD"), ("swap-activation", "GELU")]
    after = tweak_code(tree, entry, wanted)["src/train.py"].decode()
    assert "o = optim.SGD(m.parameters(), lr=0.001)" in after
    assert "x = nn.GELU()\ny = F.gelu(z)\nw = hidden.relu(z)" in after
    assert "import torch.nn" not in after


def test_a_local_star_leaves_that_of_a_library() -> None:
    tree = MemoryTree(
        {
            "train.py": "from torch.nn import *\nfrom own import *\nm = ReLU()\nn = ELU()\n",
            "own.py": "class ELU: ...\n",
        }
    )
    after = tweak_code(tree, ENTRY, [("swap-activation", "Tanh")])["train.py"].decode()
    assert after.endswith("m = Tanh()\nn = ELU()\n")


@pytest.mark.parametrize(
    "order",
    [
        ("tkinter", "torch.nn", "torch.optim", "math"),
        ("torch.optim", "math", "tkinter", "torch.nn"),
    ],
)
def test_of_several_libraries_that_everything_is_imported_from_each_gives_what_it_has(
    order: tuple[str, ...],
) -> None:
    lines = [f"from {module} import *" for module in order]
    lines += ["m = Sequential(Linear(2, 2), ReLU(), Dropout(0.5))", "o = Adam(m.parameters())"]
    tree = MemoryTree({"train.py": "\n".join([*lines, ""])})
    wanted = [("swap-activation", "Tanh"), ("set-dropout", "0.1"), ("swap-optimizer", "SGD")]
    after = tweak_code(tree, ENTRY, wanted)["train.py"].decode()
    assert after == "\n".join(
        [
            *lines[:-2],
            "m = Sequential(Linear(2, 2), Tanh(), Dropout(0.1))",
            "o = SGD(m.parameters(), lr=0.001)\n",
        ]
    )


def test_the_last_of_several_libraries_that_have_a_name_gives_it() -> None:
    code = "from torch.nn import *\nfrom keras.layers import *\nx = ReLU()\ny = Tanh()\n"
    assert named(code) == ["keras.layers.ReLU", "torch.nn.Tanh"]
    code = "from keras.layers import *\nfrom torch.nn import *\nx = ReLU()\ny = Dense(3)\n"
    assert named(code) == ["torch.nn.ReLU", "keras.layers.Dense"]
    code = "from tensorflow.keras.layers import *\nfrom math import *\nx = ReLU()\n"
    assert named(code) == ["keras.layers.ReLU"]


def test_nothing_is_said_of_a_name_that_none_of_several_libraries_is_known_to_have() -> None:
    assert named("from tkinter import *\nfrom torch.nn import *\nx = Button()\n") == ["Button"]
    assert named("from tkinter import *\nfrom turtle import *\nx = Adam()\n") == ["Adam"]


def test_what_several_libraries_could_hide_is_said_in_full() -> None:
    code = "from sklearn.svm import *\nfrom tkinter import *\nm = SVC()\nm.fit(x, y)\n"
    tree = MemoryTree({"train.py": code})
    after = tweak_code(tree, ENTRY, [("swap-classifier", "GaussianNB")])["train.py"].decode()
    assert "import sklearn.naive_bayes\n" in after
    assert "m = sklearn.naive_bayes.GaussianNB()\n" in after


def named(text: str) -> list[str]:
    """Names of the calls in a script, by their libraries."""
    source = parse_source("train.py", text.encode())
    assert isinstance(source, Source)
    return [call.name for call in Code((source,)).calls]


def test_a_module_of_ours_in_a_package_is_not_taken_for_the_library_of_its_name() -> None:
    """`backends/torch.py` is imported as `backends.torch`, and no `from torch import` finds it."""
    tree = MemoryTree(
        {
            "train.py": (
                "from backends.torch import fit\nimport torch\nfrom torch import optim\n"
                "o = optim.Adam(m.parameters())\nfit(o)\n"
            ),
            "backends/torch.py": "def fit(o): ...\n",
        }
    )
    after = tweak_code(tree, ENTRY, [("swap-optimizer", "SGD")])["train.py"].decode()
    assert "o = optim.SGD(m.parameters(), lr=0.001)" in after


def test_a_local_star_is_found_where_the_entry_says_that_its_modules_are() -> None:
    tree = MemoryTree(
        {
            "train.py": (
                "import sys\nsys.path.append('lib')\nfrom layers import *\nimport torch\n"
                "x = nn.ReLU()\n"
            ),
            "lib/layers.py": "from torch import nn\n",
        }
    )
    after = tweak_code(tree, ENTRY, [("swap-activation", "GELU")])["train.py"].decode()
    assert "x = nn.GELU()" in after
