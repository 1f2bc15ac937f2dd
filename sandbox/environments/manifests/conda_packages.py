"""One package as conda names it, in an environment.yml or a list that conda has written."""

from __future__ import annotations

import re

from sandbox.environments.code.conda_names import from_conda
from sandbox.environments.findings import Notes
from sandbox.environments.telling import listed

_TOOLS = frozenset({"pip", "setuptools", "wheel"})


def take_package(name: str, version: str, notes: Notes, without: list[str]) -> None:
    """Take over what PyPI has, by its name there.

    Args:
        version: as conda writes it behind the name, `=1.2` or `>=1.2`.
        without: gathers what PyPI has not.
    """
    lower, specifier = name.lower(), conda_version(version)
    known = from_conda(name)
    if lower == "python":
        notes.require_python(specifier)
    elif lower in _TOOLS:
        return
    elif known is None:
        without.append(lower)
    else:
        notes.add(f"{known}{specifier}")


def tell_without(without: list[str], notes: Notes) -> None:
    """One line for all that `take_package` has gathered."""
    if without:
        notes.tell(f"without a counterpart on PyPI, left out: {listed(without, 12)}")


def conda_version(text: str) -> str:
    """A conda version as PEP 440: `=1.2` means any 1.2, a build string is dropped."""
    text = text.split("[", maxsplit=1)[0].strip().replace(" ", "").split("|")[0]
    fuzzy = re.fullmatch(r"=([^=<>!]+?)(\.?\*)?(=.*)?", text)
    if fuzzy is None:
        return f"=={text}" if text[:1].isdigit() else text
    exact = fuzzy[3] is not None or fuzzy[1].count(".") >= 2
    return f"=={fuzzy[1]}" if exact and not fuzzy[2] else f"=={fuzzy[1]}.*"
