"""From a repository's files and README to what matters to someone who wants to change it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from sandbox.github.cards import Facts, Listing

LARGE_BYTES = 200_000
"""A text of this size is data."""

_MANIFESTS = re.compile(
    r"(requirements[\w.-]*\.txt|pyproject\.toml|environment[\w.-]*\.ya?ml|Pipfile(\.lock)?|"
    r"setup\.(py|cfg)|poetry\.lock|uv\.lock|conda[\w.-]*\.ya?ml)"
)
_LOCKS = ("Pipfile.lock", "poetry.lock", "uv.lock")
_SCRIPT = re.compile(
    r"(train|main|run|demo|fit|finetune|fine_tune|pretrain|sample|generate|play|solve|experiment)"
    r"([_-]\w+|\d*|er|ing|s)?|\w+[_-](train|main|run|demo|example|experiments?)|examples?([_-]\w+)?"
)
_PARTS = frozenset((
    "agent", "agents", "common", "config", "configs", "constants", "data", "data_loader",
    "dataloader", "dataset", "datasets", "env", "environment", "eval", "evaluate", "helper",
    "helpers", "layers", "logger", "loss", "losses", "metrics", "model", "models", "module",
    "modules", "network", "networks", "options", "params", "plot", "prepare", "preprocess",
    "preprocessing", "settings", "util", "utils", "version",
))  # fmt: skip
"""Names of files that others import."""
_HELPERS = ("utils", "test", "tests", "docs", "setup", "build", ".github", "third_party")
_DATA = (".csv", ".tsv", ".npz", ".npy", ".h5", ".hdf5", ".parquet", ".arff", ".mat", ".pkl",
         ".jsonl", ".xlsx", ".zip", ".gz", ".wav", ".mid", ".data", ".feather")  # fmt: skip
_NO_DATA = re.compile(r"package-lock|model|weight|checkpoint|vocab|tsconfig|\.ckpt")
_PLACES = ("data", "dataset", "datasets", "input", "inputs", "corpus")
_IN_PLACES = (".txt", ".json", ".jpg", ".jpeg", ".png", ".xml")
_LICENSES = re.compile(r"(LICEN[SC]E|COPYING)([.-].*)?", re.IGNORECASE)
_TESTS = re.compile(r"(^|/)(tests?/|test_\w+\.py$|\w+_test\.py$)")

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s?(GB|GiB|TB|TiB)\b", re.IGNORECASE)
_OF_DATA = re.compile(
    r"data ?set|\bdata\b|download|disk|corpus|images|archive|unzip", re.IGNORECASE
)
_OF_MEMORY = re.compile(r"\bV?RAM\b|memory|\bshm|GPU|GB/s|checkpoint", re.IGNORECASE)
_DOWNLOADS = re.compile(
    r"download(s|ed)? (automatically|for you|on (the )?first)|automatically download|"
    r"(torchvision|tensorflow|keras|sklearn|tf\.keras)\.datasets|fetch_\w+\(|load_dataset\(|"
    r"download\w*\.(sh|py)|wget |curl -|gdown",
    re.IGNORECASE,
)
_GPU = re.compile(
    r"\b(requires?|needs?|must have|only (runs|works) (on|with))\b.{0,40}\b(GPUs?|CUDA)\b|"
    r"\b\d+ ?[x\u00d7]? ?(?:\w+ )?(A100|V100|H100|P100|GPUs)\b|nvidia-docker|"
    r"prerequisites?.{0,200}\bNVIDIA GPU|torch\.distributed\.launch|torchrun .{0,40}nproc",
    re.IGNORECASE,
)
_NO_GPU = re.compile(
    r"\b(not|no|neither|nor|without|don't|doesn't|optional(ly)?|helps?|if you have)\b",
    re.IGNORECASE,
)
_ON_CPU = re.compile(
    r"\b(runs?|works?|trains?|on|with|use|using|for)\b.{0,30}"
    r"\b(CPU|laptop|macbook|apple silicon)\b|"
    r"(device|accelerator)[= ]+cpu",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_FIGURE = re.compile(
    r"!\[[^\]]*\]\((?!\S*(?:badge|shields\.io|travis|codecov|colab))[^)]+\)|"
    r"<img(?![^>]*(?:badge|shields\.io|colab))[^>]+>",
    re.IGNORECASE,
)
_RETIRED = re.compile(
    r"\b(repo(sitory)?|project|package|code|library)\b[^.\n]{0,40}\b(no longer|not)\b"
    r"[^.\n]{0,20}\b(maintained|developed|supported|updated)\b|\bunmaintained\b|"
    r"\b(this|the) (repo|repository|project|package) (is|has been|was) (now )?(deprecated|archived|"
    r"moved|merged)|\b(repo|repository|project) has moved",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\bawesome\b|curated list|list of (awesome|resources|papers|links)|reading list|paper list",
    re.IGNORECASE,
)
_LINK = re.compile(r"\]\(https?://|^\s*[-*] .*https?://", re.MULTILINE)
_HEAD = 3000
_BYTES = {"g": 10**9, "t": 10**12}


def facts_of(listing: Listing, *, description: str = "", has_license: bool = False) -> Facts:
    """What a listing tells.

    Args:
        description: the repository's own line; it may say `awesome list`.
        has_license: GitHub knows one.
    """
    paths = [one.path for one in listing.files]
    python = [path for path in paths if path.endswith(".py")]
    notebooks = [path for path in paths if path.endswith(".ipynb") and "checkpoint" not in path]
    data = sorted((one for one in listing.files if _is_data(one.path, one.size_bytes)),
                  key=lambda one: -one.size_bytes)  # fmt: skip
    readme = listing.readme
    code = len(python) + len(notebooks)
    return Facts(
        notebooks=tuple(sorted(notebooks, key=_depth)),
        scripts=tuple(sorted(filter(_is_script, python), key=_as_entry)),
        sources=tuple(sorted(filter(_is_source, (*notebooks, *python)), key=_depth)),
        manifests=tuple(sorted(filter(_is_manifest, paths), key=_depth)),
        is_pinned=_is_pinned(paths, listing.requirements),
        data=tuple(one.path for one in data),
        data_bytes=sum(one.size_bytes for one in data),
        needs_bytes=_needed_bytes(readme or ""),
        downloads=bool(_DOWNLOADS.search(readme or "")) or any(map(_is_download, paths)),
        needs_gpu=None if readme is None else _needs_gpu(readme),
        has_figures=bool(_FIGURE.search(readme or "")),
        has_tests=any(_TESTS.search(path) for path in paths),
        has_license=has_license or any(_LICENSES.fullmatch(path) for path in paths),
        python_files=len(python),
        files=len(paths),
        is_retired=bool(_RETIRED.search((readme or "")[:_HEAD])),
        is_whole=listing.is_whole,
        is_list=_is_list(f"{description}\n{(readme or '')}", code),
    )


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _is_manifest(path: str) -> bool:
    return path.count("/") <= 1 and bool(_MANIFESTS.fullmatch(PurePosixPath(path).name))


def _is_script(path: str) -> bool:
    """Named as something to run; or alone in the root, and not named as something to import."""
    parts = PurePosixPath(path).parts
    name = PurePosixPath(path).stem.lower()
    if len(parts) > 4 or not _is_source(path):
        return False
    return bool(_SCRIPT.fullmatch(name)) or (len(parts) == 1 and name not in _PARTS)


def _as_entry(path: str) -> tuple[bool, bool, int, str]:
    """What trains comes first, then what lies high."""
    name = PurePosixPath(path).stem.lower()
    return (
        not name.startswith(("train", "main")),
        not _SCRIPT.fullmatch(name),
        path.count("/"),
        path,
    )


def _is_source(path: str) -> bool:
    """Not a file of tests, documentation, helpers or other people."""
    *folders, name = PurePosixPath(path).parts
    is_helper = name.startswith(("test_", "setup.", "__", "conftest.")) or name == "test.py"
    return not is_helper and not any(part.lower() in _HELPERS for part in folders)


def _is_data(path: str, size_bytes: int) -> bool:
    pure = PurePosixPath(path.lower())
    if any(part in _HELPERS for part in pure.parts[:-1]) or _NO_DATA.search(pure.name):
        return False
    if pure.suffix in _DATA:
        return True
    in_place = any(part in _PLACES for part in pure.parts[:-1])
    return (in_place and pure.suffix in _IN_PLACES) or (
        pure.suffix in {".txt", ".json"} and size_bytes >= LARGE_BYTES
    )


def _is_download(path: str) -> bool:
    name = PurePosixPath(path.lower()).name
    return bool(re.match(r"(download|get|fetch|prepare)(_\w*data\w*)?\.(sh|py)$", name))


def _is_pinned(paths: Iterable[str], requirements: str | None) -> bool | None:
    if any(path in _LOCKS for path in paths):
        return True
    if requirements is None:
        return None
    lines = [line for line in requirements.splitlines() if re.match(r"\s*[A-Za-z]", line)]
    pinned = sum("==" in line for line in lines)
    return bool(lines) and pinned * 2 >= len(lines)


def _needed_bytes(readme: str) -> int | None:
    """The largest amount that stands beside a word for data, and not beside one for memory."""
    found = []
    for match in _AMOUNT.finditer(readme):
        around = readme[max(match.start() - 60, 0) : match.end() + 40]
        close = readme[max(match.start() - 20, 0) : match.end() + 15]
        if _OF_DATA.search(around) and not _OF_MEMORY.search(close):
            found.append(int(float(match[1]) * _BYTES[match[2][0].lower()]))
    return max(found, default=None)


def _needs_gpu(readme: str) -> bool:
    """Whether a sentence asks for one, and none says that it goes without."""
    sentences = _SENTENCE.split(readme)
    asks = any(_GPU.search(one) and not _NO_GPU.search(one) for one in sentences)
    return asks and not any(_ON_CPU.search(one) for one in sentences)


def _is_list(text: str, code_files: int) -> bool:
    """By its own words, or by links and hardly anything else; never where there is code to run."""
    if code_files:
        return False
    return bool(_LIST.search(text[:_HEAD])) or len(_LINK.findall(text)) >= 30
