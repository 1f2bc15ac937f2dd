"""The promised figures of `sandbox find`, on repositories that are stored below a folder.

Ranking: a person's choices (choices.toml) against our order of everything stored. Cost: the same
repositories served on loopback as GitHub serves them, asked by the command as a user types it, with
a token and without one, with nothing known and with everything known; beside it, in the same
minute, a Typer command that prints its argument, and the import of PyGithub. No time is a promise
on another machine; the calls are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.recipes import bundled_folder

from .judged import FIRST, Judgement, judge
from .site import GITHUBS_SCHEMA, Repository, Site, serve_site
from .stored import stored_repositories
from .story import measure

NODE = Path(__file__).parents[2] / "tests" / "node" / "node_modules"
WORDS = ("language model from scratch", "reinforcement learning", "image classification")
TOKEN, ROUNDS = "token-of-the-benchmark", 7
_HELLO = "import typer\napp = typer.Typer()\n@app.command()\ndef f(a: str): print(a)\napp()"


@dataclass(frozen=True)
class Asked:
    """One question: calls of the first time, its seconds, and the median of later ones."""

    words: str
    how: str
    results: int
    calls: int
    cold_s: float
    warm_s: float
    warm_calls: int


def main() -> int:
    """Print the tables; 1 where a promised share or number of calls is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories, bare or not, are below")
    given = parser.parse_args()
    stored = list(stored_repositories(given.folder))
    judged = judge(stored, [bundled_folder("recipes")])
    _print_judged(judged, len(stored))
    asked = _ask_all(stored) if NODE.is_dir() else []
    _print_asked(asked)
    _print_story(measure(NODE) if NODE.is_dir() else [])
    share = sum(one.is_hit for one in judged) / max(len(judged), 1)
    return int(share < 0.8 or any(one.calls > 12 for one in asked))


def _print_judged(judged: Sequence[Judgement], stored: int) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d}"
    hits = [one for one in judged if one.is_hit]
    print(f"# sandbox find, {now}, {platform.machine()}, {os.cpu_count()} processors\n")
    print("| problem | a person's choice | place | our first |\n|---|---|--:|---|")
    for one in judged:
        print(f"| {one.problem} | {one.choices[0]} | {one.place} | {one.first[0]} |")
    share = 100 * len(hits) / max(len(judged), 1)
    print(f"\n{len(hits)} of {len(judged)} choices ({share:.0f} %) are among the first {FIRST}"
          f" of {stored} repositories")  # fmt: skip


def _print_story(steps: Sequence[tuple[str, int, float]]) -> None:
    if steps:
        print("\n| step of the whole way | calls | s |\n|---|--:|--:|")
        for name, calls, seconds in steps:
            print(f"| {name} | {calls} | {seconds:.2f} |")
        whole = sum(seconds for *_, seconds in steps)
        print(f"| together | {sum(calls for _, calls, _ in steps)} | {whole:.2f} |")


def _ask_all(stored: Sequence[Repository]) -> list[Asked]:
    with serve_site(stored, schema=NODE / GITHUBS_SCHEMA, tokens={TOKEN: "me"}) as site:
        return [_ask(site, words, token) for words in WORDS for token in (TOKEN, None)]


def _ask(site: Site, words: str, token: str | None) -> Asked:
    for resource in ("core", "search"):
        site.limits.leave(resource, 60, reset_s=3600)
    with tempfile.TemporaryDirectory() as home:
        environ = {name: value for name, value in os.environ.items() if "TOKEN" not in name}
        environ |= {"SANDBOX_HOME": home, "SANDBOX_GITHUB_BASE_URL": site.base_url}
        environ |= {"GITHUB_TOKEN": token} if token else {}
        cold_s, cold = _find(words, environ)
        warm = [_find(words, environ) for _ in range(ROUNDS)]
        return Asked(
            words,
            "with a token" if token else "anonymous",
            len(cold["results"]),
            cold["api_calls"],
            cold_s,
            statistics.median(one for one, _ in warm),
            max(one["api_calls"] for _, one in warm),
        )


def _find(words: str, environ: dict[str, str]) -> tuple[float, dict[str, Any]]:
    command = [str(Path(sys.executable).with_name("sandbox")), "find", words, "--json"]
    seconds, out = _timed(command, environ)
    return seconds, json.loads(out)


def _timed(command: Sequence[str], environ: dict[str, str]) -> tuple[float, str]:
    begun = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return time.perf_counter() - begun, done.stdout


def _print_asked(asked: Sequence[Asked]) -> None:
    if not asked:
        print("\nno GitHub to ask: its schema is installed by `make test`")
        return
    print("\n| asked | how | results | calls | cold s | warm s | warm calls |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for one in asked:
        print(f"| {one.words} | {one.how} | {one.results} | {one.calls} | {one.cold_s:.2f}"
              f" | {one.warm_s:.2f} | {one.warm_calls} |")  # fmt: skip
    environ = dict(os.environ)
    hello = [_timed([sys.executable, "-c", _HELLO, "x"], environ)[0] for _ in range(ROUNDS)]
    pygithub = [_timed([sys.executable, "-c", "import github"], environ)[0] for _ in range(ROUNDS)]
    print(f"\nbeside it: a Typer command that prints its argument {statistics.median(hello):.2f} s,"
          f" the import of PyGithub {statistics.median(pygithub):.2f} s")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
