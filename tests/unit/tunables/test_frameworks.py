"""Command lines of each library: which options are found, and what is passed to set them.

What is passed was given to each library's own parser by hand; Typer's is asked here, too.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.errors import TunableError
from sandbox.interfaces import MemoryTree
from sandbox.tunables import apply, find_tunable, scan
from sandbox.tunables.naming import is_on_command_line
from sandbox.tunables.yaml_text import items, values

SCRIPT = Entry("train.py", EntryKind.script)


def tree_of(text: str, files: Mapping[str, str] | None = None) -> MemoryTree:
    more = {path: textwrap.dedent(each) for path, each in (files or {}).items()}
    return MemoryTree({"train.py": textwrap.dedent(text), **more})


def line(tree: MemoryTree, *tweaks: tuple[str, str], arguments: Sequence[str] = ()) -> str:
    """The words that set the tunables, joined by blanks."""
    found = scan(tree, SCRIPT)
    wanted = [(find_tunable(found, name), value) for name, value in tweaks]
    return " ".join(apply(tree, SCRIPT, wanted, arguments=arguments).arguments)


def found(tree: MemoryTree) -> dict[str, Tunable]:
    return {one.name: one for one in scan(tree, SCRIPT) if is_on_command_line(one)}


def told(one: Tunable) -> tuple[str | None, str | None, str | None]:
    return one.value, one.type, one.help


# ---------------------------------------------------------------- typer

TYPER = """
    from enum import Enum
    from typing import Annotated, List, Optional
    import typer
    class Kind(str, Enum):
        small = "s"
        large = "l"
    def main(
        data: str,
        learning_rate: float = typer.Option(0.1, help="the rate"),
        epochs: Annotated[int, typer.Option("--epochs", "-e", help="how long")] = 3,
        cuda: bool = True,
        only: bool = typer.Option(False, "--only"),
        kind: Kind = Kind.small,
        names: Optional[List[str]] = typer.Option(None),
        level: int = typer.Option(0, "-v", count=True),
    ):
        shown.update(locals())
    if __name__ == "__main__":
        typer.run(main)
"""


def test_parameters_of_a_typer_function_are_flags_and_arguments() -> None:
    tunables = found(tree_of(TYPER))
    assert told(tunables["learning-rate"]) == ("0.1", "float", "the rate")
    assert told(tunables["epochs"]) == ("3", "int", "how long")
    assert (tunables["cuda"].is_switch, tunables["cuda"].value) == (True, "True")
    assert (tunables["kind"].value, tunables["kind"].choices) == ("s", ("s", "l"))
    assert tunables["data"].kind is TunableKind.positional


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning-rate", "-0.5", "--learning-rate=-0.5"),
        ("cuda", "no", "--no-cuda"),
        ("only", "true", "--only"),
        ("names", "[a, b]", "--names a --names b"),
        ("v", "2", "-v -v"),
        ("kind", "l", "--kind l"),
        ("data", "there", "there"),
    ],
)
def test_options_of_typer_are_set_as_it_reads_them(name: str, value: str, words: str) -> None:
    assert line(tree_of(TYPER), (name, value)) == words


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(allow_nan=False, allow_infinity=False),
    epochs=st.integers(-(10**9), 10**9),
    cuda=st.booleans(),
    names=st.lists(st.from_regex(r"[a-z][a-z \"']{0,6}[a-z]", fullmatch=True), max_size=2),
)
def test_typer_itself_reads_the_values_that_were_meant(
    rate: float, epochs: int, names: list[str], *, cuda: bool
) -> None:
    tweaks = [("learning-rate", repr(rate)), ("epochs", str(epochs)), ("cuda", str(cuda))]
    tree = tree_of(TYPER)
    tunables = scan(tree, SCRIPT)
    wanted = [(find_tunable(tunables, name), value) for name, value in tweaks]
    wanted += [(find_tunable(tunables, "data"), name) for name in names[:1]]
    words = apply(tree, SCRIPT, wanted, arguments=() if names else ("d",)).arguments
    shown: dict[str, object] = {}
    scope: dict[str, Any] = {"shown": shown, "__name__": "train"}
    exec(compile(textwrap.dedent(TYPER), "train.py", "exec", dont_inherit=True), scope)
    app = typer.Typer()
    app.command()(scope["main"])
    assert CliRunner().invoke(app, list(words)).exit_code == 0
    assert (shown["learning_rate"], shown["epochs"], shown["cuda"]) == (rate, epochs, cuda)
    assert shown["data"] == (names[0] if names else "d")


COMMANDS = """
    import typer
    app = typer.Typer()
    more = typer.Typer()
    app.add_typer(more, name="more")
    @app.callback()
    def outer(seed: int = 1): ...
    @app.command()
    def train(data: str, lr: float = 0.1): ...
    @app.command("try-it")
    def other(lr: float = 0.2): ...
    @more.command()
    def deep(x: int = 1): ...
    app()
"""


def test_options_of_commands_bring_their_command_along() -> None:
    tree = tree_of(COMMANDS)
    assert set(found(tree)) == {"seed", "train.lr", "try-it.lr", "data", "x"}
    assert line(tree, ("train.lr", "1")) == "train --lr 1"
    assert line(tree, ("try-it.lr", "1"), ("seed", "2")) == "--seed 2 try-it --lr 1"
    assert line(tree, ("x", "3")) == "more deep --x 3"
    assert line(tree, ("seed", "2"), arguments=["train", "d"]) == "--seed 2 train d"
    assert line(tree, ("data", "e"), arguments=["train", "d", "--lr", "1"]) == "train e --lr 1"


def test_an_option_of_another_command_than_the_given_one_is_an_error() -> None:
    with pytest.raises(TunableError, match="belongs to the command 'train'"):
        line(tree_of(COMMANDS), ("train.lr", "1"), arguments=["try-it"])


def test_an_app_in_an_imported_file_is_not_the_entrys() -> None:
    other = "import typer\napp = typer.Typer()\n@app.command()\ndef main(b: int = 1): ...\n"
    text = "import other, typer\ndef main(a: int = 1): ...\ntyper.run(main)\n"
    assert set(found(tree_of(text, {"other.py": other}))) == {"a"}


def test_options_of_an_argparse_sub_parser_bring_their_command_along() -> None:
    tree = tree_of("""
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=1)
        parts = parser.add_subparsers()
        one = parts.add_parser("train")
        one.add_argument("--lr", type=float, default=0.1)
        one = parts.add_parser("test")
        one.add_argument("--lr", type=float, default=0.2)
    """)
    assert line(tree, ("test.lr", "1"), ("seed", "5")) == "--seed 5 test --lr 1"
    assert line(tree, ("train.lr", "1"), arguments=["train", "--lr", "2"]) == "train --lr 1"


# ---------------------------------------------------------------- fire

FIRE = '''
    import fire
    def train(data, lr=0.1, name="x", flag=False, sizes=[1, 2], temperature=1, seed=None, more={}):
        """Train.

        Args:
            lr: the rate
            data (str): where
        """
    fire.Fire(train)
'''


def test_parameters_of_what_fire_is_given_are_flags() -> None:
    tunables = found(tree_of(FIRE))
    assert told(tunables["lr"]) == ("0.1", "float", "the rate")
    assert told(tunables["data"]) == (None, None, "where")
    assert tunables["temperature"].type == "float"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lr", "-1e-3", "--lr=-1e-3"),
        ("name", "a b", "--name=a b"),
        ("name", "1", "--name='1'"),
        ("name", "a,b", "--name='a,b'"),
        ("name", "None", "--name='None'"),
        ("name", "x # y", "--name='x # y'"),
        ("flag", "no", "--flag=False"),
        ("sizes", "[3, 4]", "--sizes=[3, 4]"),
        ("temperature", "0.5", "--temperature=0.5"),
        ("seed", "7", "--seed=7"),
        ("more", "{'a': 1}", "--more={'a': 1}"),
    ],
)
def test_values_for_fire_are_python_literals(name: str, value: str, words: str) -> None:
    assert line(tree_of(FIRE), (name, value)) == words


def test_what_was_passed_to_fire_in_another_spelling_is_replaced() -> None:
    given = ["--lr", "3", "--flag", "--temperature", "2"]
    assert line(tree_of(FIRE), ("lr", "1"), ("flag", "no"), arguments=given) == (
        "--lr=1 --flag=False --temperature 2"
    )


@pytest.mark.parametrize(
    ("handed", "words"),
    [
        ("Model", "fit --steps=2"),
        ("Model()", "fit --steps=2"),
        ('{"m": Model}', "m fit --steps=2"),
        ("", "Model fit --steps=2"),
        ("PARTS", "m fit --steps=2"),
    ],
)
def test_methods_are_commands_of_fire(handed: str, words: str) -> None:
    tree = tree_of(f"""
        import fire
        class Model:
            def __init__(self, width=3): ...
            def fit(self, steps=1): ...
            def _hidden(self, no=1): ...
        PARTS = {{"m": Model}}
        fire.Fire({handed})
    """)
    names = {one.rpartition(".")[2] for one in found(tree)}
    assert names == ({"steps"} if handed == "Model()" else {"width", "steps"})
    assert line(tree, ("steps", "2")) == words


# ---------------------------------------------------------------- dataclasses

SETTINGS = """
    from dataclasses import dataclass, field
    from enum import Enum
    from typing import List, Literal, Optional
    class Kind(Enum):
        small = "s"
        large = "l"
    @dataclass
    class Base:
        seed: int = 1
    @dataclass
    class Optimizer:
        learning_rate: float = 0.1  # the rate
    @dataclass
    class Settings(Base):
        inner: Optimizer = field(default_factory=Optimizer)
        the_name: str = field(default="x", metadata={"help": "a name"})
        use_it: bool = True
        kind: Kind = Kind.small
        mode: Literal["a", "b"] = "a"
        sizes: List[int] = field(default_factory=lambda: [1, 2])
        maybe: Optional[float] = None
        needed: int = field(metadata={})
"""
CALLS = {
    "tyro": "import tyro\nfrom config import *\ntyro.cli(Settings)\n",
    "simple_parsing": "import simple_parsing\nfrom config import *\n"
    "parser = simple_parsing.ArgumentParser()\nparser.add_arguments(Settings, dest='a')\n",
    "transformers": "from transformers import HfArgumentParser\nfrom config import *\n"
    "HfArgumentParser((Settings,))\n",
}


def with_settings(library: str) -> MemoryTree:
    return tree_of(CALLS[library], {"config.py": SETTINGS})


@pytest.mark.parametrize(
    ("library", "rate", "name", "kinds"),
    [
        ("tyro", "inner.learning-rate", "the-name", ("small", "large")),
        ("simple_parsing", "learning_rate", "the_name", ("small", "large")),
        ("transformers", None, "the_name", ("s", "l")),
    ],
)
def test_fields_of_a_dataclass_in_another_file_are_flags(
    library: str, rate: str | None, name: str, kinds: tuple[str, ...]
) -> None:
    tunables = {one.flag: one for one in found(with_settings(library)).values()}
    flags = {"seed", "kind", "mode", "sizes", "maybe", "needed", name, *([rate] if rate else [])}
    assert {f"--{each}" for each in flags} == {
        flag for flag in tunables if flag and not flag.startswith("--use")
    }
    assert told(tunables[f"--{name}"]) == ("x", "str", "a name")
    assert tunables["--kind"].choices == kinds
    assert tunables["--kind"].value == kinds[0]
    assert tunables["--sizes"].value == "1 2"


@pytest.mark.parametrize(
    ("library", "words"),
    [
        ("tyro", "--no-use-it --sizes 3 4 --kind large"),
        ("simple_parsing", "--use_it False --sizes 3 4 --kind large"),
        ("transformers", "--use_it False --sizes 3 4 --kind l"),
    ],
)
def test_each_library_has_its_own_words_for_true_and_false(library: str, words: str) -> None:
    tree = with_settings(library)
    use = "use-it" if library == "tyro" else "use_it"
    kind = words.rpartition(" ")[2]
    assert line(tree, (use, "no"), ("sizes", "[3, 4]"), ("kind", kind)) == words


def test_parameters_of_a_function_are_flags_of_tyro() -> None:
    tree = tree_of("""
        import tyro
        def main(lr: float, fast: bool = False, sure: bool | None = None) -> None: ...
        tyro.cli(main)
    """)
    words = line(tree, ("lr", "-1.0"), ("fast", "yes"), ("sure", "no"))
    assert words == "--lr=-1.0 --fast --sure False"


def test_classes_that_inherit_from_each_other_are_survived() -> None:
    text = "import tyro\nclass A(B):\n    x: int = 1\nclass B(A):\n    y: A = 1\ntyro.cli(A)\n"
    assert any(name.endswith("x") for name in found(tree_of(text)))


# ---------------------------------------------------------------- docopt

DOCOPT = '''
    """Train.

    Usage:
      train.py fit <data> [--lr=<f>] [options]
      train.py show <data> <model> [--top=<k>] [-v]
      train.py (-h | --help)

    Options:
      -h --help         Show this screen.
      -e N, --epochs N  How many epochs
                        to train [default: 10].
      --lr=<f>          Rate [default: 1e-3].
      --fast            Fast.
      -v                Talk.
    """
    from docopt import docopt
    docopt(__doc__)
'''


def test_the_usage_text_of_docopt_tells_its_options() -> None:
    tunables = found(tree_of(DOCOPT))
    assert set(tunables) == {"lr", "epochs", "fast", "v", "top", "model", "fit.data", "show.data"}
    assert told(tunables["epochs"]) == ("10", "int", "How many epochs to train")
    assert told(tunables["lr"]) == ("1e-3", "float", "Rate")
    assert tunables["epochs"].line == 11
    assert tunables["fast"].is_switch


def test_options_of_docopt_are_set_within_the_pattern_that_has_them() -> None:
    tree = tree_of(DOCOPT)
    assert line(tree, ("fit.data", "d"), ("lr", "1"), ("fast", "yes")) == "fit d --lr 1 --fast"
    assert line(tree, ("epochs", "3"), arguments=["fit", "d", "-e", "2"]) == "fit d --epochs 3"
    assert line(tree, ("show.data", "d"), ("model", "m"), ("v", "1")) == "show d -v m"


@settings(max_examples=60, deadline=None)
@given(st.text("usage: \n-=<>[]()|.aB, default", max_size=120))
def test_no_usage_text_breaks_a_scan(text: str) -> None:
    scan(MemoryTree({"train.py": f"__doc__ = 1\ndocopt({('Usage: ' + text)!r})\n"}), SCRIPT)


# ---------------------------------------------------------------- Hydra, OmegaConf

HYDRA = """
    import hydra
    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg): ...
    main()
"""
CONF = {
    "conf/config.yaml": """
        defaults:
          - db: mysql
          - model: mlp
          - _self_
          - override hydra/job_logging: disabled
        lr: 1e-3
        name: it
        flag: true
        sizes: [1, 2]
        nested: {deep: {epochs: 3}}
        must: ???
        hydra:
          run: {dir: out}
    """,
    "conf/db/mysql.yaml": "user: root\n",
    "conf/db/pg.yaml": "user: pg\n",
    "conf/model/mlp.yaml": "defaults:\n  - opt: adam\nwidth: 4\n",
    "conf/model/opt/adam.yaml": "# @package _global_\nbeta: 0.9\n",
}


def test_values_and_groups_of_a_hydra_configuration_are_found_in_their_files() -> None:
    tunables = scan(tree_of(HYDRA, CONF), SCRIPT)
    paths = {one.qualified_name: one for one in tunables if one.kind is TunableKind.config}
    assert set(paths) == {
        *(f"conf/config.yaml:{each}" for each in ("lr", "name", "flag", "sizes", "must")),
        *(f"conf/config.yaml:{each}" for each in ("db", "model", "nested.deep.epochs")),
        "conf/db/mysql.yaml:db.user",
        "conf/model/mlp.yaml:model.width",
        "conf/model/mlp.yaml:model/opt",
        "conf/model/opt/adam.yaml:beta",
    }
    assert paths["conf/config.yaml:db"].choices == ("mysql", "pg")
    assert (paths["conf/config.yaml:lr"].type, paths["conf/config.yaml:lr"].line) == ("float", 7)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("lr", "1e-4", "lr=1e-4"),
        ("epochs", "-1", "nested.deep.epochs=-1"),
        ("flag", "no", "flag=false"),
        ("name", "other", "name=other"),
        ("name", "1", "name='1'"),
        ("name", "a b,c", "name='a b,c'"),
        ("name", "it's", r"name='it\'s'"),
        ("name", r"it\'s", r"name='it\\\'s'"),
        ("name", "", "name=''"),
        ("sizes", "[3, 4]", "sizes=[3,4]"),
        ("db", "pg", "db=pg"),
        ("must", "7", "must=7"),
        ("must", "some text", "must='some text'"),
    ],
)
def test_overrides_are_written_as_hydra_reads_them(name: str, value: str, words: str) -> None:
    assert line(tree_of(HYDRA, CONF), (name, value)) == words


def test_an_override_that_was_passed_is_replaced() -> None:
    given = ["lr=1", "++name=x", "+more=2"]
    assert line(tree_of(HYDRA, CONF), ("name", "z"), arguments=given) == "lr=1 name=z +more=2"


def test_a_value_of_the_wrong_type_is_refused_before_hydra_sees_it() -> None:
    with pytest.raises(TunableError, match="whole number"):
        line(tree_of(HYDRA, CONF), ("epochs", "many"))
    with pytest.raises(TunableError, match="one of mysql, pg"):
        line(tree_of(HYDRA, CONF), ("db", "oracle"))


def test_fields_of_a_dataclass_in_hydras_store_are_overrides() -> None:
    tree = tree_of(
        """
        import hydra
        from hydra.core.config_store import ConfigStore
        class Inner:
            lr: float = 0.1
        class Config:
            opt: Inner = field(default_factory=Inner)
            seed: int = 1
        ConfigStore.instance().store(name="config", node=Config)
        @hydra.main(config_name="config")
        def main(cfg): ...
    """
    )
    assert line(tree, ("opt.lr", "1"), ("train.py:seed", "2")) == "opt.lr=1 seed=2"


def test_a_file_that_omegaconf_loads_is_overridden_where_the_command_line_is_read() -> None:
    text = "from omegaconf import OmegaConf\ncfg = OmegaConf.load('base.yaml')\n"
    files = {"base.yaml": "lr: 1e-3\nname: it\nn: {flag: no}\n"}
    tree = tree_of(text + "OmegaConf.from_cli()\n", files)
    words = line(tree, ("lr", "1"), ("name", "1"), ("flag", "yes"))
    assert words == 'lr=1 name="1" n.flag=true'
    assert not found(tree_of(text, files))


def test_configurations_that_are_no_yaml_leave_the_rest_to_be_found() -> None:
    broken = {**CONF, "conf/db/mysql.yaml": "a: [\n", "conf/model/mlp.yaml": "&x [*x]\n"}
    assert "lr" in found(tree_of(HYDRA, broken))
    deep = {**CONF, "conf/config.yaml": "a: " + "[" * 3000}
    assert not found(tree_of(HYDRA, deep))
    circle = {**CONF, "conf/config.yaml": "defaults:\n  - config\nlr: 1\n"}
    assert set(found(tree_of(HYDRA, circle))) == {"lr"}


def test_anchors_that_repeat_themselves_cost_nothing_and_tags_are_not_executed() -> None:
    lines = ["a0: &a0 [x]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)
    ]
    text = "\n".join([*lines, "bad: !!python/object/apply:os.system ['false']", "last: 2"])
    assert {one.path for one in values(text)} >= {("a0",), ("last",)}


@settings(max_examples=80, deadline=None)
@given(st.text("abc: -[]{}&*!#\n\"'|>?1.", max_size=60))
def test_no_yaml_breaks_the_reader(text: str) -> None:
    try:
        found_values = values(text)
    except ValueError:
        return
    assert all(one.line >= 1 and one.path for one in found_values)
    items(text, "defaults")


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.integers()
        | st.floats(allow_nan=False)
        | st.booleans()
        | st.text("ab: -#", max_size=5)
        | st.none(),
        lambda inner: st.dictionaries(
            st.from_regex(r"[a-z]{1,4}", fullmatch=True), inner, max_size=3
        ),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict))
)
def test_every_plain_value_of_a_yaml_text_is_found_once(document: dict[str, object]) -> None:
    def count(value: object) -> int:
        return sum(map(count, value.values())) if isinstance(value, dict) else 1

    assert len(values(json.dumps(document))) == count(document)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "text",
    [
        "import fire\nfire.Fire(lambda x: x)\nfire.Fire(nothing)\nfire.Fire(*a, **b)\n",
        "import fire\nX = {'a': X}\nfire.Fire(X)\nfire.Fire({**X, 1: 2})\n",
        "import typer\nx = typer.Typer()\n@x.command(name=f())\ndef f(*a, b: 'no type(' = 1): ...\n",  # noqa: E501 - one text, one line
        "import typer\nx.add_typer(x, name='x')\n@x.command()\ndef f(a: int = 1): ...\n",
        "import tyro\ntyro.cli()\ntyro.cli(3)\ntyro.cli(A.B)\nclass B:\n    x: 'A | (' = 1\n",
        "from transformers import HfArgumentParser\nHfArgumentParser()\nHfArgumentParser([1])\n",
        "import simple_parsing\nparser.add_arguments()\nsimple_parsing.parse(1)\n",
        "from docopt import docopt\ndocopt()\ndocopt(f(x))\ndocopt('')\ndocopt('Usage:')\n",
        "import hydra\n@hydra.main(config_path=p, config_name='../../../etc/x')\ndef f(c): ...\n",
        "import hydra\n@hydra.main\ndef f(c): ...\n@hydra.main()\ndef g(c): ...\n",
        "from omegaconf import OmegaConf\nOmegaConf.load(x)\nOmegaConf.load()\nOmegaConf.from_cli()\n",  # noqa: E501 - one text, one line
    ],
)
def test_what_cannot_be_read_is_left_out_and_the_rest_is_found(text: str) -> None:
    assert "lr" in {one.name for one in scan(tree_of(f"lr = 0.1\n{text}"), SCRIPT)}


ANNOTATIONS = st.recursive(
    st.sampled_from(
        ["int", "float", "str", "bool", "None", "'int'", "A", "...", "Path", "x.y", "3"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(" | ".join),
        st.tuples(
            st.sampled_from(["Optional", "List", "tuple", "Literal", "Annotated", "Union", "A"]),
            st.lists(inner, min_size=1, max_size=3).map(", ".join),
        ).map(lambda pair: f"{pair[0]}[{pair[1]}]"),
    ),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(
    ANNOTATIONS, st.sampled_from(["1", "None", "A.b", "field(default=[1])", "typer.Option(...)"])
)
def test_no_annotation_breaks_a_library(annotation: str, default: str) -> None:
    text = f"""
class A(A):
    x: {annotation} = {default}
def main(x: {annotation} = {default}, *, y: {annotation}): ...
import typer, fire, tyro, simple_parsing
typer.run(main); fire.Fire(A); tyro.cli(A); tyro.cli(main); HfArgumentParser(A)
parser.add_arguments(A)
"""
    tree = MemoryTree({"train.py": text})
    for one in scan(tree, SCRIPT):
        if is_on_command_line(one) and one.type in {None, "str"} and not one.choices:
            apply(tree, SCRIPT, [(one, "text")])
