"""Where the token comes from: a variable, else what GitHub's own `gh` is logged in with."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.errors import InputError

_GH_S = 10.0
_TOKEN = re.compile(r"[A-Za-z0-9_.=+/-]{8,512}")


@dataclass(frozen=True)
class Token:
    """What GitHub is shown; never printed, never written down.

    Attributes:
        origin: for people: `variable GITHUB_TOKEN`, `gh's login`.
    """

    text: str = field(repr=False)
    origin: str = "given"


def find_token(environ: Mapping[str, str], variable: str, host: str) -> Token | None:
    """The token for a host: of the variable, of `GH_TOKEN`, or of `gh auth token`; None = none.

    A `gh` that is missing, not logged in or slow is no login.

    Raises:
        InputError: the variable holds what cannot be a token.
    """
    for name in dict.fromkeys((variable, "GH_TOKEN")):
        text = environ.get(name, "").strip()
        if text and not _TOKEN.fullmatch(text):
            raise InputError(f"variable {name} holds no token", hint=f"see: unset {name}")
        if text:
            return Token(text, f"variable {name}")
    return _of_gh(environ, host)


def _of_gh(environ: Mapping[str, str], host: str) -> Token | None:
    gh = shutil.which("gh", path=environ.get("PATH"))
    if gh is None:
        return None
    command = [gh, "auth", "token", "--hostname", host]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_GH_S, env=dict(environ), check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    text = done.stdout.strip()
    return Token(text, "gh's login") if not done.returncode and _TOKEN.fullmatch(text) else None
