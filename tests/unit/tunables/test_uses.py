"""Which calls a tunable ends in, as far as the text tells."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.domain import Entry, EntryKind, Tunable
from sandbox.interfaces import MemoryTree
from sandbox.tunables import find_tunable, scan


def flows(text: str, name: str, **files: str) -> tuple[str, ...]:
    return tunable(text, name, **files).flows_to


def tunable(text: str, name: str, **files: str) -> Tunable:
    more = {path.replace("_py", ".py"): textwrap.dedent(each) for path, each in files.items()}
    tree = MemoryTree({"train.py": textwrap.dedent(text), **more})
    return find_tunable(scan(tree, Entry("train.py", EntryKind.script)), name)


FLAG = "parser.add_argument('--lr', type=float, default=0.1)\nargs = parser.parse_args()\n"
CLASS = "class A:\n def __init__(self, r):\n  self.r = r\n def f(self): SGD(lr=self.r)\n"


@pytest.mark.parametrize(
    ("rest", "uses"),
    [
        ("Adam(model, lr=args.lr)\n", ("Adam(lr=) train.py:3",)),
        ("lr = args.lr\nAdam(lr=lr)\n", ("Adam(lr=) train.py:4",)),
        ("lr = float(args.lr)\nrate = lr\nAdam(lr=rate)\n", ("Adam(lr=) train.py:5",)),
        ("for e in range(1, args.lr + 1): pass\n", ("range() train.py:3",)),
        ("a, b = args.lr, 1\nAdam(lr=a, eps=b)\n", ("Adam(lr=) train.py:4",)),
        ("settings = {'lr': args.lr}\nAdam(p, **settings)\n", ("Adam(lr=) train.py:4",)),
        ("getattr(optim, args.o)(lr=args.lr)\n", ("getattr(optim, args.o)(lr=) train.py:3",)),
        ("def f(rate):\n    Adam(lr=rate)\nf(args.lr)\n", ("Adam(lr=) train.py:4",)),
        ("def f(rate):\n    pass\nf(args.lr)\n", ("f(rate=) train.py:5",)),
        (f"{CLASS}A(args.lr)\n", ("SGD(lr=) train.py:6",)),
        ("class C:\n    lr: float\nc = C(lr=args.lr)\nSGD(lr=c.lr)\n", ("SGD(lr=) train.py:6",)),
        ("nn.Linear(args.lr, 3)\n", ("Linear(in_features=) train.py:3",)),
        ("print(args.lr)\nplt.plot(args.lr)\nf(**args)\n", ()),
        ("def f():\n    lr = 3\n    SGD(lr=lr)\n", ()),
    ],
)  # fmt: skip
def test_a_flag_is_followed_to_the_calls_that_it_ends_in(rest: str, uses: tuple[str, ...]) -> None:
    assert flows(FLAG + rest, "lr") == uses


def test_a_constant_is_followed_into_functions_and_files_that_import_it() -> None:
    text = "from net import build\nfrom config import WIDTH\nbuild(WIDTH)\n"
    net = "def build(width):\n    return Linear(width, 3)\n"
    assert flows(text, "WIDTH", config_py="WIDTH = 64\n", net_py=net) == (
        "Linear(in_features=) net.py:2",
    )


def test_a_constant_is_followed_through_every_star_import() -> None:
    """Also where one file has it by a star itself; a name that is made anew is another value."""
    text = (
        "from rates import *\nfrom sizes import *\nDEPTH = 2\nNet(w=WIDTH, d=DEPTH)\nAdam(lr=LR)\n"
    )
    files = {"rates_py": "from deep import *\nDEPTH = 7\n", "sizes_py": "WIDTH = 3\n"}
    deep = "LR = 0.1\nfrom train import *\n"
    assert flows(text, "LR", **files, deep_py=deep) == ("Adam(lr=) train.py:5",)
    assert flows(text, "WIDTH", **files, deep_py=deep) == ("Net(w=) train.py:4",)
    assert flows(text, "rates.py:DEPTH", **files, deep_py=deep) == ()


def test_equal_names_in_two_functions_are_two_values() -> None:
    text = "def f():\n lr = 0.1\n SGD(lr=lr)\ndef g():\n lr = 0.2\n Adam(lr=lr)\nf(); g()\n"
    assert flows(text, "f.lr") == ("SGD(lr=) train.py:3",)
    assert flows(text, "g.lr") == ("Adam(lr=) train.py:6",)


def test_a_field_of_a_class_is_followed_to_where_it_is_read() -> None:
    text = "class Config:\n lr = 0.1\n def make(self):\n  SGD(lr=self.lr)\nConfig().make()\n"
    assert flows(text, "Config.lr") == ("SGD(lr=) train.py:4",)


def test_the_parameter_of_a_typer_command_is_followed() -> None:
    text = "import typer\ndef main(lr: float = 0.1):\n    SGD(lr=lr)\ntyper.run(main)\n"
    assert flows(text, "lr") == ("SGD(lr=) train.py:3",)


def test_the_option_of_a_click_command_is_followed() -> None:
    mark = "@click.command()\n@click.option('--lr', default=0.1)\n"
    text = f"import click\n{mark}def f(lr):\n    SGD(lr=lr)\n"
    assert flows(text, "lr") == ("SGD(lr=) train.py:5",)


def test_what_it_ends_in_tells_what_a_name_means() -> None:
    text = "parser.add_argument('--g', type=float, default=0.1)\nSVC(gamma=args.g)\n"
    assert tunable(text, "g").concept == "kernel-gamma"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "a = b", "b = a", "self.a = a", "a = self.a", "f(a)", "f(x=b)", "def f(a): g(a)",
                "def g(b=a): f(b)", "class A:\n a = b\n def __init__(self, a): self.b = a", "A(b)",
                "a = {'a': a, **b}", "f(**a)", "a = dict(a=b)", "lambda a: f(a)",
                "[f(a) for a in b]",
                "a, *b = b, a", "a['b'] = a['a']", "getattr(a, b)(a)", "a: int = 3", "del a",
                "f(*a, b)", "a()()(a)", "with a as b: f(b)", "b = a = 3",
                "from train import a", "from train import *",
            ]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_no_program_breaks_it_and_every_place_it_names_is_in_the_text(lines: list[str]) -> None:
    text = "\n".join(["a = 1", *lines])
    count = text.count("\n") + 1
    for one in scan(MemoryTree({"train.py": text}), Entry("train.py", EntryKind.script)):
        for use in one.flows_to:
            assert 1 <= int(use.rpartition(":")[2]) <= count
