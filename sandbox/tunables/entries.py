"""Which scripts and notebooks of a tree can be run, ranked by how likely a learner wants them."""

from __future__ import annotations

import ast
import difflib
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sandbox.domain import Entry, EntryKind
from sandbox.errors import EntryError
from sandbox.interfaces import SourceTree
from sandbox.tunables.cells import Notebook, read_notebook
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import LARGEST_SOURCE_BYTES, decode, parse

_MAIN = re.compile(
    r"^if\s*\(?\s*(?:__name__\s*==|['\"]__main__['\"]\s*==\s*__name__)", re.MULTILINE
)
_ACTS = re.compile(r"^(?:for |while |with |[A-Za-z_][\w.]*\()", re.MULTILINE)
_PYTHON_2 = re.compile(r"^\s*(?:print +[\"'\w%]|except \w[\w.]*, *\w+:|exec +[\"'])", re.MULTILINE)
_TESTING = re.compile(
    r"^\s*(?:import|from) (?:pytest|unittest)|^\s*def test_|^class Test", re.MULTILINE
)
_TRAINING = re.compile(
    r"\.fit\(|\.backward\(|\.fit_transform\(|optimizer|\.step\(|\.train\(|def train"
    r"|train_test_split|fit_generator|GradientTape|\.minimize\(|cross_val|epochs?\b"
)
_LEARNING = re.compile(
    r"^\s*(?:import|from) (?:torch|sklearn|tensorflow|keras|jax|flax|xgboost|lightgbm|catboost"
    r"|transformers|gym|gymnasium|statsmodels|mxnet|paddle|theano|fastai)",
    re.MULTILINE,
)
_COMMAND_LINE = re.compile(r"ArgumentParser|click\.(?:command|option)|sys\.argv|import fire|typer")
_RELATIVE = re.compile(r"^from \.", re.MULTILINE)
_GPU = re.compile(r"\.cuda\(\)")
_NO_FOLDERS = frozenset(
    {"test", "tests", "testing", "docs", "doc", "node_modules", "site-packages", "venv", "env",
     "__pycache__", "build", "dist", "third_party", "vendor", "archive", "deprecated", "conda"}
)  # fmt: skip
_NO_FILES = frozenset(
    ["setup.py", "conf.py", "conftest.py", "__init__.py", "noxfile.py", "tasks.py"]
)
_GOOD_NAME = re.compile(r"^(train|main|run|demo|example|quickstart|tutorial)([_\-.]|$)|[_\-]train$")
_AUXILIARY = re.compile(
    r"(^|[_\-])(utils?|helpers?|download|prepare|preprocess(ing)?|generate|plot|visuali[sz]e|convert"
    r"|export|eval(uate)?|test|predict|inference|sample|setup|config|benchmark|trace|data(set)?)([_\-]|$)"
)
_TELLING_CALL = re.compile(r"^(print|main|run|train)$|\.(fit|show|savefig|save|train|run|main)$")
_MOST_SETUP_CALLS = 3
_README_RUNS = "the README runs it from the root"
_LOWEST_RUNNABLE = 0.0
_NEAR = 5


def find_entries(tree: SourceTree) -> tuple[Entry, ...]:
    """Every script and notebook that can be run, best first.

    Scripts have a main block or do something at top level; tests, set-up files and modules that
    only define things are left out. A notebook of another language is listed last, with a score
    below zero and the reason.
    """
    readme = _readme(tree)
    found = [entry for path in tree.paths() if (entry := _entry(tree, path, readme)) is not None]
    return tuple(sorted(found, key=lambda entry: (-entry.score, entry.path.count("/"), entry.path)))


def runnable_entries(tree: SourceTree) -> tuple[Entry, ...]:
    """Those of `find_entries` that a Python runs."""
    return tuple(entry for entry in find_entries(tree) if entry.score >= _LOWEST_RUNNABLE)


def find_entry(where: SourceTree | Sequence[Entry], path: str | None = None) -> Entry:
    """The entry a user means; without a path, the best one.

    Args:
        where: the tree, in which any script or notebook can be named, or entries already found.
        path: relative to the root, or a bare file name where only one entry bears it.

    Raises:
        EntryError: no such entry (the near ones are listed), several equally good ones, a path
            that leaves the tree, or a notebook of another language.
    """
    if path is None:
        return _best(find_entries(where) if isinstance(where, SourceTree) else where)
    wanted = _checked(path)
    if isinstance(where, SourceTree):
        return _runnable(_in_tree(where, wanted))
    named = [entry for entry in where if entry.path == wanted]
    if not named and "/" not in wanted:
        named = [entry for entry in where if posixpath.basename(entry.path) == wanted]
    if not named:
        raise _no_entry(wanted, [entry.path for entry in where])
    return _runnable(_only(named, wanted))


def _best(entries: Sequence[Entry]) -> Entry:
    runnable = [entry for entry in entries if entry.score >= _LOWEST_RUNNABLE]
    if not runnable:
        raise EntryError(
            "no script or notebook to run in this repository",
            hint="name one yourself: sandbox run TARGET path/to/script.py",
        )
    top = max(entry.score for entry in runnable)
    equal = [entry for entry in runnable if entry.score == top]
    if len(equal) == 1:
        return equal[0]
    shown = ", ".join(entry.path for entry in equal[:_NEAR])
    more = f" and {len(equal) - _NEAR} more" if len(equal) > _NEAR else ""
    raise EntryError(
        f"{len(equal)} entries look equally good: {shown}{more}",
        hint=f"name one of them, such as: {equal[0].path}",
        candidates=tuple(entry.path for entry in equal),
    )


def _checked(path: str) -> str:
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\\" in path:
        raise EntryError(
            f"'{path}' is not a path inside the repository",
            hint="give it relative to the repository's root",
        )
    if any(not character.isprintable() for character in path):
        raise EntryError(f"{path!r} holds characters that no entry's path can hold")
    return posixpath.normpath(path)


def _in_tree(tree: SourceTree, wanted: str) -> Entry:
    paths = [path for path in tree.paths() if path.endswith((".py", ".ipynb"))]
    if wanted in paths:
        return _named(tree, wanted)
    if wanted in tree.paths():
        raise EntryError(
            f"'{wanted}' is neither a Python script nor a notebook",
            hint="see what can be run with: sandbox scan TARGET",
        )
    same = [path for path in paths if "/" not in wanted and posixpath.basename(path) == wanted]
    if not same:
        raise _no_entry(wanted, paths)
    if len(same) > 1:
        entries = [
            found for path in same if (found := _entry(tree, path, _readme(tree))) is not None
        ]
        return _only(entries or [_named(tree, path) for path in same], wanted)
    return _named(tree, same[0])


def _named(tree: SourceTree, path: str) -> Entry:
    """An entry the user asked for by name, also where it would not have been suggested."""
    found = _entry(tree, path, _readme(tree))
    if found is not None:
        return found
    if path.endswith(".ipynb"):
        return Entry(path, EntryKind.notebook)
    return _as_module(Entry(path, EntryKind.script, reasons=("named by you",)), _text(tree, path))


def _only(entries: Sequence[Entry], wanted: str) -> Entry:
    if len(entries) == 1:
        return entries[0]
    shown = ", ".join(entry.path for entry in entries[:_NEAR])
    raise EntryError(
        f"'{wanted}' names {len(entries)} entries: {shown}",
        hint="give the whole path",
        candidates=tuple(entry.path for entry in entries),
    )


def _no_entry(wanted: str, paths: Sequence[str]) -> EntryError:
    near = _near(wanted, paths)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return EntryError(
        f"no script or notebook '{wanted}' in the repository",
        hint=f"{meant}list them with: sandbox scan TARGET",
        near=tuple(near),
    )


def _near(wanted: str, paths: Sequence[str]) -> list[str]:
    near = difflib.get_close_matches(wanted, paths, n=3, cutoff=0.7)
    names: dict[str, list[str]] = {}
    for path in paths:
        names.setdefault(posixpath.basename(path), []).append(path)
    for name in difflib.get_close_matches(posixpath.basename(wanted), names, n=3, cutoff=0.6):
        near += names[name][:2]
    return list(dict.fromkeys(near))[:_NEAR]


def _runnable(entry: Entry) -> Entry:
    if entry.score < _LOWEST_RUNNABLE:
        raise EntryError(
            f"'{entry.path}' cannot be run: {entry.reasons[0]}",
            hint="see what can be run with: sandbox scan TARGET",
        )
    return entry


def _readme(tree: SourceTree) -> str:
    names = [path for path in tree.paths() if path.lower().startswith("readme")]
    return "\n".join(tree.read(name)[:200_000].decode(errors="replace") for name in names)


def _entry(tree: SourceTree, path: str, readme: str) -> Entry | None:
    if path.endswith(".ipynb"):
        return _notebook_entry(tree, path, readme)
    if not path.endswith(".py") or posixpath.basename(path) in _NO_FILES:
        return None
    folders = {part.lower() for part in path.split("/")[:-1]}
    text = "" if folders & _NO_FOLDERS or _is_hidden(path) else _text(tree, path)
    if not text or _is_test(path, text) or not _does_something(text):
        return None
    return _as_module(_at_root(_script_entry(path, text, readme)), text)


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _text(tree: SourceTree, path: str) -> str:
    data = tree.read(path)
    if len(data) > LARGEST_SOURCE_BYTES:
        return ""
    try:
        return decode(data)[0]
    except ValueError:
        return ""


def _is_test(path: str, text: str) -> bool:
    """A file named like a test is one only if it tests: real training scripts bear such names."""
    stem = posixpath.basename(path)[:-3].lower()
    is_named_so = stem.startswith("test_") or stem.endswith("_test") or stem in {"test", "tests"}
    return is_named_so and (_TESTING.search(text) is not None or not _TRAINING.search(text))


def _does_something(text: str) -> bool:
    """A main block, or statements at top level that are more than definitions."""
    if _MAIN.search(text):
        return True
    if not _ACTS.search(text):
        return False
    try:
        tree = parse(text)
    except ValueError:
        return _PYTHON_2.search(text) is not None
    if any(isinstance(statement, ast.For | ast.While | ast.With) for statement in tree.body):
        return True
    values = [each.value for each in tree.body if isinstance(each, ast.Expr)]
    called = [dotted_name(v.func) or "" for v in values if isinstance(v, ast.Call)]
    return any(map(_TELLING_CALL.search, called)) or len(called) > _MOST_SETUP_CALLS


def _script_entry(path: str, text: str, readme: str) -> Entry:
    reasons: list[str] = []
    score = 0.1
    for weight, reason in _signals(path, text, readme):
        score += weight
        reasons.append(reason)
    return Entry(path, EntryKind.script, _rounded(score), tuple(reasons))


def _signals(path: str, text: str, readme: str) -> Iterator[tuple[float, str]]:
    """What speaks for a script and against it, with its weight."""
    if _MAIN.search(text):
        yield 0.15, "has a main block"
    if _TRAINING.search(text):
        yield 0.2, "trains or fits something"
    if _LEARNING.search(text):
        yield 0.1, "uses a machine-learning library"
    if _COMMAND_LINE.search(text):
        yield 0.1, "takes arguments"
    if _PYTHON_2.search(text):
        yield -0.3, "looks like Python 2"
    if _GPU.search(text) and "is_available" not in text:
        yield -0.1, "may need a GPU"
    yield from _path_signals(path, readme)


def _path_signals(path: str, readme: str) -> Iterator[tuple[float, str]]:
    name = posixpath.basename(path)
    stem = name.rpartition(".")[0].lower()
    if _is_run(path, readme):
        yield 0.3, _README_RUNS
    elif name in readme:
        yield 0.15, "the README names it"
    if _GOOD_NAME.search(stem):
        yield 0.15, "is named like the thing to run"
    if _AUXILIARY.search(stem):
        yield -0.2, "is named like a helper"
    if any(part in {"example", "examples", "demo", "demos"} for part in path.split("/")[:-1]):
        yield 0.1, "is an example"
    depth = path.count("/")
    if depth:
        yield -0.03 * min(depth, 5), f"{depth} folders deep" if depth > 1 else "in a folder"


def _is_run(path: str, readme: str) -> bool:
    return re.search(rf"python3? +(?:\./)?{re.escape(path)}(?![\w./])", readme) is not None


def _at_root(entry: Entry) -> Entry:
    """A script in a folder that its README runs from the root finds its files from there."""
    if "/" not in entry.path or _README_RUNS not in entry.reasons:
        return entry
    return replace(entry, cwd=".")


def _as_module(entry: Entry, text: str) -> Entry:
    """A script with relative imports runs as a module from the root, and only so."""
    if not _RELATIVE.search(text) or "/" not in entry.path:
        return entry
    if not all(part.isidentifier() for part in entry.path[:-3].split("/")):
        return entry
    reasons = (*entry.reasons, "imports relatively: runs as a module from the root")
    return replace(entry, reasons=reasons, as_module=True, cwd=".")


def _notebook_entry(tree: SourceTree, path: str, readme: str) -> Entry | None:
    if _is_hidden(path):
        return None
    try:
        notebook = read_notebook(path, tree.read(path))
    except ValueError as error:
        return Entry(path, EntryKind.notebook, -1.0, (str(error),))
    if notebook.language != "python":
        why = f"written in {notebook.language}, not Python"
        return Entry(path, EntryKind.notebook, -1.0, (why,))
    return _scored_notebook(path, notebook, readme)


def _scored_notebook(path: str, notebook: Notebook, readme: str) -> Entry:
    text = "\n".join(cell.text for cell in notebook.cells)
    reasons = ["a notebook"]
    score = 0.25
    signals = [*_path_signals(path, readme)]
    if _TRAINING.search(text):
        signals.append((0.2, "trains or fits something"))
    if _LEARNING.search(text):
        signals.append((0.1, "uses a machine-learning library"))
    for weight, reason in signals:
        score += weight
        reasons.append(reason)
    return Entry(path, EntryKind.notebook, _rounded(score), tuple(reasons))


def _rounded(score: float) -> float:
    return round(min(1.0, max(0.0, score)), 2)
