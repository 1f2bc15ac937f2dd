"""Notebooks and scripts that show the same, shared or not."""

from __future__ import annotations

from collections.abc import Sequence

Case = tuple[Sequence[str], Sequence[str]]
"""Cells that are shared; then `value` is set; then those that differ."""

FILES = {"rows.csv": "a,b\n1,2\n3,4\n5,7\n", "helper.py": "COUNT = [0]\n\ndef f(x): return x * 3\n"}
VALUES = (1, 2, 3)

CASES: dict[str, Case] = {
    "plain Python": (["x = [0]\nx"], ["x.append(value)\nx", "sum(x)"]),
    "NumPy, seeded": (
        ["import numpy as np", "np.random.seed(3)\na = np.random.rand(50)", "a.mean()"],
        ["(a * value).sum(), np.random.rand()", "np.linalg.svd(a.reshape(5, 10))[1]"],
    ),
    "NumPy, a generator of its own": (
        ["import numpy as np\nrng = np.random.default_rng(5)", "rng.normal(size=3)"],
        ["rng.normal(value, size=3)"],
    ),
    "Python's generator, seeded": (
        ["import random\nrandom.seed('x')\nrandom.random()"],
        ["[random.randint(0, 99) for _ in range(value)]", "random.sample(range(50), 5)"],
    ),
    "unseeded, nothing of it shown": (
        ["import random\nimport numpy as np\nrandom.random(), np.random.rand()\n'drawn'"],
        ["0 <= random.random() < 1, 0 <= np.random.rand() < value"],
    ),
    "pandas": (
        ["import pandas as pd\ndf = pd.read_csv('rows.csv')", "df"],
        ["df['c'] = df.a * value\ndf.describe()", "df.groupby('a').sum()"],
    ),
    "scikit-learn": (
        [
            "from sklearn.datasets import make_classification",
            "from sklearn.linear_model import LogisticRegression",
            "x, y = make_classification(random_state=0)",
            "base = LogisticRegression().fit(x, y)\nbase.score(x, y)",
        ],
        ["model = LogisticRegression(C=value).fit(x, y)", "model.coef_.round(12).sum(), model"],
    ),
    "matplotlib": (
        ["%matplotlib inline\nimport matplotlib.pyplot as plt", "plt.plot([1, 2]); plt.title('a')"],
        ["plt.bar([1, 2], [value, 3]); plt.show()", "figure = plt.figure(); plt.close(figure)"],
    ),
    "magics": (
        ["%%capture said\nprint('quiet')", "%env TOLD=once\n!echo from the shell"],
        ["!echo $TOLD {value}", "said.stdout, value", "%%bash\necho bash"],
    ),
    "an exception in the middle": (
        ["print('before')"],
        ["print(value)\n{}['missing'] if value == 2 else None", "'after'"],
    ),
    "an exception in what is shared": (["1 / 0"], ["value"]),
    "files written and read": (
        ["open('made.txt', 'w').write('shared')\nimport os", "os.path.getsize('made.txt')"],
        [
            "open('made.txt', 'a').write(str(value))\nopen('rows.csv', 'w').write('x')",
            "open('made.txt').read(), open('rows.csv').read()",
        ],
    ),
    "a file read on": (
        ["source = open('rows.csv')\nnext(source)"],
        ["next(source), value", "source.read()"],
    ),
    "subprocesses": (
        ["import subprocess\nsubprocess.check_output(['echo', 'shared'])"],
        ["subprocess.check_output(['echo', str(value)])"],
    ),
    "a thread in what is shared": (
        [
            "import threading",
            "t = threading.Thread(target=lambda: print('in it'))\nt.start(); t.join()",
        ],
        ["value"],
    ),
    "a thread that goes on": (
        [
            "import threading\ngo = threading.Event()",
            "t = threading.Thread(target=go.wait)\nt.start()",
        ],
        ["go.set(); t.join()\nvalue, t.is_alive()"],
    ),
    "processes after the fork": (
        ["import multiprocessing as mp\nimport math\ncontext = mp.get_context('fork')"],
        ["with context.Pool(2) as pool:\n    print(pool.map(math.sqrt, [1, 4, value ** 2]))"],
    ),
    "modules of the repository": (
        ["import helper\nhelper.COUNT[0] += 1"],
        ["helper.COUNT[0] += value\nhelper.COUNT, helper.f(value)"],
    ),
    "the counter and earlier values": (["40", "_ + 2"], ["_, value, Out", "In[-1]"]),
    "displays that are updated": (
        ["handle = display('first', display_id='one')"],
        ["handle.update(value)", "display('again', display_id='one')"],
    ),
}

SCRIPTS: dict[str, str] = {
    "arguments and metrics": "import sys\nprint('loss', 1 / float(sys.argv[1]))",
    "NumPy and scikit-learn": (
        "import sys\nimport numpy as np\nfrom sklearn.svm import SVC\nnp.random.seed(0)\n"
        "x = np.random.rand(40, 3); y = x.sum(axis=1) > 1.5\n"
        "print(SVC(C=float(sys.argv[1])).fit(x, y).score(x, y), np.random.rand())"
    ),
    "files, modules and the name": (
        "import sys, os, helper\nopen('made', 'w').write(sys.argv[1])\n"
        "print(__name__, sys.argv, sorted(os.listdir('.')), helper.f(int(sys.argv[1])))"
    ),
    "plots": "import matplotlib.pyplot as p\np.plot([1, 2]); p.show()\nprint(p.get_backend())",
    "an error": "import json\nprint('before')\njson.loads('{')",
    "an exit code": "import sys, random\nrandom.seed(1)\nprint(random.random())\nsys.exit(3)",
    "processes and threads": (
        "import multiprocessing as mp, threading, sys, math\n"
        "if __name__ == '__main__':\n"
        "    with mp.get_context('fork').Pool(2) as pool: print(pool.map(math.sqrt, [4, 9]))\n"
        "    t = threading.Thread(target=print, args=sys.argv[1:]); t.start(); t.join()"
    ),
}

_NET = (
    "torch.set_num_threads(1)\ntorch.manual_seed(0)\n"
    "x = torch.rand(64, 5)\ny = x.sum(1, keepdim=True)\n"
    "net = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Dropout(0.2), torch.nn.Linear(8, 1))"
)
_TRAIN = """
def train(net, steps, rate):
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()
"""
_LOADED = """
data = torch.utils.data.TensorDataset(torch.arange(12.0))
def batches(workers):
    loader = torch.utils.data.DataLoader(data, 4, shuffle=True, num_workers=workers)
    return [batch.tolist() for batch, in loader]
"""

TORCH_CASES: dict[str, Case] = {
    "PyTorch, seeded": (
        [
            "import torch\ntorch.set_num_threads(1)\nown = torch.Generator().manual_seed(5)",
            "a = torch.manual_seed(3) and torch.rand(50)\na, torch.rand(2, generator=own)",
        ],
        ["(a * value).sum(), torch.rand(3), torch.initial_seed()", "torch.rand(2, generator=own)"],
    ),
    "PyTorch, unseeded, nothing of it shown": (
        ["import torch\ntorch.rand(2)\n'drawn'"],
        ["0 <= torch.rand(1).item() < value, torch.rand(2).shape"],
    ),
    "PyTorch, no GPU": (
        ["import torch\ntorch.set_num_threads(1)\ntorch.cuda.is_available()"],
        ["torch.cuda.device_count(), torch.get_num_threads(), value", "torch.ones(1).cuda()"],
    ),
    "PyTorch, a module trained in what is shared": (
        [
            f"import torch\n{_NET}{_TRAIN}",
            "train(net, 30, 0.01)",
            "torch.save(net.state_dict(), 'net.pt')\nnet",
        ],
        [
            "train(net, 20, 0.001 * value)",
            "net.load_state_dict({**torch.load('net.pt'), '2.bias': torch.ones(1)})",
            "torch.save(net, 'net.pt')\nnet.eval()(x[:3]), net.state_dict()['0.bias']",
        ],
    ),
    "PyTorch, processes of a loader": (
        [f"import torch\ntorch.set_num_threads(1)\ntorch.manual_seed(1)\n{_LOADED}"],
        ["batches(2), value", "batches(0)"],
    ),
    "PyTorch, processes of a loader in what is shared": (
        [f"import torch\ntorch.set_num_threads(1)\ntorch.manual_seed(1)\n{_LOADED}", "batches(2)"],
        ["batches(2), value"],
    ),
    "PyTorch, threads of its own": (
        [
            "import torch\ntorch.set_num_threads(2)",
            "torch.manual_seed(2)\nbig = torch.ones(600, 600)\n(big @ big).sum().item()",
        ],
        ["(big @ big * value).sum().item(), torch.get_num_threads(), torch.rand(2)"],
    ),
}

TORCH_SCRIPTS: dict[str, str] = {
    "PyTorch, trained": (
        f"import sys, torch\n{_NET}{_TRAIN}\n"
        "for epoch in range(3): print('loss', train(net, 5, float(sys.argv[1]) / 100))\n"
        "print(torch.rand(2), torch.cuda.is_available())"
    ),
    "PyTorch, processes of a loader": (
        f"import sys, torch\nprint(0 <= torch.rand(1).item() < int(sys.argv[1]))\n{_LOADED}\n"
        "if __name__ == '__main__':\n"
        "    torch.manual_seed(int(sys.argv[1]))\n    print(batches(2), torch.get_num_threads())"
    ),
}
