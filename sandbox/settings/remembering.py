"""What takes long to find out, kept between commands for as long as it would be found again.

pip's configuration, while the files that pip reads stay as they are; settings that were checked,
while they and the rules do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sandbox.files import write_text
from sandbox.settings.pip import ask_pip, read_pip_configuration, used_lines
from sandbox.settings.shape import SettingsFile, sections

_TRUSTED_AFTER_S = 2.0  # a file may change again without another time or size
_FILE = re.compile(r"^ +(.+), exists: (?:True|False)$", re.MULTILINE)
_CREDENTIALS = re.compile(r"://[^/\s]*@")
# Where pip looks depends on these; what it says, on its own.
_PLACES = re.compile(r"(?i:HOME|XDG_.*|USERPROFILE|(LOCAL)?APPDATA|PROGRAMDATA|PIP_.*)")

_State = Sequence[int] | None


def recall_pip_configuration(environ: Mapping[str, str], memory: Path) -> str:
    """As `read_pip_configuration`, of the settings that we use; starts pip when something changed.

    An answer that holds a password is asked for each time, and never written down.

    Args:
        memory: file that is kept between commands.
    """
    question = _question(environ)
    known = _known(memory, question)
    if known is not None:
        return known
    paths = _FILE.findall(ask_pip("debug", environ))
    now_s, before = time.time(), _states(paths)
    answer = used_lines(read_pip_configuration(environ))
    if before and _settled(before, now_s) and not _CREDENTIALS.search(answer):
        fields = {"question": question, "files": before, "answer": answer}
        with suppress(OSError):  # a home that cannot be written is told elsewhere
            write_text(memory, json.dumps(fields))
    return answer


def _known(memory: Path, question: str) -> str | None:
    """A damaged file counts as none."""
    try:
        fields = json.loads(memory.read_text(encoding="utf-8"))
        files, same = fields["files"], fields["question"] == question
        return str(fields["answer"]) if same and _states(files) == files else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _question(environ: Mapping[str, str]) -> str:
    """Which pip would be asked, and with which variables."""
    pip = importlib.util.find_spec("pip")
    origin = str(pip.origin) if pip else ""
    variables = sorted((name, text) for name, text in environ.items() if _PLACES.fullmatch(name))
    asked = [sys.executable, sys.prefix, origin, _state(origin), variables]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _states(paths: Sequence[str]) -> dict[str, _State]:
    return {path: _state(path) for path in paths}


def _state(path: str) -> _State:
    """None = there is no such file; anything else changes with its contents."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a plain string
    except OSError:
        return None
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]


def _settled(states: Mapping[str, _State], now_s: float) -> bool:
    newest = max((state[-1] for state in states.values() if state), default=0)
    return newest / 1e9 < now_s - _TRUSTED_AFTER_S


def recall_checked(
    values: Mapping[str, object],
    memory: Path,
    check: Callable[[Mapping[str, object]], SettingsFile],
) -> SettingsFile:
    """As `check`, which takes longer to import than all that most commands do.

    Values that hold a password are checked each time, and never written down.

    Args:
        values: nested as in the file.
        memory: file that is kept between commands.
    """
    question = _asked(values)
    known = _known_settings(memory, question) if question else None
    if known is not None:
        return known
    checked = check(values)
    if question and memory.parent.parent.is_dir():
        with suppress(OSError):  # a home that cannot be written is told elsewhere
            write_text(memory, json.dumps({"question": question, "answer": asdict(checked)}))
    return checked


def _asked(values: Mapping[str, object]) -> str | None:
    """The values and the rules they are checked by; None = they are not to be written down."""
    rules = {path.name: _state(str(path)) for path in Path(__file__).parent.glob("*.py")}
    try:
        text = json.dumps([values, rules], sort_keys=True)
    except (TypeError, ValueError):  # TOML's dates, which no key takes
        return None
    return None if _CREDENTIALS.search(text) else hashlib.sha256(text.encode()).hexdigest()


def _known_settings(memory: Path, question: str) -> SettingsFile | None:
    """A damaged file counts as none."""
    try:
        kept = json.loads(memory.read_text(encoding="utf-8"))
        if kept["question"] != question:
            return None
        told = kept["answer"]
        within = {name: kind(**_tuples(told[name])) for name, kind in sections().items()}
        plain = {one.name: told[one.name] for one in fields(SettingsFile)}
        return SettingsFile(**{**plain, **within})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _tuples(told: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
    }
