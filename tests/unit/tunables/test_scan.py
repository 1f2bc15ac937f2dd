"""What a scan finds in source text, where, and in which order."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.errors import EntryError
from sandbox.interfaces import MemoryTree
from sandbox.tunables import scan, scan_report


def script(path: str = "train.py") -> Entry:
    return Entry(path, EntryKind.script)


def notebook(*cells: str, tags: dict[int, list[str]] | None = None) -> str:
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "metadata": {"tags": (tags or {}).get(index, [])},
                    "outputs": [],
                    "source": text.splitlines(keepends=True),
                }
                for index, text in enumerate(cells)
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def found(text: str, **files: str) -> dict[str, Tunable]:
    tree = MemoryTree({"train.py": textwrap.dedent(text), **files})
    return {tunable.qualified_name: tunable for tunable in scan(tree, script())}


def test_argparse_flags_have_default_type_choices_and_help() -> None:
    tunables = found("""
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument('--learning-rate', '-l', type=float, default=5e-4, help='step size')
        parser.add_argument('--optim', choices=['sgd', 'adam'], default='sgd')
        parser.add_argument('data')
    """)
    rate = tunables["train.py:--learning-rate"]
    assert (rate.name, rate.flag, rate.value, rate.type) == (
        "learning-rate",
        "--learning-rate",
        "5e-4",
        "float",
    )
    assert (rate.line, rate.help, rate.kind) == (4, "step size", TunableKind.flag)
    assert rate.suggested == ("5e-05", "0.005")
    assert tunables["train.py:--optim"].choices == ("sgd", "adam")
    assert tunables["train.py:--optim"].suggested == ("adam",)
    assert tunables["train.py:data"].kind is TunableKind.positional


def test_switches_tell_their_default_even_when_it_is_inverted() -> None:
    tunables = found("""
        parser.add_argument('--cuda', action='store_false')
        parser.add_argument('--resume', action='store_true')
    """)
    cuda, resume = tunables["train.py:--cuda"], tunables["train.py:--resume"]
    assert (cuda.value, cuda.is_switch) == ("True", True)
    assert (resume.value, resume.is_switch) == ("False", True)


def test_defaults_that_are_named_constants_are_resolved() -> None:
    tunables = found("""
        RATE = 1e-3
        parser.add_argument('--lr', type=float, default=RATE)
    """)
    assert tunables["train.py:--lr"].value == "1e-3"


def test_click_options_are_found() -> None:
    tunables = found("""
        import click
        @click.command()
        @click.option('--lr', default=0.1, type=float, help='rate')
        @click.option('--shuffle/--no-shuffle', default=True)
        def main(lr, shuffle): ...
    """)
    assert tunables["train.py:--lr"].value == "0.1"
    assert tunables["train.py:--shuffle"].is_switch


def test_arguments_read_from_sys_argv_are_positionals_in_their_order() -> None:
    tunables = found("""
        import sys
        l1_ratio = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
        alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 0.25
    """)
    assert tunables["train.py:alpha"].kind is TunableKind.positional
    assert (tunables["train.py:alpha"].value, tunables["train.py:alpha"].line) == ("0.25", 4)
    assert tunables["train.py:l1_ratio"].type == "float"


def test_a_parser_in_another_local_module_belongs_to_the_entry() -> None:
    tree = MemoryTree(
        {
            "src/main.py": "from options import parse\nargs = parse()\n",
            "src/options.py": "import argparse\ndef parse():\n"
            "    p = argparse.ArgumentParser()\n"
            "    p.add_argument('--epochs', type=int, default=5)\n"
            "    return p.parse_args()\n",
        }
    )
    [epochs] = [t for t in scan(tree, script("src/main.py")) if t.kind is TunableKind.flag]
    assert (epochs.name, epochs.file, epochs.line) == ("epochs", "src/options.py", 4)


def test_constants_of_modules_functions_and_classes_are_found_with_their_comments() -> None:
    tunables = found("""
        lr: float = 1e-2  # how fast
        # how wide
        hidden = 2**7

        class Config:
            dropout = 0.5

        def main():
            epochs = 10
    """)
    assert (tunables["train.py:lr"].value, tunables["train.py:lr"].help) == ("1e-2", "how fast")
    assert (tunables["train.py:hidden"].type, tunables["train.py:hidden"].help) == (
        "int",
        "how wide",
    )
    assert tunables["train.py:Config.dropout"].type == "float"
    assert tunables["train.py:main.epochs"].kind is TunableKind.constant


def test_literals_in_calls_are_found_by_keyword_and_by_place() -> None:
    tunables = found("""
        model = MLP(2, [16, 16, 1])
        optimizer = optim.Adam(model.parameters(), lr=1e-2)
        for epoch in range(5000):
            optimizer.zero_grad()
        drop = nn.Dropout(0.25)
        act = nn.GELU()
    """)
    assert tunables["train.py:Adam.lr"].value == "1e-2"
    assert tunables["train.py:range.epoch"].value == "5000"
    assert tunables["train.py:MLP.arg2"].value == "[16, 16, 1]"
    assert tunables["train.py:Dropout.p"].value == "0.25"
    assert tunables["train.py:act"].type == "expression"


def test_places_in_a_call_are_named_after_the_parameters_of_a_local_class() -> None:
    tunables = found(
        "from model import Net\nnet = Net(4, 0.5)\n",
        **{"model.py": "class Net:\n    def __init__(self, width, rate): ...\n"},
    )
    assert tunables["train.py:Net.width"].value == "4"
    assert tunables["train.py:Net.rate"].value == "0.5"


def test_settings_in_a_dict_are_found_by_their_keys() -> None:
    tunables = found("config = {'lr': 0.1, 'model': {'depth': 3}}\n")
    assert tunables["train.py:config.lr"].value == "0.1"
    assert tunables["train.py:config.model.depth"].value == "3"


def test_data_of_the_files_own_level_is_listed_and_stands_in_nobodys_way() -> None:
    names = ["a name of some length"] * 20
    report = found(
        f"lr = 0.1\nscores = []\nnames = {names}\nparams = {{'depth': 3, 4: [{{5}}]}}\n"
        "made = {one: 2 for one in names}\ndef fit():\n    losses = []\n    return losses\n"
    )
    data = {"train.py:scores": "list", "train.py:names": "list", "train.py:params": "dict"}
    assert {name: report[name].type for name in data} == data
    assert report.keys() - data.keys() == {"train.py:lr", "train.py:params.depth"}
    best = min(report[name].worth for name in report.keys() - data.keys())
    assert all(report[name].worth < best for name in data)


def test_defaults_of_a_library_class_are_reached_through_a_package_that_passes_names_on() -> None:
    tree = MemoryTree(
        {
            "examples/run.py": "from lib.models import Booster\nBooster().fit()\n",
            "lib/__init__.py": "",
            "lib/models/__init__.py": "from .boost import Booster\nfrom .other import Other\n",
            "lib/models/boost.py": "class Booster:\n"
            "    def __init__(self, n_estimators=200): ...\n",
            "lib/models/other.py": "class Other:\n    def __init__(self, n_estimators=1): ...\n",
        }
    )
    report = scan_report(tree, script("examples/run.py"))
    [default] = [t for t in report.tunables if t.kind is TunableKind.default]
    assert default.qualified_name == "lib/models/boost.py:Booster.n_estimators"
    assert default.name == "n_estimators"
    assert "lib/models/other.py" not in report.modules


def test_imports_in_a_circle_end() -> None:
    tree = MemoryTree(
        {"train.py": "import a\nlr = 1\n", "a.py": "from b import *\n", "b.py": "import a, train\n"}
    )
    assert scan_report(tree, script()).modules == ("train.py", "a.py", "b.py")


def test_the_main_block_of_an_imported_module_is_not_part_of_the_entry() -> None:
    tunables = found(
        "import helper\nlr = 0.1\n",
        **{"helper.py": "if __name__ == '__main__':\n    epochs = 3\n"},
    )
    assert list(tunables) == ["train.py:lr"]


def test_what_is_never_used_ranks_below_everything() -> None:
    tunables = found("""
        def used(rate=0.1): ...
        def unused(learning_rate=0.1): ...
        used()
    """)
    assert tunables["train.py:unused.learning_rate"].worth < tunables["train.py:used.rate"].worth


def test_the_best_come_first_and_noise_last() -> None:
    tunables = found("""
        n = 3
        num_classes = 10
        learning_rate = 0.01
        batch_size = 32
        plt.figure(figsize=(5, 5))
        total = 0
        for x in data:
            total += x
    """)
    names = [name.rpartition(":")[2] for name in tunables]
    assert names[:2] == ["learning_rate", "batch_size"]
    assert set(names[-2:]) == {"figure.figsize", "total"}


def test_a_whole_number_may_become_a_fraction_where_the_concept_is_a_real_one() -> None:
    tunables = found("weight_decay = 0\nbatch_size = 8\n")
    assert tunables["train.py:weight_decay"].type == "float"
    assert tunables["train.py:batch_size"].type == "int"


def test_json_files_that_the_code_opens_are_settings() -> None:
    config = '{\n\t"training": {\n\t\t"epochs": 2\n\t},\n\t"layers": [{"rate": 0.2}]\n}\n'
    tunables = found("import json\nc = json.load(open('config.json'))\n", **{"config.json": config})
    epochs = tunables["config.json:training.epochs"]
    assert (epochs.kind, epochs.line, epochs.value) == (TunableKind.config, 3, "2")
    assert tunables["config.json:layers[0].rate"].value == "0.2"


def test_notebook_variables_are_addressed_by_cell_and_magics_left_alone() -> None:
    cells = ["%matplotlib inline\n!ls\nlr = 0.1", "%%time\nlr = 0.2\nif True:\n    !pip list\n"]
    tree = MemoryTree({"nb.ipynb": notebook(*cells, "%%bash\nlr=5\n")})
    tunables = scan(tree, Entry("nb.ipynb", EntryKind.notebook))
    names = {t.name: (t.value, t.line, t.span.cell if t.span else None) for t in tunables}
    assert names == {"cell 0: lr": ("0.1", 3, 0), "cell 1: lr": ("0.2", 2, 1)}
    assert {t.qualified_name for t in tunables} == {"nb.ipynb:cell 0:lr", "nb.ipynb:cell 1:lr"}
    assert all(t.kind is TunableKind.variable for t in tunables)


def test_the_tagged_cell_is_named_for_what_it_is() -> None:
    tree = MemoryTree({"nb.ipynb": notebook("lr = 0.1", "lr = 0.2", tags={0: ["parameters"]})})
    tunables = scan(tree, Entry("nb.ipynb", EntryKind.notebook))
    assert {t.name for t in tunables} == {"lr", "cell 1: lr"}
    assert {t.qualified_name for t in tunables} == {"nb.ipynb:parameters:lr", "nb.ipynb:cell 1:lr"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"print 'old'\n", "does not parse as Python 3"),
        (b"x = '\xe9'\n", "not UTF-8"),
        (b"\x7fELF\0\0", "binary"),
        (b"x = " + b"(" * 5000, "does not parse"),
        (b"# -*- coding: klingon -*-\n", "not UTF-8"),
    ],
)
def test_a_module_that_cannot_be_read_is_named_and_the_rest_still_found(
    data: bytes, why: str
) -> None:
    tree = MemoryTree({"train.py": "import bad\nlr = 0.1\n", "bad.py": data})
    report = scan_report(tree, script())
    assert [t.name for t in report.tunables] == ["lr"]
    [skipped] = report.skipped
    assert skipped.file == "bad.py"
    assert why in skipped.why


def test_a_very_deep_expression_is_survived() -> None:
    tree = MemoryTree({"train.py": "lr = 0.1\nx = " + "+".join(["y"] * 3000) + "\n"})
    report = scan_report(tree, script())
    assert report.skipped or [t.name for t in report.tunables] == ["lr"]


def test_an_encoding_that_the_file_declares_is_honoured() -> None:
    text = "# -*- coding: latin-1 -*-\nname = 'é'; lr = 0.1\n"
    tree = MemoryTree({"train.py": text.encode("latin-1")})
    by_name = {t.name: t.value for t in scan(tree, script())}
    assert by_name == {"lr": "0.1", "name": "'é'"}


def test_cells_that_do_not_parse_are_named() -> None:
    tree = MemoryTree({"nb.ipynb": notebook("print 'old'", "lr = 0.1")})
    report = scan_report(tree, Entry("nb.ipynb", EntryKind.notebook))
    assert [s.file for s in report.skipped] == ["nb.ipynb:cell 0"]
    assert [t.name for t in report.tunables] == ["lr"]


def test_an_entry_that_is_not_there_is_an_error() -> None:
    with pytest.raises(EntryError, match=r"nope\.py"):
        scan(MemoryTree({}), script("nope.py"))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_a_scan(data: bytes) -> None:
    report = scan_report(MemoryTree({"train.py": data}), script())
    assert report.modules == ("train.py",)
    scan_report(MemoryTree({"nb.ipynb": data}), Entry("nb.ipynb", EntryKind.notebook))


FRAGMENTS = (
    "lr = 0.1",
    "%time f(x)",
    "!ls",
    "if x:",
    "    y = 2",
    "f(a=3)",
    "é = 1; f(b=7)",
    "(",
    "x = !ls",
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=8))
def test_every_place_a_scan_names_holds_the_value_it_says(lines: list[str]) -> None:
    text = "\n".join(lines)
    tree = MemoryTree({"nb.ipynb": notebook(text)})
    for tunable in scan(tree, Entry("nb.ipynb", EntryKind.notebook)):
        assert tunable.span is not None
        line = text.split("\n")[tunable.line - 1].encode()
        assert line[tunable.span.column : tunable.span.end_column].decode() == tunable.value


def test_what_a_name_means_depends_on_whose_it_is() -> None:
    tunables = found("""
        from sklearn.svm import SVC
        from torch.optim.lr_scheduler import StepLR
        env.reset()
        gamma = 0.95
        model = SVC(C=1, gamma='scale', kernel='rbf')
        other = SVC(gamma=0.1)
        schedule = StepLR(optimizer, step_size=10, gamma=0.1)
        adam = Adam(lr=0.1, eps=1e-8)
    """)
    assert tunables["train.py:gamma"].concept == "discount"
    assert tunables["train.py:gamma"].suggested == ("0.9", "0.99", "0.999")
    assert tunables["train.py:SVC.C"].suggested == ("0.1", "10")
    assert tunables["train.py:SVC.gamma#1"].suggested == ("auto",)
    assert tunables["train.py:SVC.gamma#2"].suggested == ("0.01", "1")
    assert tunables["train.py:SVC.kernel"].suggested == ("linear", "poly", "sigmoid")
    assert tunables["train.py:StepLR.gamma"].concept == "schedule"
    assert tunables["train.py:Adam.eps"].concept is None
    assert tunables["train.py:Adam.eps"].worth < tunables["train.py:Adam.lr"].worth / 5


@pytest.mark.parametrize(
    ("value", "suggested"),
    [("0.8", ("0.5", "1.0")), ("1.0", ("0.5", "0.8")), ("64", ("32", "128")), ("None", ())],
)
def test_a_share_of_a_whole_stays_one(value: str, suggested: tuple[str, ...]) -> None:
    tunables = found(f"model = Forest(max_samples={value})")
    assert tunables["train.py:Forest.max_samples"].suggested == suggested


def test_what_only_runs_when_an_imported_file_is_run_itself_is_not_listed() -> None:
    module = """
        import argparse
        WIDTH = 4
        if __name__ == '__main__':
            parser = argparse.ArgumentParser()
            parser.add_argument('--temperature', type=float, default=0.8)
            import other
    """
    tunables = found(
        "import argparse, generate\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('--epochs', type=int, default=3)\n"
        "print(generate.WIDTH)\n",
        **{"generate.py": textwrap.dedent(module), "other.py": "rate = 0.1\n"},
    )
    assert set(tunables) == {"train.py:--epochs", "generate.py:WIDTH"}


@pytest.mark.parametrize(
    ("call", "name", "suggested"),
    [
        ("XGBClassifier(subsample=1)", "subsample", ("0.5", "0.8")),
        ("generate(top_p=0.9)", "top_p", ("0.8", "1.0")),
        ("ElasticNet(l1_ratio=0.5)", "l1_ratio", ("0", "1")),
        ("Tree(min_samples_split=2)", "min_samples_split", ("4",)),
        ("StepLR(step_size=5)", "step_size", ("2", "10")),
        ("Conv2d(kernel_size=3)", "kernel_size", ("1", "5")),
        ("Conv2d(kernel_size=4)", "kernel_size", ("2", "8")),
        ("fit(grad_clip=-1)", "grad_clip", ("0.25", "1", "5")),
        ("fit(grad_clip=0.5)", "grad_clip", ("0.05", "5")),
    ],
)
def test_what_is_suggested_can_be_run(call: str, name: str, suggested: tuple[str, ...]) -> None:
    owner = call.partition("(")[0]
    assert found(f"x = {call}")[f"train.py:{owner}.{name}"].suggested == suggested


def test_the_call_that_a_value_is_passed_to_tells_what_it_means() -> None:
    tunables = found("""
        import argparse
        from sklearn.svm import SVC
        parser = argparse.ArgumentParser()
        parser.add_argument('--gamma', type=float, default=0.001)
        parser.add_argument('--epochs', type=int, default=3)
        given = parser.parse_args()
        C = 1.0
        model = SVC(C=C, gamma=given.gamma, max_iter=given.epochs)
    """)
    assert tunables["train.py:--gamma"].concept == "kernel-gamma"
    assert tunables["train.py:--gamma"].suggested == ("0.0001", "0.01")
    assert tunables["train.py:C"].concept == "inverse-regularisation"
    assert tunables["train.py:--epochs"].concept == "length"


def test_definitions_of_absl_are_flags() -> None:
    tunables = found("""
        from absl import app, flags
        flags.DEFINE_float("learning_rate", 1e-3, "Rate of   Adam.", lower_bound=0.0)
        flags.DEFINE_boolean("shuffle", True, help="mix")
        flags.DEFINE_enum("model", "small", ["small", "large"], "Size.")
        tf.app.flags.DEFINE_integer(
            "batch_size", 32, "Rows.")
        flags.DEFINE_string(name="data", default=None, help="Folder.")
    """)
    rate = tunables["train.py:--learning_rate"]
    assert (rate.flag, rate.value, rate.type) == ("--learning_rate", "1e-3", "float")
    assert (rate.help, rate.concept) == ("Rate of Adam.", "learning-rate")
    assert tunables["train.py:--model"].choices == ("small", "large")
    assert tunables["train.py:--batch_size"].value == "32"
    assert tunables["train.py:--shuffle"].is_switch
    assert tunables["train.py:--data"].value is None
    assert len(tunables) == 5


def test_fields_of_a_tyro_dataclass_are_flags_and_nothing_twice() -> None:
    tunables = found("""
        import tyro
        from dataclasses import dataclass, field
        from typing import Literal, Optional

        @dataclass
        class Args:
            learning_rate: float = 2.5e-4
            \'\'\'the rate of the optimizer\'\'\'
            anneal_lr: bool = True
            target_kl: Optional[float] = None
            kind: Literal["a", "b"] = "a"
            sizes: list = field(default_factory=list)

        args = tyro.cli(Args)
    """)
    assert set(tunables) == {
        f"train.py:--{n}" for n in ("learning-rate", "anneal-lr", "target-kl", "kind", "sizes")
    }
    assert tunables["train.py:--learning-rate"].help == "the rate of the optimizer"
    assert tunables["train.py:--kind"].choices == ("a", "b")
    assert tunables["train.py:--anneal-lr"].is_switch


GREEK = "gamma = 0.9\nepsilon = 0.1\nalpha = 0.5\n"


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("", (None, None, "regularisation")),
        (
            "import gym\nenv = gym.make('CartPole-v1')\n",
            ("discount", "exploration", "regularisation"),
        ),
        ("policy = {}\nreward = 0.0\n", ("discount", "exploration", "regularisation")),
        ("q_table = {}\nstate = env.reset()\n", ("discount", "exploration", "learning-rate")),
        ("reward = 1\n", (None, None, "regularisation")),
        ("x = 1  # what privacy costs: epsilon of delta\n", (None, None, "regularisation")),
    ],
)
def test_greek_letters_mean_reinforcement_learning_only_where_the_program_shows_some(
    text: str, concepts: tuple[str | None, ...]
) -> None:
    tunables = found(GREEK + text)
    names = ("gamma", "epsilon", "alpha")
    assert tuple(tunables[f"train.py:{name}"].concept for name in names) == concepts


def test_a_telling_owner_counts_for_more_than_what_the_program_is_about() -> None:
    tunables = found("import gym\nSVC(gamma=0.1)\nAdam(eps=1e-8)\nStepLR(gamma=0.5)\n")
    assert tunables["train.py:SVC.gamma"].concept == "kernel-gamma"
    assert tunables["train.py:StepLR.gamma"].concept == "schedule"
    assert tunables["train.py:Adam.eps"].concept is None


TWO_PARSERS = """\
import argparse
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--old', default=1)
    parser.add_argument('--shared', default=2)
    return parser.parse_args()
def main_again():
    parser = argparse.ArgumentParser()
    parser.add_argument('--shared', default=3)
    return parser.parse_args()
if __name__ == '__main__':
    {called}()
"""


@pytest.mark.parametrize(
    ("called", "expected"),
    [("main_again", {"shared": "3"}), ("main", {"old": "1", "shared": "2"})],
)
def test_flags_of_a_function_that_is_never_called_are_none(
    called: str, expected: dict[str, str]
) -> None:
    found = scan(
        MemoryTree({"train.py": TWO_PARSERS.format(called=called)}),
        Entry("train.py", EntryKind.script),
    )
    assert {t.name: t.value for t in found if t.kind is TunableKind.flag} == expected


def test_where_no_function_is_called_its_flags_are_told_all_the_same() -> None:
    text = TWO_PARSERS.partition("if __name__")[0]
    found = scan(MemoryTree({"train.py": text}), Entry("train.py", EntryKind.script))
    assert {t.name for t in found if t.kind is TunableKind.flag} == {"old", "shared"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("import argparse\nfrom lib import work\nwork()\n", []),
        ("from absl import app\nfrom lib import work\napp.run(work)\n", ["rate"]),
        ("from lib import FLAGS\nprint(FLAGS.rate)\n", ["rate"]),
        ("from lib import start\nstart()\n", ["rate"]),
    ],
)
def test_flags_of_an_imported_file_count_where_something_has_absl_read_them(
    entry: str, expected: list[str]
) -> None:
    library = """
        from absl import app, flags
        FLAGS = flags.FLAGS
        flags.DEFINE_float("rate", 0.1, "how fast")
        def work(): ...
        def start():
            app.run(work)
        if __name__ == "__main__":
            start()
    """
    if "start" not in entry:
        library = library.replace("def start():\n            app.run(work)", "start = work")
    tree = MemoryTree({"train.py": entry, "lib.py": textwrap.dedent(library)})
    found = scan(tree, Entry("train.py", EntryKind.script))
    assert [t.name for t in found if t.kind is TunableKind.flag] == expected


def test_members_of_an_enumeration_are_what_a_flag_has_and_may_have() -> None:
    entry = """
        import argparse
        from kinds import Kind
        p = argparse.ArgumentParser()
        p.add_argument("--data", choices=[one.name for one in Kind], default=Kind.CORA.name)
        p.add_argument("--size", choices=[k.value for k in Kind], default=Kind.PPI.value)
        p.add_argument("--odd", choices=[k.name for k in Kind if k], default=Kind.PPI.other)
    """
    kinds = "from enum import Enum\nclass Kind(Enum):\n    CORA = 0\n    PPI = 'big'\n"
    tree = MemoryTree({"train.py": textwrap.dedent(entry), "kinds.py": kinds})
    found = {t.name: t for t in scan(tree, Entry("train.py", EntryKind.script))}
    assert (found["data"].value, found["data"].choices) == ("CORA", ("CORA", "PPI"))
    assert (found["size"].value, found["size"].choices) == ("big", ("0", "big"))
    assert (found["odd"].value, found["odd"].choices) == ("Kind.PPI.other", ())
