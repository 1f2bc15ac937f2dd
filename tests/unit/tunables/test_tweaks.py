"""Built-in tweaks of code: what each makes of the forms in which people write."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import tunables
from sandbox.domain import Entry, EntryKind
from sandbox.errors import TunableError
from sandbox.interfaces import MemoryTree
from sandbox.tunables.tweaks import TWEAKS, find_tweaks, tweak_code

ENTRY = Entry("train.py", EntryKind.script)

TRAINING = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(8, 10)

    def forward(self, x):
        return self.last(F.dropout(F.relu(self.first(x).mean((2, 3))), p=0.1))


train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=64)
model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(
    model.parameters(),
    lr=1e-3,
    betas=(0.9, 0.99),  # as in the paper
)

for epoch in range(1, 10 + 1):
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
"""

# tweak, value, lines that are gone, lines that are new
TORCH = [
    (
        "swap-optimizer=SGD",
        [
            "optimizer = optim.Adam(",
            "    model.parameters(),",
            "    lr=1e-3,",
            "    betas=(0.9, 0.99),  # as in the paper",
            ")",
        ],
        ["optimizer = optim.SGD(model.parameters(), lr=1e-3)"],
    ),
    ("swap-optimizer=AdamW", ["optimizer = optim.Adam("], ["optimizer = optim.AdamW("]),
    (
        "set-weight-decay=0.01",
        ["    betas=(0.9, 0.99),  # as in the paper"],
        ["    betas=(0.9, 0.99), weight_decay=0.01,  # as in the paper"],
    ),
    (
        "clip-gradients=1.0",
        [],
        [
            (
                "        nn.utils.clip_grad_norm_([parameter for group in optimizer.param_groups"
                ' for parameter in group["params"]], 1.0)'
            )
        ],
    ),
    (
        "add-scheduler=cosine",
        [],
        [
            (
                "added_schedule = optim.lr_scheduler.CosineAnnealingLR("
                "optimizer, T_max=len(range(1, 10 + 1)))"
            ),
            "    added_schedule.step()",
        ],
    ),
    (
        "swap-activation=gelu",
        [
            (
                "        self.first = nn.Sequential("
                "nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))"
            ),
            "        return self.last(F.dropout(F.relu(self.first(x).mean((2, 3))), p=0.1))",
        ],
        [
            "        self.first = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.GELU())",
            "        return self.last(F.dropout(F.gelu(self.first(x).mean((2, 3))), p=0.1))",
        ],
    ),
    (
        "no-dropout=on",
        [
            "        self.drop = nn.Dropout(0.5)",
            "        return self.last(F.dropout(F.relu(self.first(x).mean((2, 3))), p=0.1))",
        ],
        [
            "        self.drop = nn.Dropout(0.0)",
            "        return self.last(F.dropout(F.relu(self.first(x).mean((2, 3))), p=0.0))",
        ],
    ),
    (
        "swap-norm=layer",
        [
            (
                "        self.first = nn.Sequential("
                "nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))"
            )
        ],
        [
            (
                "        self.first = nn.Sequential("
                "nn.Conv2d(1, 8, 3), nn.GroupNorm(1, 8), nn.ReLU(inplace=True))"
            )
        ],
    ),
    (
        "initialise=orthogonal",
        [],
        [
            (
                "model.apply(lambda layer: nn.init.orthogonal_(layer.weight) if isinstance(layer,"
                " (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)) else None)"
            )
        ],
    ),
    (
        "freeze-layers=all-but-last",
        [],
        [
            (
                "for frozen in set(model.parameters()) - {weight for layers in [[one for one in"
                " model.modules() if list(one.parameters(recurse=False))]] for layer in layers[-1:]"
                " for weight in layer.parameters(recurse=False)}: frozen.requires_grad_(False)"
            ),
        ],
    ),
    (
        "shuffle-labels=on",
        ["        loss = criterion(model(data), target)"],
        ["        loss = criterion(model(data), target[torch.randperm(len(target))])"],
    ),
    (
        "data-fraction=0.1",
        ["train_loader = DataLoader(train_set, batch_size=64, shuffle=True)"],
        [
            (
                "train_loader = DataLoader(torch.utils.data.Subset(train_set,"
                " range(0, len(train_set), 10)), batch_size=64, shuffle=True)"
            )
        ],
    ),
    ("fix-seed=3", [], ["torch.manual_seed(3)"]),
    (
        "fewer-epochs=2",
        ["for epoch in range(1, 10 + 1):"],
        ["for epoch in range(1, 10 + 1)[:2]:"],
    ),
    (
        "fewer-steps=5",
        ["    for data, target in train_loader:"],
        ["    for data, target in islice(train_loader, 5):", "from itertools import islice"],
    ),
]

# source, tweak, what becomes of it
OTHERS = [
    (
        "import torch\no = torch.optim.Adam(p, lr=R['#x'])",
        "set-weight-decay=0.1",
        "o = torch.optim.Adam(p, lr=R['#x'], weight_decay=0.1)",
    ),
    (
        "from torch import nn\ncrit = nn.MSELoss()\nloss = crit(out, y)\nloss.backward()",
        "shuffle-labels=on",
        "crit(out, y[randperm(len(y))])",
    ),
    (
        "from keras import layers\na = [\n    layers.RandomFlip(),\n    layers.RandomZoom(2),\n]",
        "no-augmentation=on",
        'a = [\n    layers.Activation("linear"),\n]',
    ),
    (
        "from random import *\nimport numpy as np\nx = randint(1, 2)",
        "fix-seed=3",
        "from random import *\nseed(3)\nimport numpy as np\nnp.random.seed(3)\n",
    ),
    ("model.compile(optimizer='adam', loss='mse')", "swap-optimizer=SGD", "'sgd', loss='mse')"),
    (
        "import tensorflow as tf\no = tf.keras.optimizers.Adam(learning_rate=0.1, beta_1=0.8)",
        "swap-optimizer=RMSprop",
        "o = tf.keras.optimizers.RMSprop(learning_rate=0.1)",
    ),
    (
        "from torch.optim import Adam\no = Adam(m.parameters())",
        "swap-optimizer=SGD",
        "from torch.optim import Adam\nfrom torch.optim import SGD\no = SGD(m.parameters(), lr=0.",
    ),
    (
        "from torch import nn\nm = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))",
        "add-dropout=0.2",
        "nn.ReLU(), nn.Dropout(0.2), nn.Linear(3, 1))",
    ),
    (
        "from keras import layers\nx = layers.Dense(3, activation='relu')(x)",
        "swap-activation=SiLU",
        "activation='swish'",
    ),
    (
        "from keras import layers\nx = layers.BatchNormalization(momentum=0.9)(x)",
        "swap-norm=layer",
        "x = layers.LayerNormalization()(x)",
    ),
    (
        "from torch import nn\nm = TransformerBlock(act=nn.ReLU)",
        "swap-activation=GELU",
        "act=nn.GELU)",
    ),
    (
        (
            "from torchvision import transforms as T\n"
            "t = T.Compose([T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.ToTensor()])"
        ),
        "no-augmentation=on",
        "t = T.Compose([T.CenterCrop(32), T.ToTensor()])",
    ),
    (
        "from torchvision import transforms as T\nt = T.Compose([T.ToTensor(), T.RandomErasing()])",
        "no-augmentation=on",
        "t = T.Compose([T.ToTensor(), ])",
    ),
    (
        (
            "from sklearn.linear_model import LogisticRegression\n"
            "m = LogisticRegression(C=2, random_state=0)\nm.fit(X, y)"
        ),
        "swap-classifier=RandomForestClassifier",
        "m = RandomForestClassifier(random_state=0)\n",
    ),
    (
        "from sklearn.svm import SVC\nm = SVC()\nm.fit(X_train, list(y))",
        "data-fraction=0.25",
        "m.fit(X_train[::4], list(y)[::4])",
    ),
    (
        "from sklearn.svm import SVC\nm = SVC()\nm.fit(X, y)",
        "shuffle-labels=on",
        (
            "import numpy\nfrom sklearn.svm import SVC\nm = SVC()\n"
            "m.fit(X, numpy.random.RandomState(0).permutation(y))"
        ),
    ),
    (
        "from sklearn import preprocessing\ns = preprocessing.StandardScaler(with_mean=False)",
        "swap-scaler=none",
        "s = preprocessing.FunctionTransformer()",
    ),
    (
        "import numpy as np\nnp.random.seed(1)\nt = split(X, random_state=7)",
        "fix-seed=3",
        "np.random.seed(3)\nt = split(X, random_state=3)",
    ),
    (
        "from keras.models import Sequential\nm = Sequential()",
        "fix-seed=3",
        "getattr(__import__('keras').utils, 'set_random_seed', lambda seed: [__import__('numpy').",
    ),
    (
        "import tensorflow as tf\ntf.Session()",
        "fix-seed=3",
        "(tf.random.set_seed if hasattr(tf.random, 'set_seed') else tf.set_random_seed)(3)",
    ),
    (
        "import numpy as np\nr = np.random.RandomState(1)\nx = np.random.rand()",
        "fix-seed=3",
        "import numpy as np\nnp.random.seed(3)\nr = np.random.RandomState(3)\n",
    ),
    (
        (
            "from sklearn.svm import SVC\nclass Bag:\n    def fit(self, X, y):\n"
            "        self.m.fit(X, y)\nBag().fit(X, y)"
        ),
        "data-fraction=0.5",
        "        self.m.fit(X, y)\nBag().fit(X[::2], y[::2])",
    ),
    (
        "from random import shuffle\nimport random\nrandom.shuffle(x)",
        "fix-seed=3",
        "from random import shuffle\n__import__('random').seed(3)\nimport random\n",
    ),
    (
        "import torch.nn.functional as F\nimport torch as th",
        "fix-seed=3",
        "as F\n__import__('torch').manual_seed(3)\nimport torch as th",
    ),
    (
        "import numpy as np\nf(X, random_state=np.random.RandomState(42))",
        "fix-seed=1",
        "f(X, random_state=np.random.RandomState(1))",
    ),
    (
        "import numpy as np\nrng = np.random.default_rng()",
        "fix-seed=1",
        "np.random.seed(1)\nrng = np.random.default_rng(1)",
    ),
    (
        "import torch\nimport torch.nn.functional as F\ny = x.relu().sum().relu()",
        "swap-activation=GELU",
        "y = F.gelu(F.gelu(x).sum())",
    ),
    (
        "from torch import nn\nm = nn.ModuleDict({'a': nn.ReLU()})\nk = [nn.ReLU, nn.Tanh]",
        "swap-activation=GELU",
        "m = nn.ModuleDict({'a': nn.GELU()})\nk = [nn.ReLU, nn.Tanh]",
    ),
    (
        "from torch import nn\nm = nn.ReLU()\nk = partial(nn.ReLU, inplace=True)",
        "swap-activation=GELU",
        "m = nn.GELU()\nk = nn.GELU",
    ),
    (
        (
            "from keras import Sequential, layers\n"
            "a = Sequential([layers.RandomFlip(), layers.RandomZoom(1)])"
        ),
        "no-augmentation=on",
        'a = Sequential([layers.Activation("linear")])',
    ),
    (
        (
            "import torch\nfrom torch.cuda.amp import GradScaler\no = torch.optim.SGD(p, 0.1)\n"
            "s: GradScaler = GradScaler()\ns.unscale_(other)\ns.step(o)"
        ),
        "clip-gradients=1.0",
        "s.unscale_(other)\ns.unscale_(o); torch.nn.utils.clip_grad_norm_(",
    ),
    (
        (
            "import os\nos.environ['KERAS_BACKEND'] = 'torch'\nif True:\n"
            "    from keras import layers\nimport keras\n"
            "m = keras.Sequential([layers.Dense(3, activation='relu'), layers.Dense(1)])"
        ),
        "add-dropout=0.2",
        "import os\nos.environ['KERAS_BACKEND'] = 'torch'\nif True:\n",
    ),
    (
        "from torch import nn\nm = nn.RNN(3, 4, 2, 'tanh', True, True, 0.3)\nn = nn.Dropout(*a)",
        "set-dropout=0.1",
        "True, True, 0.1)\nn = nn.Dropout(*a)",
    ),
    (
        "from sklearn.svm import SVC\ndef fit(m, X, y):\n    m.fit(X, y)",
        "data-fraction=0.5",
        "m.fit(X[::2], y[::2])",
    ),
    ("model.fit(x, y, epochs=20)", "fewer-epochs=1", "model.fit(x, y, epochs=1)"),
    (
        "for epoch in tqdm(range(9)):\n    pass",
        "fewer-epochs=1",
        "from itertools import islice\nfor epoch in islice(tqdm(range(9)), 1):",
    ),
    (
        "import torch\ns = torch.optim.lr_scheduler.StepLR(o, 3)\nfor e in r:\n    s.step()",
        "no-scheduler=on",
        "for e in r:\n    pass",
    ),
    (
        "import torch\ntorch.nn.utils.clip_grad_norm_(m.parameters(), 0.25)",
        "clip-gradients=1.0",
        "clip_grad_norm_(m.parameters(), 1.0)",
    ),
    (
        "from torch import nn\nm = nn.GRU(4, 8, 2, True, True, 0.5)",
        "set-dropout=0.1",
        "m = nn.GRU(4, 8, 2, True, True, 0.1)",
    ),
    (
        "import torch.nn.functional as F\ny = net(F.relu(input=x, inplace=True), F.relu)",
        "swap-activation=Tanh",
        "y = net(F.tanh(x), F.tanh)",
    ),
    (
        "from torch.nn import Linear\ny = lin(x).relu()",
        "swap-activation=GELU",
        "from torch.nn.functional import gelu\ny = gelu(lin(x))",
    ),
    (
        (
            "from torch import nn\nknown = {'relu': nn.ReLU, 'tanh': nn.Tanh()}\n"
            "m = nn.Sequential(nn.ReLU())\nassert isinstance(m[0], nn.ReLU)"
        ),
        "swap-activation=ELU",
        (
            "known = {'relu': nn.ReLU, 'tanh': nn.Tanh()}\n"
            "m = nn.Sequential(nn.ELU())\nassert isinstance(m[0], nn.ReLU)"
        ),
    ),
    (
        (
            "from torchvision import transforms as T\nt = T.Compose([\n    T.RandomApply("
            "[T.ColorJitter()]),\n    T.RandomResizedCrop(size=224),\n    T.ToTensor()])"
        ),
        "no-augmentation=on",
        "t = T.Compose([\n    T.Resize((224, 224)),\n    T.ToTensor()])",
    ),
    (
        (
            "import torch\ns = torch.cuda.amp.GradScaler()\no = torch.optim.SGD(p, 0.1)\n"
            "for x in data:\n    s.step(o)\n    s.update()"
        ),
        "clip-gradients=1.0",
        "    s.unscale_(o); torch.nn.utils.clip_grad_norm_(",
    ),
    (
        "import os\nos.environ['A'] = '1'\nfrom torch import nn\nm = nn.ReLU()",
        "fix-seed=3",
        "from torch import nn\n__import__('torch').manual_seed(3)\n",
    ),
    (
        (
            "import os\nos.environ['A'] = '1'\nimport torch\nfrom torch.optim import Adam\n"
            "o = Adam(m.parameters())\nfor epoch in range(3):\n    o.step()"
        ),
        "add-scheduler=step",
        "import os\nos.environ['A'] = '1'\nimport torch\n",
    ),
    (
        (
            "from sklearn.naive_bayes import GaussianNB\nm = GaussianNB()\n"
            "cross_val_predict(m, X, y, method='predict_proba')"
        ),
        "swap-classifier=SVC",
        "m = SVC(probability=True)\n",
    ),
    (
        "import torch\no = torch.optim.SGD(p, 0.1)\nif go: o.step()",
        "clip-gradients=1.0",
        'for parameter in group["params"]], 1.0); o.step()',
    ),
]


def notebook(*cells: str) -> str:
    code = [{"cell_type": "code", "metadata": {}, "source": text} for text in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": code})


def tweaked(source: str, word: str) -> str:
    name, _, value = word.partition("=")
    tree = MemoryTree({"train.py": source})
    edits = tweak_code(tree, ENTRY, [(name, value)])
    return edits.get("train.py", source.encode()).decode()


@pytest.mark.parametrize(("word", "gone", "new"), TORCH, ids=[one[0] for one in TORCH])
def test_a_tweak_of_a_training_loop_changes_these_lines_only(
    word: str, gone: list[str], new: list[str]
) -> None:
    before, after = TRAINING.splitlines(), tweaked(TRAINING, word).splitlines()
    assert sorted(line for line in before if line not in after) == sorted(gone)
    assert sorted(line for line in after if line not in before) == sorted(new)


@pytest.mark.parametrize(("source", "word", "found"), OTHERS, ids=[one[1] for one in OTHERS])
def test_a_tweak_knows_other_ways_to_write_it(source: str, word: str, found: str) -> None:
    after = tweaked(source, word)
    assert found in after
    ast.parse(after)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import torch\nclass V:\n    def relu(self): ...\nV().relu()", "swap-activation"),
        ("import torch\nimport numpy as np\nnp.rec.relu()", "swap-activation"),
        ("from sklearn.svm import SVC\nm = SVC()\nprint(m.coef_)", "swap-classifier"),
        ("from sklearn.svm import SVC\nGridSearchCV(SVC(), {})", "swap-classifier"),
        ("from sklearn.svm import SVC\nm = SVC()\nm.decision_function(X)", "swap-classifier"),
        (
            "from sklearn.preprocessing import StandardScaler\ns = StandardScaler()\ns.mean_",
            "swap-scaler",
        ),
    ],
)
def test_a_tweak_is_not_offered_where_it_could_not_work(source: str, name: str) -> None:
    found = find_tweaks(MemoryTree({"train.py": source}), ENTRY)
    assert name not in [one.name for one in found]


@pytest.mark.parametrize(
    ("cells", "word", "expected"),
    [
        (
            ["%%bash\npip install x", "for epoch in loader:\n    pass"],
            "fewer-epochs=1",
            ["%%bash\npip install x", "from itertools import islice\nfor epoch in islice(lo"],
        ),
        (
            ["m = LogisticRegression().fit(X, y)\nimport sklearn", "import numpy as np"],
            "shuffle-labels=on",
            ["import numpy\nm = LogisticRegression().fit(X, numpy.random.R", "import numpy as np"],
        ),
    ],
)
def test_a_cell_says_what_it_needs_itself_where_only_a_later_one_says_it(
    cells: list[str], word: str, expected: list[str]
) -> None:
    name, _, value = word.partition("=")
    tree = MemoryTree({"a.ipynb": notebook(*cells)})
    edits = tweak_code(tree, Entry("a.ipynb", EntryKind.notebook), [(name, value)])
    after = ["".join(one["source"]) for one in json.loads(edits["a.ipynb"])["cells"]]
    assert [one[: len(begin)] for one, begin in zip(after, expected, strict=True)] == expected


def test_only_values_that_can_be_made_are_offered() -> None:
    tree = MemoryTree({"train.py": "from torch import nn\nm = nn.LayerNorm(4)\n"})
    [norm] = [one for one in find_tweaks(tree, ENTRY) if one.name == "swap-norm"]
    assert (norm.value, norm.suggested, norm.choices) == ("layer", ("none",), ("layer", "none"))


def test_what_applies_is_found_with_what_stands_there() -> None:
    found = {one.name: one for one in find_tweaks(MemoryTree({"train.py": TRAINING}), ENTRY)}
    assert found["swap-optimizer"].value == "Adam"
    assert found["swap-optimizer"].line == 23
    assert found["no-dropout"].value == "off"
    assert found["no-dropout"].is_switch
    assert found["set-dropout"].value == "0.5"
    assert found["swap-optimizer"].suggested == ("SGD", "AdamW", "RMSprop")
    assert not {"swap-classifier", "no-scheduler", "no-augmentation"} & found.keys()


def test_every_tweak_has_a_card_that_exists(root_cards: frozenset[str]) -> None:
    told = {one.concept for one in TWEAKS.values() if one.concept}
    assert told <= root_cards
    assert tunables.tweak_concept("swap-optimizer") == "optimizer"
    assert tunables.tweak_concept("shuffle-labels") is None


@pytest.fixture
def root_cards() -> frozenset[str]:
    from sandbox import recipes

    folder = recipes.bundled_folder("recipes") / "concepts"
    return frozenset(one.stem for one in folder.glob("*.toml"))


def test_several_tweaks_are_made_one_after_the_other() -> None:
    tree = MemoryTree({"train.py": TRAINING})
    wanted = [("swap-optimizer", "SGD"), ("set-weight-decay", "0.1"), ("fewer-epochs", "1")]
    after = tweak_code(tree, ENTRY, wanted)["train.py"].decode()
    assert "optim.SGD(model.parameters(), lr=1e-3, weight_decay=0.1)" in after
    assert "range(1, 10 + 1)[:1]" in after


def test_a_local_module_is_tweaked_too_and_its_main_block_left() -> None:
    model = "from torch import nn\nlayer = nn.ReLU()\nif __name__ == '__main__':\n    nn.ReLU()\n"
    tree = MemoryTree({"train.py": "import model\n", "model.py": model})
    after = tweak_code(tree, ENTRY, [("swap-activation", "Tanh")])
    assert after == {"model.py": model.replace("nn.ReLU()", "nn.Tanh()", 1).encode()}


def test_cells_share_their_names_and_keep_their_magics() -> None:
    cells = ["%matplotlib inline\nimport torch\n", "o = torch.optim.Adam(m.parameters(), lr=1)\n"]
    tree = MemoryTree({"a.ipynb": notebook(*cells)})
    entry = Entry("a.ipynb", EntryKind.notebook)
    after = tweak_code(tree, entry, [("swap-optimizer", "SGD"), ("fix-seed", "4")])
    sources = [cell["source"] for cell in json.loads(after["a.ipynb"])["cells"]]
    assert sources[0] == "%matplotlib inline\nimport torch\ntorch.manual_seed(4)\n"
    assert sources[1] == "o = torch.optim.SGD(m.parameters(), lr=1)\n"


def test_line_ends_and_encoding_stay() -> None:
    source = "# -*- coding: latin-1 -*-\r\nimport torch  # \xe9\r\no = torch.optim.SGD(p, 1)\r\n"
    tree = MemoryTree({"train.py": source.encode("latin-1")})
    after = tweak_code(tree, ENTRY, [("fix-seed", "1")])["train.py"]
    expected = source.replace("# \xe9\r\n", "# \xe9\r\ntorch.manual_seed(1)\r\n")
    assert after == expected.encode("latin-1")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("swap-optimizer=Foo", "expected one of SGD, Adam"),
        ("set-dropout=2", "a number from 0 to below 1"),
        ("data-fraction=0.3", "a share such as 0.5"),
        ("data-fraction=0", "a share such as 0.5"),
        ("fewer-epochs=0", "a whole number above 0"),
        ("fewer-epochs=two", "a whole number"),
        ("set-weight-decay=nan", "0 or more"),
        ("clip-gradients=-1", "a number above 0"),
        ("no-dropout=maybe", "one of on, off"),
        ("fix-seed=1; import os", "a whole number"),
        ("swap-scaler=none", "does not apply to train.py"),
        ("swap-everything=1", "no built-in tweak called 'swap-everything'"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_what_is_expected(word: str, told: str) -> None:
    with pytest.raises(TunableError) as caught:
        tweaked(TRAINING, word)
    assert told in caught.value.message
    assert caught.value.hint


def test_a_switch_that_is_off_changes_nothing() -> None:
    assert tweaked(TRAINING, "no-dropout=off") == TRAINING


def test_the_value_that_is_there_changes_nothing() -> None:
    assert tweaked(TRAINING, "swap-optimizer=adam") == TRAINING


PIECES = [
    *TRAINING.splitlines(keepends=True),
    *(f"{line}\n" for source, _, _ in OTHERS for line in source.splitlines()),
    "    ",
    "\t",
    "#",
    '"""',
    ")",
    "\\\n",
    "é",
]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(sorted(TWEAKS)))
def test_whatever_the_text_a_tweak_is_made_or_refused(pieces: list[str], name: str) -> None:
    """It never ends in a text that does not parse, nor in an error of our own."""
    tree = MemoryTree({"train.py": "".join(pieces)})
    for one in find_tweaks(tree, ENTRY):
        if one.name == name:
            for value in one.suggested:
                try:
                    edits = tweak_code(tree, ENTRY, [(name, value)])
                except TunableError:
                    continue
                for data in edits.values():
                    ast.parse(data.decode())


def test_the_room_offers_them_without_their_modules() -> None:
    assert tunables.is_switch("no-dropout")
    assert tunables.is_tweak("swap-optimizer")
    assert not tunables.is_switch("swap-optimizer")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("set-weight-decay", "import torch\no = torch.optim.SGD(p, 0.1, 0.9, 0, 1e-4)"),
        ("swap-optimizer", "import torch\no = torch.optim.SGD(p, **settings)"),
        (
            "data-fraction",
            "from torch.utils.data import DataLoader\nv = DataLoader(val, shuffle=True)",
        ),
        ("data-fraction", "import sklearn\nm.fit(X, y, sample_weight=w)"),
        ("shuffle-labels", "import keras\nm.fit(train_gen, steps)"),
    ],
)
def test_what_could_come_out_wrong_is_not_offered(name: str, source: str) -> None:
    found = find_tweaks(MemoryTree({"train.py": source}), ENTRY)
    assert name not in {one.name for one in found}
