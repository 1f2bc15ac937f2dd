"""What a failed build's log means: why in one line, and what may help; pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from sandbox.environments.code.names import distribution_of, is_distribution, is_standard
from sandbox.environments.findings import parse_requirement

_LINE = 300  # characters of a line that are told
_TOLD = 20  # lines of a log that are kept

_TOOLS = (
    r"(?:x86_64-linux-gnu-|aarch64-linux-gnu-|/usr/bin/)?"
    r"(?:gcc|g\+\+|cc|c\+\+|gfortran|make|cmake|ninja|swig|pkg-config|clang|ld)(?:-[0-9]+)?"
)
_NO_COMPILER = re.compile(
    rf"unable to execute '?{_TOOLS}'?"
    rf"|command '?{_TOOLS}'? failed:? (?:No such file|Permission denied)"
    rf"|No such file or directory: ?'{_TOOLS}'"
    rf"|\b{_TOOLS}: (?:command )?not found"
    r"|fatal error: Python\.h"
    r"|CMAKE_(?:C|CXX)_COMPILER|Unknown compiler\(s\)"
    r"|[Nn]o acceptable C compiler|(?:cannot|not|[Cc]ould not) (?:find|be found).{0,20}compiler"
    r"|building '[\w.]+' extension|running build_(?:ext|clib)\b|Unsupported compiler"
    r"|CMake must be installed|requires? (?:a )?(?:C|C\+\+) compiler"
)
_NO_MODULE = re.compile(
    r"(?:ModuleNotFound|Import)Error: (?:No module named '?([A-Za-z_][\w.]*)"
    r"|([A-Za-z_]\w*) is not installed)"
    r"|AssertionError: ([A-Za-z_]\w*) (?:is )?(?:needed|required)\b"
)
_NO_DISTRIBUTION = re.compile(
    r"(?:No matching distribution found for |Could not find suitable distribution for "
    r"Requirement\.parse\('|No local packages or (?:working )?download links found for )"
    r"([A-Za-z0-9][\w.\-]*)"
)
_ODD_REQUIREMENTS = (
    r"extras_require' must be|install_requires' must be|InvalidRequirement"
    r"|Expected end or semicolon|RequirementParseError"
)
# what newer tools refuse, and the last ones that did not
_OUTGROWN = (
    (re.compile(r"use_2to3 is invalid"), "setuptools<58"),
    (re.compile(r"cannot import name 'Feature' from 'setuptools'"), "setuptools<46"),
    (re.compile(r"No module named 'pkg_resources'"), "setuptools<81"),
    # of a torch that was compiled beside NumPy 1, and does not ask for it
    (re.compile(r"numpy\.core\.multiarray failed to import"), "numpy<2"),
    (re.compile(r"module 'pypandoc' has no attribute 'convert'"), "pypandoc<1.8"),
    # setuptools refuses such requirements first, and wheel would refuse them next
    (re.compile(rf"wheel[./]vendored[./]packaging|{_ODD_REQUIREMENTS}"), "wheel<0.38"),
    (re.compile(rf"{_ODD_REQUIREMENTS}|InvalidVersion"), "setuptools<66"),
    (re.compile(r"Cython\.Compiler\.Errors|\bCythonizing "), "cython<3"),
)
# a commit holds `.pyx` files alone, where an sdist has what was made of them
_UNTRANSLATED = re.compile(r"fatal error: [\w./+-]+\.(?:c|cpp|cxx): No such file")
# what an old Cython has made of them does not go with a newer Python
_OLD_CYTHON = re.compile(
    r"longintrepr\.h|incomplete type(?:def)? \W?(?:PyFrameObject|struct _frame)\b"
    r"|has no member named \W?(?:tp_print|exc_(?:type|value|traceback)|curexc_type|use_tracing"
    r"|f_lasti|f_code)\b|(?:few|many) arguments to function \W?PyCode_New"
)
_NUMPYS = re.compile(r"fatal error: numpy/[\w./]+: No such file")
# header, library or program that a compiler looks for -> Debian package
_PACKAGES = {
    "Eigen/": "libeigen3-dev",
    "GL/": "libgl1-mesa-dev",
    "GL/glew.h": "libglew-dev",
    "GL/glu.h": "libglu1-mesa-dev",
    "GL/glut.h": "freeglut3-dev",
    "GL/osmesa.h": "libosmesa6-dev",
    "H5public.h": "libhdf5-dev",
    "alsa/": "libasound2-dev",
    "amd": "libsuitesparse-dev",
    "blas": "libopenblas-dev",
    "boost/": "libboost-dev",
    "bzlib.h": "libbz2-dev",
    "cairo": "libcairo2-dev",
    "cblas.h": "libopenblas-dev",
    "cholmod": "libsuitesparse-dev",
    "cmake": "cmake",
    "colamd": "libsuitesparse-dev",
    "curl/": "libcurl4-openssl-dev",
    "ffi.h": "libffi-dev",
    "fftw3.h": "libfftw3-dev",
    "freetype2": "libfreetype-dev",
    "ft2build.h": "libfreetype-dev",
    "geos_c.h": "libgeos-dev",
    "gfortran": "gfortran",
    "git": "git",
    "gmp.h": "libgmp-dev",
    "gobject-introspection-1.0": "libgirepository1.0-dev",
    "graphviz/": "libgraphviz-dev",
    "glib-2.0": "libglib2.0-dev",
    "gsl/": "libgsl-dev",
    "hdf5.h": "libhdf5-dev",
    "jpeglib.h": "libjpeg-dev",
    "lapack": "liblapack-dev",
    "leveldb/": "libleveldb-dev",
    "libpq-fe.h": "libpq-dev",
    "libxml/": "libxml2-dev",
    "libavformat": "libavformat-dev",
    "lmdb.h": "liblmdb-dev",
    "lzma.h": "liblzma-dev",
    "mpi.h": "libopenmpi-dev",
    "mpicc": "libopenmpi-dev",
    "mpicxx": "libopenmpi-dev",
    "mysql.h": "default-libmysqlclient-dev",
    "ninja": "ninja-build",
    "openssl/": "libssl-dev",
    "pcap.h": "libpcap-dev",
    "png.h": "libpng-dev",
    "portaudio.h": "portaudio19-dev",
    "snappy-c.h": "libsnappy-dev",
    "sndfile.h": "libsndfile1-dev",
    "sox.h": "libsox-dev",
    "sql.h": "unixodbc-dev",
    "sqlite3.h": "libsqlite3-dev",
    "umfpack": "libsuitesparse-dev",
    "umfpack.h": "libsuitesparse-dev",
    "xcb/": "libxcb1-dev",
    "yaml.h": "libyaml-dev",
    "zlib.h": "zlib1g-dev",
    "zmq.h": "libzmq3-dev",
}
_SOUGHT = re.compile(
    r"fatal error: ([\w./+-]+): No such file|: cannot find -l([\w+-]+)"
    r"|\b(cmake|git|ninja|gfortran|mpicc|mpicxx)'?(?: failed)?:"
    r" (?:command )?(?:not found|No such file)"
    r"|No such file or directory: ?'(cmake|git|ninja|gfortran|mpicc|mpicxx)'"
    r"|(C)Make must be installed|Could not find (C)Make\b"
    r"|Cannot compile (MPI) programs|no (Fortran) compiler found"
    r"|Dependency \"([\w.+-]+)\" not found|No package '([\w.+-]+)' found"
    r"|Package '?([\w.+-]+)'? was not found in the pkg-config"
)
_FETCHED = re.compile(r"'([\w.<>=!~, -]+)'\]' returned non-zero")
_FULL = re.compile(r"No space left on device|Errno 28", re.IGNORECASE)
_CROWDED = re.compile(r"Resource temporarily unavailable|can't start new thread|[Cc]annot fork")
_SAYS = re.compile(
    r"\b\w*(?:Error|Exception|error|Exit)\b\s*:|^error\b|\bfatal\b|: invalid\b|: cannot find -l"
)
_HOLLOW = re.compile(
    r"subprocess-exited-with-error|metadata-generation-failed|legacy-install-failure"
    r"|Failed (?:building|to build)|Failed cleaning|Command errored out|ld returned"
    r"|failed with exit (?:status|code)|^removing |^running clean|can't clean it"
    r"|subprocess to install|Building wheel for|did not run successfully|Command \"|^note:|^hint:"
    r"|See above for output|Preparing metadata|exited with (?:error )?code|^Running command"
    r"|No available output|^exit code: [0-9]+"
    rf"|Command '\['[^']*{_TOOLS}'.* returned non-zero exit status"
)
_WORDS = re.compile(r"[A-Za-z]{2}")
_LEFT_OUT = re.compile(r"^([\w.]+) is left out: .*$", re.MULTILINE)
_SHELL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


_TRACEBACK = re.compile(r"^Exception information:$", re.MULTILINE)
_PIPS_CODE = re.compile(r"^\s*full command: .*?^\s*cwd: [^\n]*$", re.MULTILINE | re.DOTALL)
_FRAME = " \t|>\N{BOX DRAWINGS LIGHT ARC UP AND RIGHT}\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_FRAME += "\N{BOX DRAWINGS LIGHT VERTICAL}\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Remedy:
    """What may help a build that failed.

    Attributes:
        needs: requirements to build with.
        compiler: it takes a base with a compiler.
        system_packages: Debian packages that the compiler's base should have.
        anew: what Cython made is to be made again.
    """

    needs: tuple[str, ...] = ()
    compiler: bool = False
    system_packages: tuple[str, ...] = ()
    anew: bool = False


def find_remedy(log: str) -> Remedy:
    """Empty = none is known."""
    outgrown = tuple(need for pattern, need in _OUTGROWN if pattern.search(log))
    lost = [next(filter(None, groups)) for groups in _NO_MODULE.findall(log)]
    modules = [name for name in lost if not is_standard(name)]
    sought = [distribution_of(name) for name in modules] + _NO_DISTRIBUTION.findall(log)
    missing = [name for name in sought if is_distribution(str(canonicalize_name(name)))]
    anew = _OLD_CYTHON.search(log) is not None
    if anew or _UNTRANSLATED.search(log):
        missing.append("cython")
    if _NUMPYS.search(log):
        missing.append("numpy")
    missing += filter(None, map(_fetched, log.splitlines()))
    named = {need.partition("<")[0] for need in outgrown}
    needs = (*outgrown, *(name for name in dict.fromkeys(missing) if name not in named))
    packages = _system_packages(log)
    return Remedy(needs, bool(packages or anew or _NO_COMPILER.search(log)), packages, anew)


def _fetched(line: str) -> str | None:
    """What setuptools has pip fetch for the build; None = the line tells of no such thing."""
    found = _FETCHED.search(line) if "'pip'" in line and "'wheel'" in line else None
    try:
        return str(parse_requirement(found[1])) if found else None
    except InvalidRequirement:
        return None


def _system_packages(log: str) -> tuple[str, ...]:
    """Of what was looked for and is not there; the longest known beginning decides."""
    named = {"C": "cmake", "MPI": "mpicc", "Fortran": "gfortran"}
    sought = [next(filter(None, groups)) for groups in _SOUGHT.findall(log)]
    found = []
    for name in (named.get(name, name) for name in sought):
        folder = name.rpartition("/")[0]
        beginnings = (name, f"{folder}/", f"{name.partition('/')[0]}/")
        found += [_PACKAGES[one] for one in beginnings if one in _PACKAGES][:1]
    return tuple(dict.fromkeys(found))


def reason(log: str, *, timed_out: bool, out_of_memory: bool, timeout_s: float) -> str:
    """One line: the kind of failure, or the last words of the build that say something."""
    if _FULL.search(log):
        return "its build fills the disk"
    if _CROWDED.search(log):
        return "its build starts too many processes"
    if timed_out:
        return f"its build took too long: ended after {timeout_s:g} s"
    if out_of_memory:
        return "its build needs too much memory"
    fetched = _fetched(_telling(readable_lines(log))[-1])
    if fetched:
        return f"its build wants to fetch {fetched} while it runs, and has no network"
    return f"its build failed: {last_words(log)}"


def left_out(log: str) -> dict[str, str]:
    """What `inside/sparing.py` has left out, by its last name, and the log of that up to there."""
    found: dict[str, str] = {}
    begun = 0
    for one in _LEFT_OUT.finditer(log):
        name = one[1].rpartition(".")[2]
        found[name] = found.get(name, "") + log[begun : one.start()]
        begun = one.end()
    return found


def last_words(log: str) -> str:
    """The last line that names an error, else the last one that is not the tools' own.

    Of an error that says what it is on lines of its own (`Exception:`) the first that has words.
    """
    lines = readable_lines(log)
    told = _telling(lines)
    if told[-1].endswith(":"):
        following = (line for line in lines[len(told) :] if _WORDS.search(line))
        told = [*told, " ".join((told[-1], next(following, ""))).strip()]
    return told[-1][:_LINE]


def tail(log: str) -> tuple[str, ...]:
    """The last lines as they may be shown, up to the one that says most."""
    return tuple(line[:_LINE] for line in _telling(readable_lines(log))[-_TOLD:])


def _telling(lines: Sequence[str]) -> Sequence[str]:
    """All up to the last line that names an error: what follows is the tools' cleaning up."""
    own = [number for number, line in enumerate(lines) if not _HOLLOW.search(line)]
    saying = [number for number in own if _SAYS.search(lines[number])]
    last = (saying or own or [-1])[-1]
    return lines[: last + 1] or ["it said nothing"]


def readable_lines(log: str) -> Sequence[str]:
    """Lines with something in them, without what steers a terminal, pip's frames and traceback."""
    log = _PIPS_CODE.sub("", _TRACEBACK.split(log, maxsplit=1)[0])
    lines = (_SHELL.sub("", line).strip(_FRAME) for line in log.splitlines())
    return [line for line in lines if line]
