"""What building an sdist takes, read from its texts; nothing of it is executed."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sandbox import syntax
from sandbox.environments.code.import_statements import find_imports
from sandbox.environments.code.names import distribution_of, is_standard
from sandbox.environments.findings import parse_requirement
from sandbox.environments.sources.archives import Contents

_LEGACY = ("setuptools",)
_OWN = frozenset({"setuptools", "pkg_resources", "distutils", "pip", "wheel", "_distutils_hack"})
_MANY = 50
_BESIDE_TORCH = (
    "ninja",  # else it compiles one file after the other
    # torch 2.13's own bound, whose commands alone of 65 to 81 do not take its options
    "setuptools!=77.0.3",
)


def build_needs(contents: Contents) -> tuple[str, ...]:
    """PEP 508 requirements of the environment that it is built in, what builds included."""
    texts = contents.texts
    listed = _of_pyproject(texts.get("pyproject.toml", ""))
    found = [*(listed if listed is not None else _LEGACY)]
    if "setup.py" in texts and (listed is None or "setuptools" in _names(listed)):
        module = _parsed(texts["setup.py"])
        found += _imported(module, contents.modules)
        found += _of_setup_call(module)
    found += _of_setup_cfg(texts.get("setup.cfg", ""))
    plain = list(filter(_is_plain, found[:_MANY]))
    names = _names(plain)
    old = ["wheel"] if "setuptools" in names else []  # it was not part of it always
    beside = _BESIDE_TORCH if "torch" in names else ()
    return tuple(_distinct([*plain, *old, *beside, "pip"]))


def required_python(contents: Contents) -> str | None:
    """What `PKG-INFO` says, which a commit has not, else `pyproject.toml`; None = nothing."""
    header = contents.texts.get("PKG-INFO", "").partition("\n\n")[0]
    lines = (line.partition(":") for line in header.splitlines())
    said = next((text.strip() for key, _, text in lines if key == "Requires-Python"), None)
    declared = _table(contents.texts.get("pyproject.toml", ""), "project").get("requires-python")
    return said or (declared if isinstance(declared, str) else None)


def _table(text: str, name: str) -> Mapping[str, object]:
    """Of TOML; empty = it has none, or is none."""
    try:
        found = tomllib.loads(text).get(name)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _of_pyproject(text: str) -> list[str] | None:
    """`build-system.requires`; None = not said."""
    requires = _table(text, "build-system").get("requires")
    return [str(one) for one in requires] if isinstance(requires, list) else None


def _of_setup_cfg(text: str) -> list[str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    listed = parser.get("options", "setup_requires", fallback="")
    return [line.strip() for line in listed.replace(";\n", "\n").splitlines() if line.strip()]


def _parsed(text: str) -> ast.Module:
    """Empty where it is not Python 3: that it does not build is told when it does not."""
    try:
        module: ast.Module = syntax.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
    return module


def _imported(module: ast.Module, own: frozenset[str]) -> Iterator[str]:
    """Distributions that it imports at its top and cannot do without."""
    later = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    top = ast.Module([node for node in module.body if not isinstance(node, later)], [])
    for found in find_imports(top):
        first = found.module.partition(".")[0]
        if not (found.level or found.optional or is_standard(first) or first in _OWN | own):
            yield distribution_of(found.module)


def _of_setup_call(module: ast.Module) -> Iterator[str]:
    """What of `setup_requires` is literal, or stands for it by a name at the top."""
    assigned = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "setup_requires":
            for term in _terms(node.value):
                value = assigned.get(term.id, term) if isinstance(term, ast.Name) else term
                yield from _literals(value)


def _terms(value: ast.expr) -> Iterator[ast.expr]:
    """Of a sum, which is how what is needed sometimes is added to what is needed always."""
    while isinstance(value, ast.BinOp):
        yield value.right
        value = value.left
    yield value


def _literals(value: ast.expr) -> list[str]:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
        return []
    listed = found.split() if isinstance(found, str) else found
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, Iterable) else []


def _is_plain(text: str) -> bool:
    """A requirement by name, on one line: no address is followed, no option can hide in it."""
    try:
        return text.isprintable() and parse_requirement(text).url is None
    except InvalidRequirement:
        return False


def _names(requirements: Iterable[str]) -> frozenset[str]:
    plain = (Requirement(text) for text in requirements if _is_plain(text))
    return frozenset(str(canonicalize_name(one.name)) for one in plain)


def _distinct(requirements: Iterable[str]) -> Iterator[str]:
    """Without a bare name that another one asks for with a version."""
    known: dict[str, list[str]] = {}
    for text in requirements:
        known.setdefault(min(_names([text])), []).append(text)
    for name, texts in known.items():
        yield from dict.fromkeys([text for text in texts if text.strip() != name] or [name])
