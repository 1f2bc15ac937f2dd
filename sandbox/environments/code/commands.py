"""Shell lines, wherever people write them: what they install with pip, conda and apt."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_LONG = 4000  # characters of a line that are looked at
_PROMPT = re.compile(r"^\s*(?:[!$>%#]\s*|RUN\s+|-\s+(?:run:|\|)?\s*|run:\s*\|?\s*)*(.*)$")
_SHORT_R = re.compile(r"-[qvUI]+r$")  # `-qr requirements.txt`
_PIP = re.compile(r"(?:uv\s+)?pip[0-9.]*$")
_WITH_VALUE = {
    *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target"),
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--prefix"),
    *("--trusted-host", "--timeout", "--default-timeout", "--retries", "--cache-dir", "--proxy"),
    *("--platform", "--python-version", "--abi", "--python", "-p", "--progress-bar"),
}
_ABOUT_INSTALLING = {
    *(
        "-q",
        "-qq",
        "-qqq",
        "--quiet",
        "-U",
        "-Uq",
        "-Uqq",
        "-qU",
        "-qqU",
        "-Iv",
        "-I",
        "-v",
        "--upgrade",
    ),
    *("--user", "--no-cache-dir", "--no-cache", "--force-reinstall", "--ignore-installed"),
    *("--no-deps", "--pre", "--system", "--no-build-isolation", "--disable-pip-version-check"),
    *("--break-system-packages", "--no-warn-script-location", "--no-input", "-y", "--yes"),
    *("--root-user-action=ignore", "--no-index", "--verbose", "--exists-action=i"),
}
# `# apt install required packages` says what the next line does
_PROSE = {
    *("all", "dependencies", "following", "libraries", "necessary", "needed", "package"),
    *("packages", "prerequisites", "required", "requirements", "some", "the", "these"),
}
_TOOLS = {"pip", "setuptools", "wheel", "uv", "pip-tools", "virtualenv", "pipenv", "poetry"}


@dataclass(frozen=True)
class Command:
    """One command that installs something.

    Attributes:
        tool: `pip`, `conda` or `apt`.
        words: what is installed; for pip also options that say where from.
        python: `X.Y` that conda is told to install; None = not said.
    """

    tool: str
    words: tuple[str, ...]
    python: str | None = None


def find_commands(text: str) -> Iterator[Command]:
    """Commands of any shell-like text; lines that are none give nothing."""
    joined = re.sub(r"\\\s*\r?\n", " ", text)
    for line in joined.splitlines():
        if "install" in line or "create" in line:
            for part in re.split(r"&&|\|\||[;|`]", line[:_LONG]):
                command = read_command(part)
                if command is not None:
                    yield command


def read_command(part: str) -> Command | None:
    """One command without its neighbours."""
    match = _PROMPT.match(part)
    words = _split(match[1] if match else "")
    while words and (words[0] in {"sudo", "-H", "-E", "time", "then", "do"} or "=" in words[0]):
        words = words[1:]
    for skip, tool, verbs in _forms(words):
        rest = words[skip:]
        if verbs & set(rest[:3]):
            at = min(rest.index(verb) for verb in verbs & set(rest))
            options = [word for word in rest[:at] if word.startswith("-")]
            return _command(tool, [*options, *rest[at + 1 :]])
    return None


def _forms(words: list[str]) -> Iterator[tuple[int, str, set[str]]]:
    """How many words name the tool, and which verbs of it install."""
    name = words[0].rpartition("/")[2] if words else ""
    if _PIP.match(name):
        yield 1, "pip", {"install"}
    elif re.fullmatch(r"python[0-9.]*|py", name) and words[1:3] == ["-m", "pip"]:
        yield 3, "pip", {"install"}
    elif name == "uv" and words[1:2] == ["pip"]:
        yield 2, "pip", {"install"}
    elif name in {"conda", "mamba", "micromamba"}:
        yield 1, "conda", {"install", "create"}
    elif name in {"apt", "apt-get", "aptitude"}:
        yield 1, "apt", {"install"}


def _command(tool: str, words: list[str]) -> Command:
    if tool == "pip":
        return Command(tool, tuple(_pip_words(words)))
    plain = [word for word in _without_options(words) if word]
    if tool == "apt":
        return Command(tool, () if _PROSE.intersection(plain) else tuple(plain))
    pythons = [m[1] for word in plain if (m := re.match(r"python==?(3\.[0-9]+)", word))]
    named = tuple(word for word in plain if not word.startswith("python="))
    return Command(tool, named, pythons[0] if pythons else None)


def _pip_words(words: list[str]) -> Iterator[str]:
    """Requirements, and options with their values, for the reader to tell."""
    left = words[::-1]
    while left:
        word = _SHORT_R.sub("-r", left.pop())
        if word in _WITH_VALUE and left:
            yield f"{word} {left.pop()}"
        elif word and word not in _ABOUT_INSTALLING and word.lower() not in _TOOLS:
            yield word


def _without_options(words: list[str]) -> Iterator[str]:
    left = words[::-1]
    while left:
        word = left.pop()
        if word in {
            "-n",
            "--name",
            "-c",
            "--channel",
            "-p",
            "--prefix",
            "-f",
            "--file",
            "-t",
            "-o",
        }:
            left = left[:-1]
        elif not word.startswith("-"):
            yield word


def _split(text: str) -> list[str]:
    """Words as a shell would have them, redirections and comments gone."""
    text = re.split(r"\s[0-9]?>|<\s", text)[0]
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []
