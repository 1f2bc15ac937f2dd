"""`python -m benchmarks.corpus DIR`: try every repository below DIR, and tell what works.

What is finished is kept in a file and not tried again, so that it can be stopped at any time. The
table goes into the docs, too, unless only some repositories were asked for.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

from . import records, tables
from .records import Record
from .repositories import Repository, find_repositories
from .room import NoRoomError, Room, free_bytes
from .trying import SANDBOX, Trial, try_repository

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "environments.md"
MARKS = re.compile(r"(?<=<!-- corpus -->\n).*?(?=\n<!-- /corpus -->)", re.DOTALL)


def main() -> int:
    """Print the table; 1 where a promise is not kept."""
    options = _options()
    repositories = find_repositories(options.folder.resolve())
    patterns = options.only.lower().split(",")
    chosen = [one for one in repositories if any(fnmatch(one.name.lower(), p) for p in patterns)]
    options.state.mkdir(parents=True, exist_ok=True)
    path = options.state / "finished.json"
    trial = Trial(
        options.state.resolve() / "home", options.limit, code=_code(), again=bool(options.again)
    )
    room = Room(int(options.keep * 1e9), lambda: free_bytes(options.state), lambda: _free(trial))
    _try_all(chosen, trial, path, room, again=options.again, jobs=options.jobs)
    names = {one.name for one in repositories}
    found = [one for one in records.load(path).values() if one.name in names]
    print(tables.text_table(found), tables.text_shares(found), sep="\n\n")
    if options.only == "*" and found:
        _write_docs(tables.markdown(found, _about()))
    return 0 if all(one.percent >= one.promised for one in tables.shares(found)) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make corpus", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="has git folders below")
    parser.add_argument(
        "--only",
        default="*",
        metavar="PATTERN",
        help="owner/name with wildcards, several with commas",
    )
    parser.add_argument("--jobs", type=int, default=1, help="repositories at a time")
    parser.add_argument("--limit", type=float, default=900.0, metavar="S", help="for each, seconds")
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "corpus", metavar="FOLDER")
    parser.add_argument("--again", default="", metavar="STATUS", help="try again: failed, or all")
    parser.add_argument(
        "--keep",
        type=float,
        default=0.0,
        metavar="GB",
        help="where less is free, what earlier ones built is removed before the next",
    )
    return parser.parse_args()


def _try_all(
    chosen: Sequence[Repository],
    trial: Trial,
    path: Path,
    room: Room,
    *,
    again: str,
    jobs: int,
) -> None:
    done = records.load(path)
    left = [one for one in chosen if _is_due(done.get(one.name), again)]

    def attempt(one: Repository) -> Record:
        with room.one():
            return try_repository(one, trial)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            trials = [pool.submit(attempt, one) for one in left]
            for number, ended in enumerate(as_completed(trials), start=1):
                found = ended.result()
                done[found.name] = found
                records.save(path, done)
                _say(f"{number}/{len(left)} {found.name}: {found.status} {found.cause}")
        except NoRoomError as error:
            keep_the_rest(pool, trials, path, done)
            raise SystemExit(f"stopped: {error}") from error
        except BaseException:
            keep_the_rest(pool, trials, path, done)
            raise
    if any(one.status == "time" for one in done.values()):
        _sweep_up(trial)


def keep_the_rest(
    pool: ThreadPoolExecutor, trials: Sequence[Future[Record]], path: Path, done: dict[str, Record]
) -> None:
    """Begins no more; what was under way is waited for and kept, too."""
    pool.shutdown(wait=True, cancel_futures=True)
    ended = [one for one in trials if not one.cancelled() and one.exception() is None]
    done.update({one.result().name: one.result() for one in ended})
    records.save(path, done)


def _is_due(record: Record | None, again: str) -> bool:
    if record is None or again == "all":
        return True
    return again == "failed" and record.status not in {"works", "elsewhere"}


def _sweep_up(trial: Trial) -> None:
    """What a command that had to be killed left behind."""
    _clean(trial)


def _free(trial: Trial) -> None:
    """What no other home uses; it is built again when it is needed."""
    _say("room is short: what was built so far is removed")
    _clean(trial, "--older-than", "1m", "--yes")


def _clean(trial: Trial, *words: str) -> None:
    environ = {**os.environ, "SANDBOX_HOME": str(trial.home)}
    subprocess.run([SANDBOX, "clean", *words], env=environ, check=False, capture_output=True)


def _code() -> str:
    """The commit that is tried; with `+` where files differ from it."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(git, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def _about() -> str:
    """When, where and with what, in one line."""
    docker = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        check=False,
        capture_output=True,
        text=True,
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = (
        datetime.now(UTC).date().isoformat(),
        f"{platform.freedesktop_os_release()['PRETTY_NAME']}",
        f"{os.cpu_count()} processors",
        f"{memory:.0f} GiB",
        f"uv {version('uv')}",
        f"Docker {docker or 'not there'}",
    )
    return ", ".join(parts) + "."


def _write_docs(text: str) -> None:
    page = DOCS.read_text(encoding="utf-8")
    DOCS.write_text(MARKS.sub(lambda _: text, page), encoding="utf-8")
    _say(f"written: {DOCS.relative_to(ROOT)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
