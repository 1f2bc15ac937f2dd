"""Builds an sdist where its code can harm nobody: no network, no writable Store, no secret."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sandbox.environments.programs import program
from sandbox.interfaces import Step, StepResult, Workbench

_PIECE = 2**20
_NAME_BYTES = 1000
_EARLIEST = 315_532_800  # 1980: a zip file knows nothing before
_FALLBACK = 1_577_836_800  # 2020, where nothing dates the sdist
_COMPILER_BYTES = 3 * 2**29  # of memory, what one of them is reckoned with
_FORTRAN = "-O2 -fallow-argument-mismatch"  # gfortran 10 refuses what all before it took

_NO_VERSION = "0.0.0"  # of a tree that is no release


def with_headers(folders: str) -> str:
    """Lines of a shell that let compilers look into the folders that are there, besides."""
    return f"""
for folder in {folders}; do
    [ ! -d "$folder" ] || export CPATH="${{CPATH:+$CPATH:}}$folder"
done
"""


# $1 is the interpreter; many a `setup.py` knows only where its author had them
_HEADERS = with_headers(
    '"${1%/bin/*}"/lib/python*/site-packages/numpy/*core/include /usr/include/eigen3'
    " /usr/include/freetype2 /usr/include/libxml2 /usr/include/suitesparse"
)

_JOBS = ("CMAKE_BUILD_PARALLEL_LEVEL", "MAX_JOBS", "NPY_NUM_BUILD_JOBS")

# $1 the build environment's interpreter, $2 the sdist's file name, $3 the folder in it as the
# fragment of an address; the sdist comes in. The wheel's file name, a line's end, and the wheel go
# out, and nothing else: talk goes to the error stream.
_SCRIPT = f"""
set -eu
exec 3>&1 1>&2
{_HEADERS}
work=$(mktemp -d)
mkdir "$work/in" "$work/out" "$work/tmp" "$work/home"
cat > "$work/in/$2"
export HOME=$work/home TMPDIR=$work/tmp
[ -z "${{CYTHON_FORCE_REGEN-}}" ] || printf '[build_ext]\\nforce = 1\\n' > "$HOME/.pydistutils.cfg"
cd "$work"
"$1" -I -m pip wheel --no-deps --no-index --no-build-isolation --no-cache-dir --no-input \\
    --disable-pip-version-check --no-color --progress-bar off -v --wheel-dir out "file://$work/in/$2$3" \\
    3>&- < /dev/null
set -- out/*
[ $# -eq 1 ] && [ -f "$1" ] && [ ! -h "$1" ] || {{ echo "error: not exactly one wheel came out"; exit 3; }}
printf '%s\\n' "${{1##*/}}" >&3
cat "$1" >&3
"""  # noqa: E501 - a line of the shell

# $1 the build environment's interpreter, $2 the folder of the tree to start in, $3 its `setup.py`,
# $4 a program to run it with or nothing, the rest folders in which modules are looked for; the tree
# comes in as a tar file. New files go out as another one.
_IN_PLACE = f"""
set -eu
exec 3>&1 1>&2
{_HEADERS}
python=$1
work=$(mktemp -d)
mkdir "$work/tree" "$work/tmp" "$work/home"
tar -x -C "$work/tree"
export HOME=$work/home TMPDIR=$work/tmp
cd "$work/tree/$2"
setup=$work/tree/$3
program=$4
shift 4
for folder; do mkdir -p "$work/tree/$folder"; done
(cd "$work/tree" && find . -type f -print0 | sort -z) > "$work/before"
"$python" ${{program:+-c "$program"}} "$setup" build_ext --inplace 3>&- < /dev/null
rm -rf build dist
cd "$work/tree"
find . -type f \\( -name '*.so' -o -name '*.py' \\) -print0 | sort -z > "$work/after"
comm -z -13 "$work/before" "$work/after" | tar -c --format=gnu --null --no-recursion -T - >&3
"""


@dataclass(frozen=True)
class BuildLimits:
    """What a build may use; `scratch_bytes` and `memory_bytes` grow with the sdist.

    Attributes:
        wheel_bytes: how large a wheel may be.
    """

    timeout_s: float = 1800.0  # detectron2 takes ten minutes of two processors
    memory_bytes: int = 4 * 2**30
    scratch_bytes: int = 2 * 2**30
    wheel_bytes: int = 2**30


@dataclass(frozen=True)
class Cell:
    """One place to build in.

    Attributes:
        base: image's id.
        python: interpreter of the build environment in the Store, as seen inside.
        anew: files that Cython is to make are made even where they are there, and not older.
    """

    workbench: Workbench
    base: str
    python: str
    limits: BuildLimits
    anew: bool = False

    def build(
        self, sdist: Path, *, made_at: str | None, into: Path, version: str = "", folder: str = ""
    ) -> tuple[StepResult, str]:
        """Run the build; the wheel's bytes go to the file `into`.

        Args:
            made_at: ISO 8601; the time that files in the wheel bear.
            version: for tools that would ask git for it; empty = the sdist says it.
            folder: of the sdist, in which the package lies; empty = the top.

        Returns:
            How the step ended, and the file name that the wheel gives itself: not to be trusted.

        Raises:
            TooLargeError: the wheel is.
        """
        fragment = f"#subdirectory={folder}" if folder else ""
        command = ("sh", "-c", _SCRIPT, "sandbox", self.python, sdist.name, fragment)
        variables = self._environment(made_at) | _versions(version)
        with into.open("wb") as stream:
            arriving = _Arriving(stream, self.limits.wheel_bytes)
            done = self._run(command, sdist, variables, arriving.take)
        return done, arriving.name.decode(errors="replace")

    def build_in_place(  # noqa: PLR0913 - each is a thing of its own, and all are keywords
        self,
        tree: Path,
        *,
        setup: str,
        start: str,
        expected: Sequence[str],
        made_at: str | None,
        into: Path,
        sparing: bool = False,
    ) -> StepResult:
        """Have a repository's `setup.py` make what belongs into its own folders.

        Args:
            tree: the repository's files, a tar file.
            setup: path of its `setup.py`, from the root; `start`: the folder to run it in.
            expected: folders in which there is to be something.
            made_at: ISO 8601; the time that the build takes for now.
            into: new modules as a tar file, not to be trusted.
            sparing: an extension that cannot be made takes no other with it.

        Raises:
            TooLargeError: they are.
        """
        how = program(__package__, "sparing") if sparing else ""
        asked = (self.python, start or ".", setup, how, *expected)
        command = ("sh", "-c", _IN_PLACE, "sandbox", *asked)
        variables = self._environment(made_at) | _versions(_NO_VERSION)
        with into.open("wb") as stream:
            arriving = _Arriving(stream, self.limits.wheel_bytes, is_named=False)
            return self._run(command, tree, variables, arriving.take, unpacked=2)

    def _run(
        self,
        command: tuple[str, ...],
        source: Path,
        variables: dict[str, str],
        take: Callable[[bytes], None],
        *,
        unpacked: int = 8,
    ) -> StepResult:
        """`unpacked`: how many times its size the source grows to, and what is made of it."""
        grown = unpacked * source.stat().st_size
        step = Step(
            self.base,
            command,
            stdin=_pieces(source),
            environment=variables,
            timeout_s=self.limits.timeout_s,
            memory_bytes=self.limits.memory_bytes + grown,
            scratch_bytes=self.limits.scratch_bytes + grown,
            on_data=take,
        )
        return self.workbench.run(step)

    def _environment(self, made_at: str | None) -> dict[str, str]:
        moment = datetime.fromisoformat(made_at).astimezone(UTC).timestamp() if made_at else None
        epoch = max(int(moment), _EARLIEST) if moment is not None else _FALLBACK
        own = self.python.rpartition("/")[0]
        jobs = max(1, min(os.cpu_count() or 1, self.limits.memory_bytes // _COMPILER_BYTES))
        return {
            **dict.fromkeys(_JOBS, str(jobs)),
            **({"CYTHON_FORCE_REGEN": "1"} if self.anew else {}),
            "FOPT": _FORTRAN,
            "MAKEFLAGS": f"-j{jobs}",
            "PATH": f"{own}:/usr/local/bin:/usr/bin:/bin",
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",  # for setuptools, which has pip fetch what `setup_requires` names
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(epoch),
            "TORCH_CUDA_ARCH_LIST": "7.0",  # or apex asks a CUDA that is not here for its version
        }


def _versions(version: str) -> dict[str, str]:
    """A commit comes without its history, of which setuptools-scm, hatch-vcs, … make one."""
    names = (
        *("SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS"),
        "PDM_BUILD_SCM_VERSION",
    )
    return dict.fromkeys(names, version) if version else {}


class TooLargeError(Exception):
    """More came out than a wheel may have."""


class _Arriving:
    """Takes a name, a line's end, and a file, in pieces as they come; or the file alone."""

    def __init__(self, stream: IO[bytes], limit: int, *, is_named: bool = True) -> None:
        self.name = b""
        self._named = not is_named
        self._stream, self._left = stream, limit

    def take(self, data: bytes) -> None:
        if not self._named:
            head, end, data = data.partition(b"\n")
            self.name = (self.name + head)[:_NAME_BYTES]
            self._named = bool(end)
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError
        self._stream.write(data)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
