"""Tweaks become command lines, parameters, and edits that touch nothing but the value."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.domain import Entry, EntryKind
from sandbox.errors import TunableError
from sandbox.interfaces import MemoryTree
from sandbox.tunables import Applied, apply, find_tunable, scan

SCRIPT = Entry("train.py", EntryKind.script)
NOTEBOOK = Entry("nb.ipynb", EntryKind.notebook)
PARSER = """
import argparse
p = argparse.ArgumentParser()
p.add_argument('--learning-rate', '-l', type=float, default=5e-4)
p.add_argument('--max-steps', type=int, default=-1)
p.add_argument('--type', default='transformer', choices=['mlp', 'bigram', 'transformer'])
p.add_argument('--cuda', action='store_false')
p.add_argument('--resume', action='store_true')
p.add_argument('--trap', type=bool, default=True)
p.add_argument('--hidden', type=int, nargs='+', default=[64])
p.add_argument('--cache', action=argparse.BooleanOptionalAction, default=True)
p.add_argument('--name')
"""


def applied(
    source: str | bytes, *tweaks: tuple[str, str], arguments: tuple[str, ...] = ()
) -> Applied:
    tree = MemoryTree({"train.py": source})
    tunables = scan(tree, SCRIPT)
    chosen = [(find_tunable(tunables, name), value) for name, value in tweaks]
    return apply(tree, SCRIPT, chosen, arguments=arguments)


def edited(source: str, *tweaks: tuple[str, str]) -> str:
    return applied(source, *tweaks).edits["train.py"].decode()


def notebook(*cells: str | list[str], tagged: int | None = None, indent: int = 1) -> str:
    document = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {"tags": ["parameters"]} if index == tagged else {},
                "outputs": [],
                "source": text,
            }
            for index, text in enumerate(cells)
        ],
        "metadata": {"é": "ü"},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=indent, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("tweak", "before", "after"),
    [
        (("max-steps", "200"), (), ("--max-steps", "200")),
        (("max-steps", "-1"), (), ("--max-steps=-1",)),
        (("learning_rate", "5e-3"), ("--dev", "c"), ("--dev", "c", "--learning-rate", "5e-3")),
        (("type", "mlp"), ("--type", "bigram", "--name", "x"), ("--type", "mlp", "--name", "x")),
        (("type", "mlp"), ("--type=bigram",), ("--type", "mlp")),
        (("type", "mlp"), ("--ty", "bigram"), ("--type", "mlp")),
        (("learning-rate", "1"), ("-l", "3", "-l4"), ("--learning-rate", "1")),
        (("cuda", "false"), (), ("--cuda",)),
        (("cuda", "true"), ("--cuda", "--resume"), ("--resume",)),
        (("resume", "true"), (), ("--resume",)),
        (("resume", "no"), ("--resume",), ()),
        (("hidden", "3,1"), ("--hidden", "1", "2", "--resume"), ("--resume", "--hidden", "3", "1")),
        (("hidden", "3,1"), ("x", "--", "y"), ("x", "--hidden", "3", "1", "--", "y")),
        (("hidden", "[8, 4]"), (), ("--hidden", "8", "4")),
        (("cache", "false"), ("--cache",), ("--no-cache",)),
        (("cache", "true"), (), ("--cache",)),
        (("trap", "true"), (), ("--trap", "True")),
        (("name", "it's \"é\" \n</script>"), (), ("--name", "it's \"é\" \n</script>")),
        (("name", "--danger"), (), ("--name=--danger",)),
    ],
)  # fmt: skip
def test_a_flag_is_set_once_on_the_command_line(
    tweak: tuple[str, str], before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    result = applied(PARSER, tweak, arguments=before)
    assert result.arguments == after
    assert not result.edits


def test_a_bool_type_that_reads_false_as_true_is_told_and_worked_around() -> None:
    result = applied(PARSER, ("trap", "false"))
    assert result.arguments == ("--trap", "")
    assert "type=bool" in result.notes[0]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("max-steps", "1.5", "a whole number"),
        ("learning-rate", "fast", "a number"),
        ("type", "rnn", "one of mlp, bigram, transformer"),
        ("cuda", "maybe", "true or false"),
        ("name", "a\0b", "NUL"),
        ("hidden", "1,x", "a whole number"),
    ],
)
def test_a_value_that_the_flag_would_refuse_is_refused_at_once(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(TunableError, match=expected):
        applied(PARSER, (name, value))


def test_a_positional_is_set_in_its_place_and_those_before_it_get_their_defaults() -> None:
    source = (
        "import sys\n"
        "a = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5\n"
        "b = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1\n"
    )
    assert applied(source, ("b", "0.9")).arguments == ("0.5", "0.9")
    assert applied(source, ("a", "1"), arguments=("7", "8")).arguments == ("1", "8")
    assert applied(source, ("b", "2"), ("a", "1")).arguments == ("1", "2")


def test_a_positional_among_flags_is_told_from_their_values() -> None:
    source = (
        "p.add_argument('data')\n"
        "p.add_argument('--lr', type=float)\n"
        "p.add_argument('size', type=int)\n"
    )
    arguments = ("--lr", "0.1", "mnist", "3")
    assert applied(source, ("size", "5"), arguments=arguments).arguments == (
        "--lr",
        "0.1",
        "mnist",
        "5",
    )
    with pytest.raises(TunableError, match="'size' comes after 'data'"):
        applied(source, ("size", "5"))


@pytest.mark.parametrize(
    ("source", "tweak", "after"),
    [
        ("opt = Adam(p, lr=1e-2)  # why\n", ("lr", "1e-3"), "opt = Adam(p, lr=1e-3)  # why\n"),
        ("for i in range(5000):\n    fit()\n", ("i", "20"), "for i in range(20):\n    fit()\n"),
        ("a = 'SGD'\n", ("a", "it's"), "a = 'it\\'s'\n"),
        ('a = "SGD"\n', ("a", "'Adam'"), 'a = "Adam"\n'),
        ("a = r'x'\n", ("a", "\\d"), "a = r'\\d'\n"),
        ("a = 'x'\n", ("a", "two\nlines\t\x00☃"), "a = 'two\\nlines\\t\\x00☃'\n"),
        ("rate = 0.1\n", ("rate", "nan"), 'rate = float("nan")\n'),
        ("rate = 0.1\n", ("rate", "-inf"), 'rate = -float("inf")\n'),
        ("rate = 0.1\n", ("rate", "1"), "rate = 1.0\n"),
        ("weight_decay = 0\n", ("weight_decay", "0.5"), "weight_decay = 0.5\n"),
        ("size = 2**14\n", ("size", "2**10"), "size = 2**10\n"),
        ("flag = True\n", ("flag", "off"), "flag = False\n"),
        ("m = MLP(2, [16, 16, 1])\n", ("MLP.arg2", "[4, 1]"), "m = MLP(2, [4, 1])\n"),
        ("act = nn.GELU()\n", ("act", "nn.ReLU()"), "act = nn.ReLU()\n"),
        ("f = Forest(max_depth=3)\n", ("max_depth", "None"), "f = Forest(max_depth=None)\n"),
        ("f = Forest(verbose=None)\n", ("verbose", "2"), "f = Forest(verbose=2)\n"),
        ("betas = (0.9, 0.999)\n", ("betas", "0.5, 0.9"), "betas = (0.5, 0.9)\n"),
        ("scores = []\n", ("scores", "[0.5]"), "scores = [0.5]\n"),
        ("grid = {'a': [1]}\n", ("grid", "{'a': [1, 2]}"), "grid = {'a': [1, 2]}\n"),
        ("grid = {'a': 1}\n", ("grid", "{'a': 1,\n 'b': '2'}"), "grid = {'a': 1, 'b': '2'}\n"),
        ("kinds = {1}\n", ("kinds", "set()"), "kinds = set()\n"),
    ],
)  # fmt: skip
def test_a_value_in_the_source_is_replaced_and_nothing_else(
    source: str, tweak: tuple[str, str], after: str
) -> None:
    assert edited(source, tweak) == after


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("x = 5\n", "0.5", "a whole number"),
        ("x = 5\n", "1e400", "a whole number"),
        ("x = 0.5\n", "1e400", "a number that a float can hold"),
        ("x = 0.5\n", "1" + "0" * 400, "a number that a float can hold"),
        ("x = 5\n", "1" + "0" * 5000, "a whole number"),
        ("x = 0.5\n", "0.1 # hi", "a number"),
        ("x = 0.5\n", "0.1\ny = 2", "a number"),
        ("x = 0.5\n", "__import__('os')", "a number"),
        ("x = 0.5\n", "", "a number"),
        ("x = True\n", "2", "true or false"),
        ("x = [1, 2]\n", "3", r"a list such as \[1, 2\]"),
        ("x = [1, 2]\n", "[f()]", "a list"),
        ("x = {}\n", "3", r"a dict such as \{"),
        ("x = {}\n", "{'a': f()}", "a dict"),
        ("x = None\n", "hello", "a text in quotes"),
        ("loss = MSE()\n", "a) + (b", "one Python expression"),
        ("loss = MSE()\n", "a; import os", "one Python expression"),
        ("loss = MSE()\n", "lambda", "one Python expression"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_was_expected(
    source: str, value: str, expected: str
) -> None:
    name = source.split(" ", maxsplit=1)[0]
    with pytest.raises(TunableError, match=expected):
        applied(source, (name, value))


def test_several_values_in_one_file_are_set_at_once() -> None:
    source = "lr = 0.1; seed = 1\nAdam(eps=1e-8)\n"
    tweaks = (("eps", "1e-6"), ("lr", "0.00001"), ("seed", "22"))
    assert edited(source, *tweaks) == "lr = 0.00001; seed = 22\nAdam(eps=1e-6)\n"


def test_line_ends_byte_order_mark_and_encoding_are_kept() -> None:
    windows = b"\xef\xbb\xbfname = '\xc3\xa9'\r\nlr = 0.1\r\n"
    assert applied(windows, ("lr", "0.2")).edits["train.py"] == windows.replace(b"0.1", b"0.2")
    latin = "# coding: latin-1\nname = 'é'; lr = 0.1\n".encode("latin-1")
    assert applied(latin, ("lr", "0.2")).edits["train.py"] == latin.replace(b"0.1", b"0.2")
    with pytest.raises(TunableError, match="iso-8859-1"):
        applied(latin, ("name", "☃"))


def test_the_present_value_is_no_edit() -> None:
    assert not applied("lr = 0.1\n", ("lr", "0.1")).edits


def test_one_tunable_twice_is_refused() -> None:
    with pytest.raises(TunableError, match="twice"):
        applied("lr = 0.1\n", ("lr", "0.2"), ("lr", "0.3"))


def test_a_dict_and_a_value_in_it_cannot_both_be_replaced() -> None:
    source = "grid = {'lr': 0.1, 'depth': 2}\n"
    assert edited(source, ("lr", "0.2"), ("depth", "3")) == "grid = {'lr': 0.2, 'depth': 3}\n"
    with pytest.raises(TunableError, match="'lr' is a part of 'grid'"):
        applied(source, ("lr", "0.2"), ("grid", "{}"))


def test_a_source_that_has_changed_since_the_scan_is_not_edited() -> None:
    [tunable] = scan(MemoryTree({"train.py": "lr = 0.1\n"}), SCRIPT)
    with pytest.raises(TunableError, match="no longer holds"):
        apply(MemoryTree({"train.py": "# new\nlr = 0.1\n"}), SCRIPT, [(tunable, "0.2")])


def test_a_variable_of_the_tagged_cell_becomes_a_parameter() -> None:
    cell = "lr = 0.1\nname = 'x'\nsizes = [1]\ngrid = {}"
    tree = MemoryTree({"nb.ipynb": notebook(cell, tagged=0)})
    tunables = scan(tree, NOTEBOOK)
    values = {"lr": "1e-3", "name": "it's", "sizes": "[4, 2]", "grid": "{'a': [1.5]}"}
    tweaks = [(find_tunable(tunables, name), value) for name, value in values.items()]
    result = apply(tree, NOTEBOOK, tweaks)
    expected = {"lr": 0.001, "name": "it's", "sizes": [4, 2], "grid": {"a": [1.5]}}
    assert dict(result.parameters) == expected
    assert not result.edits


@pytest.mark.parametrize(
    "value", ["{'a': 1, 'b': {2}}", "{3: 4}", "{(1, 2): 4}", "{'a': not True}", "{[1]: 2}", "f()"]
)
def test_a_parameter_is_what_papermill_can_hand_over(value: str) -> None:
    tree = MemoryTree({"nb.ipynb": notebook("grid = {'a': 1}", tagged=0)})
    tunables = scan(tree, NOTEBOOK)
    grid = find_tunable(tunables, "grid")
    with pytest.raises(TunableError, match="expected a"):
        apply(tree, NOTEBOOK, [(grid, value)])
    assert apply(tree, NOTEBOOK, [(grid, "{'a': 2**3}")]).parameters == {"grid": {"a": 8}}
    with pytest.raises(TunableError, match="is a part of 'grid'"):
        apply(tree, NOTEBOOK, [(grid, "{}"), (find_tunable(tunables, "grid.a"), "2")])


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_other_values_of_a_notebook_edit_one_line_of_its_text(indent: int) -> None:
    text = notebook(["%matplotlib inline\n", "lr = 0.1  # é\n", "f(lr)"], "x = 1", indent=indent)
    tree = MemoryTree({"nb.ipynb": text})
    lr = find_tunable(scan(tree, NOTEBOOK), "cell 0: lr")
    result = apply(tree, NOTEBOOK, [(lr, "0.25")])
    assert result.edits["nb.ipynb"].decode() == text.replace("lr = 0.1", "lr = 0.25")


def test_a_cell_kept_as_one_text_and_a_call_in_it_are_edited_too() -> None:
    text = notebook("!ls\nmodel = MLP(2, rate=0.5)\nname = 'a'", indent=2)
    tree = MemoryTree({"nb.ipynb": text})
    tunables = scan(tree, NOTEBOOK)
    tweaks = [(find_tunable(tunables, "rate"), "0.75"), (find_tunable(tunables, "name"), 'q"\\')]
    cell = json.loads(apply(tree, NOTEBOOK, tweaks).edits["nb.ipynb"])["cells"][0]
    assert cell["source"] == "!ls\nmodel = MLP(2, rate=0.75)\nname = 'q\"\\\\'"


def test_a_setting_in_a_json_file_keeps_the_rest_of_the_file() -> None:
    config = '{\n\t"epochs": 2,\r\n\t"loss": "mse", "on": true, "rate": 0.1, "sizes": [1, 2]\n}'
    tree = MemoryTree({"train.py": "json.load(open('c.json'))\n", "c.json": config})
    tunables = scan(tree, SCRIPT)
    values = {"epochs": "5", "loss": 'a"é', "on": "no", "rate": "1e-3", "sizes": "[3]"}
    result = apply(tree, SCRIPT, [(find_tunable(tunables, n), v) for n, v in values.items()])
    new = result.edits["c.json"].decode()
    assert json.loads(new) == {"epochs": 5, "loss": 'a"é', "on": False, "rate": 0.001, "sizes": [3]}
    assert new.startswith('{\n\t"epochs": 5,\r\n\t"loss": ')
    with pytest.raises(TunableError, match="type int"):
        apply(tree, SCRIPT, [(find_tunable(tunables, "epochs"), "many")])


@pytest.mark.parametrize("value", ["{1, 2}", "{'a': 1}", "[f()]", "f()"])
def test_a_setting_is_given_no_code_and_nothing_that_json_lacks(value: str) -> None:
    tree = MemoryTree({"train.py": "open('c.json')\n", "c.json": '{"limit": null, "sizes": [1]}'})
    for tunable in scan(tree, SCRIPT):
        with pytest.raises(TunableError, match="expected a value of type"):
            apply(tree, SCRIPT, [(tunable, value)])


def test_of_equal_keys_in_a_json_file_the_one_that_counts_is_set() -> None:
    tree = MemoryTree({"train.py": "open('c.json')\n", "c.json": '{"lr": 1.5, "lr": 2.5}'})
    [*_, tunable] = sorted(scan(tree, SCRIPT), key=lambda each: each.line)
    edits = apply(tree, SCRIPT, [(tunable, "9.5")]).edits
    assert edits["c.json"] == b'{"lr": 1.5, "lr": 9.5}'


NAMES = st.from_regex(r"v_[a-z]{1,6}", fullmatch=True)
VALUES = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.lists(st.integers(), min_size=1, max_size=4),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.tuples(VALUES, VALUES), min_size=1, max_size=6), st.data())
def test_an_edit_changes_one_value_and_a_second_scan_finds_it(
    values: dict[str, tuple[object, object]], data: st.DataObject
) -> None:
    source = "".join(f"{name} = {old!r}  # keep\n" for name, (old, _) in values.items())
    name = data.draw(st.sampled_from(sorted(values)))
    old = values[name][0]
    new = data.draw(VALUES.filter(lambda value: type(value) is type(old)))
    tree = MemoryTree({"train.py": source})
    text = new if isinstance(new, str) else repr(new)
    tunable = find_tunable(scan(tree, SCRIPT), name)
    result = apply(tree, SCRIPT, [(tunable, repr(new) if isinstance(new, str) else text)])
    after = result.edits.get("train.py", source.encode()).decode()
    expected = {each: value for each, (value, _) in values.items()} | {name: new}
    assert _assigned(after) == expected
    assert after.count("# keep") >= len(values)
    again = {t.name: t.value for t in scan(MemoryTree({"train.py": after}), SCRIPT)}
    assert ast.literal_eval(str(again[name])) == new


@given(st.text(max_size=60))
def test_any_text_arrives_exactly_or_is_refused(value: str) -> None:
    try:
        after = edited("x = 'old'  # keep\ny = 1\n", ("x", value))
    except TunableError:
        return
    except KeyError:  # the text is the present one
        return
    assigned = _assigned(after)
    assert assigned["y"] == 1
    is_literal = value[:1] in {"'", '"'} and value[-1:] == value[:1]
    assert assigned["x"] == value or is_literal


@given(st.text(max_size=40), st.sampled_from(["5", "0.5", "True", "[1]", "None", "nn.GELU()"]))
@example("functools", "nn.GELU()")
@example("tf/0", "nn.GELU()")
@example("optim.SGD", "nn.GELU()")
def test_no_text_breaks_out_of_its_place(value: str, old: str) -> None:
    source = f"f(activation={old}, other=2)  # keep\ny = 1\n"
    tree = MemoryTree({"train.py": source})
    tunable = find_tunable(scan(tree, SCRIPT), "activation")
    try:
        after = apply(tree, SCRIPT, [(tunable, value)]).edits.get("train.py", source.encode())
    except TunableError:
        return
    *imports, call, assignment = ast.parse(after.decode()).body
    bound = {
        alias.asname or alias.name
        for one in imports
        if isinstance(one, ast.Import | ast.ImportFrom)
        for alias in one.names
    }
    assert len(imports) == len(bound), "nothing but modules that the value names is imported"
    assert all(name.partition(".")[0] in value for name in bound)
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert [word.arg for word in call.value.keywords] == ["activation", "other"]
    assert isinstance(assignment, ast.Assign)
    assert after.decode().count("# keep") == 1


def _assigned(source: str) -> dict[str, object]:
    values = {}
    for statement in ast.parse(source).body:
        assert isinstance(statement, ast.Assign)
        [target] = statement.targets
        assert isinstance(target, ast.Name)
        values[target.id] = ast.literal_eval(statement.value)
    return values


DEFINED = """
flags.DEFINE_bool("shuffle", True, "mix")
flags.DEFINE_integer("rows", 10, "so many")
"""
FIELDS = """
@dataclass
class Args:
    learning_rate: float = 0.1
    anneal_lr: bool = True
args = tyro.cli(Args)
"""


@pytest.mark.parametrize(
    ("source", "tweak", "arguments"),
    [
        (DEFINED, ("shuffle", "false"), ("--noshuffle",)),
        (DEFINED, ("rows", "3"), ("--rows", "3")),
        (FIELDS, ("learning-rate", "0.5"), ("--learning-rate", "0.5")),
        (FIELDS, ("learning_rate", "0.5"), ("--learning-rate", "0.5")),
        (FIELDS, ("anneal-lr", "false"), ("--no-anneal-lr",)),
    ],
)
def test_definitions_are_set_on_the_command_line(
    source: str, tweak: tuple[str, str], arguments: tuple[str, ...]
) -> None:
    made = applied(source, tweak)
    assert (made.arguments, made.edits) == (arguments, {})


CODE = '"""A net."""\nimport os\nfrom net import Net, ReLU\n\nm = Net(activation=ReLU(), lr=1)\n'


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("nn.GELU()", "from torch import nn\n"),
        ("LogisticRegression(C=2)", "from sklearn.linear_model import LogisticRegression\n"),
        ("lambda x: np.log(x)", "import numpy as np\n"),
        ("os.path", ""),
        ("unknown.Thing()", ""),
        ("max(1, 2)", ""),
    ],
)
def test_code_as_a_value_brings_the_import_that_it_needs(value: str, line: str) -> None:
    tree, entry = MemoryTree({"a.py": CODE}), Entry("a.py", EntryKind.script)
    tunable = find_tunable(scan(tree, entry), "activation")
    after = apply(tree, entry, [(tunable, value)]).edits["a.py"].decode()
    expected = CODE.replace("import os", f"{line}import os").replace("ReLU(),", f"{value},")
    assert after == expected


def test_what_a_star_may_bring_is_imported_all_the_same() -> None:
    source = "from layers import *\nact = Swish()\n"
    after = "from torch import nn\nfrom layers import *\nact = nn.GELU()\n"
    assert edited(source, ("act", "nn.GELU()")) == after


def test_a_cell_needs_no_import_that_another_cell_has() -> None:
    cells = ["import numpy as np\n", "%%time\nact = ReLU()\n"]
    data = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "metadata": {}, "source": text} for text in cells],
    }
    tree, entry = MemoryTree({"a.ipynb": json.dumps(data)}), Entry("a.ipynb", EntryKind.notebook)
    tunable = find_tunable(scan(tree, entry), "act")
    for value, first in (("np.tanh()", ""), ("nn.Tanh()", "from torch import nn\n")):
        edits = apply(tree, entry, [(tunable, value)]).edits
        source = json.loads(edits["a.ipynb"])["cells"][1]["source"]
        assert source == f"%%time\n{first}act = {value}\n"
