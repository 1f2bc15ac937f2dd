"""A script as a small notebook: what this is, its parameters, the run, its results."""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.domain import Entry, Tweak
from sandbox.errors import EntryError
from sandbox.notebooks.preparing import KERNELSPEC, LANGUAGE_INFO
from sandbox.notebooks.running import SKIP_TAG

if TYPE_CHECKING:
    from nbformat import NotebookNode

RUN_TAG = "sandbox-run"
RESULTS_TAG = "sandbox-results"

_PARAMETERS = """\
# What the script gets on its command line.
arguments = []"""

_RUN_PATH = """\
# The same as: python {shown}
import os
import runpy
import sys

script = os.path.abspath({path})
sys.argv = [script, *arguments]
runpy.run_path(script, run_name="__main__")"""

_RUN_MODULE = """\
# The same as: python -m {module}
import runpy
import sys

sys.argv = ["{module}", *arguments]
runpy.run_module("{module}", run_name="__main__", alter_sys=True)"""

_RESULTS = "# Every number that the run reported; filled in after it."


def script_notebook(
    entry: Entry,
    arguments: Sequence[str],
    *,
    title: str,
    repo: str,
    commit: str | None = None,
    tweaks: Sequence[Tweak] = (),
) -> NotebookNode:
    """The lab report of a run of a script, before it ran.

    The real arguments are to be passed to `execute` as the parameter `arguments`. Where the code
    runs, the working directory has to be `working_directory(entry)`, and the script's own folder
    and the tree's root have to be importable.

    Args:
        arguments: only to be shown, as part of the command line.
        repo: what a person calls the repository.

    Raises:
        EntryError: an entry that is to run as a module and has no name as one.
    """
    from nbformat import v4

    head = _head(entry, arguments, title=title, repo=repo, commit=commit, tweaks=tweaks)
    cells = [
        _cell("markdown", head, "about"),
        _cell("code", _PARAMETERS, "parameters", "parameters"),
        _cell("code", _run_source(entry), "run", RUN_TAG),
        _cell("markdown", "## Results", "results-title"),
        _cell("code", _RESULTS, "results", RESULTS_TAG, SKIP_TAG),
    ]
    metadata = {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)}
    notebook: NotebookNode = v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=cells, metadata=metadata | {"title": title}
    )
    return notebook


def working_directory(entry: Entry) -> str:
    """Where the script runs, relative to the tree's root: its own folder unless said otherwise."""
    if entry.cwd is not None:
        return entry.cwd
    return "." if entry.as_module else posixpath.dirname(entry.path) or "."


def _cell(kind: str, source: str, name: str, *tags: str) -> Any:
    from nbformat import v4

    new = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    # No random id: equal variants give equal notebooks.
    return new(source, id=name, metadata={"tags": list(tags)})  # type: ignore[no-untyped-call]


def _run_source(entry: Entry) -> str:
    if entry.as_module:
        return _RUN_MODULE.format(module=module_name(entry.path))
    path = _path_from(entry)
    return _RUN_PATH.format(path=_literal(path), shown=_one_line(shlex.quote(path)))


def _path_from(entry: Entry) -> str:
    return posixpath.relpath(f"/{entry.path}", posixpath.join("/", working_directory(entry)))


def module_name(path: str) -> str:
    """`package/module.py` as `package.module`, `package/__main__.py` as `package`.

    Raises:
        EntryError: a part that is no identifier.
    """
    parts = posixpath.splitext(path)[0].split("/")
    if len(parts) > 1 and parts[-1] in {"__main__", "__init__"}:
        parts.pop()
    if not all(part.isidentifier() for part in parts):
        raise EntryError(
            f"{path} cannot be run as a module: {'.'.join(parts)!r} is no module's name",
            hint="run it as a script, without -m",
        )
    return ".".join(parts)


def _literal(text: str) -> str:
    """The text as Python source, on one line; half characters cannot be saved and are refused."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EntryError(f"{text!a} is no name that can be written into a notebook") from None
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


# ---------------------------------------------------------------- what stands above


def _head(entry: Entry, arguments: Sequence[str], **facts: Any) -> str:
    lines = [
        f"# {_inline(facts['title'])}",
        "",
        f"One run of {_code(entry.path)} from {_code(facts['repo'])}{_at(facts['commit'])}.",
        "",
        f"    {_one_line(_command_line(entry, arguments))}",
        "",
        f"Working directory: {_shown_directory(entry)}.",
        "",
        *_tweak_lines(facts["tweaks"]),
    ]
    return "\n".join(lines).rstrip()


def _shown_directory(entry: Entry) -> str:
    """A lone dot before the full stop would be read as the folder above."""
    folder = working_directory(entry)
    return "the repository's root" if folder == "." else _code(folder)


def _at(commit: str | None) -> str:
    return f" at commit {_code(commit[:12])}" if commit else ""


def _command_line(entry: Entry, arguments: Sequence[str]) -> str:
    start = ["-m", module_name(entry.path)] if entry.as_module else [_path_from(entry)]
    return shlex.join(["python", *start, *arguments])


def _tweak_lines(tweaks: Sequence[Tweak]) -> list[str]:
    if not tweaks:
        return ["Nothing was changed: this is the baseline."]
    rows = [f"| {_code(tweak.name)} | {_code(tweak.value)} |" for tweak in tweaks]
    return ["What was changed:", "", "| tweak | value |", "|---|---|", *rows]


def _code(text: str) -> str:
    """Text in a code span that ends where it should, also within a table."""
    return f"`{_one_line(text).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _inline(text: str) -> str:
    special = r"\`*_{}[]<>#|$"
    return "".join(f"\\{char}" if char in special else char for char in _one_line(text))
