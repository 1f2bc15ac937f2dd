"""From a tree of files to Requirements: what it declares, and what its entries import besides."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import Requirement

from sandbox.domain import Requirements
from sandbox.environments.code.imports import Imported, follow_imports, tell_optional
from sandbox.environments.code.names import offers
from sandbox.environments.findings import Finding, merge, shown
from sandbox.environments.manifests import read_manifests
from sandbox.interfaces import SourceTree


def detect(tree: SourceTree, *, entries: Sequence[str], committed_at: str | None) -> Requirements:
    """What the entries need, from manifests and imports; nothing is executed or fetched.

    Args:
        tree: the repository's files.
        entries: paths of scripts and notebooks; empty = every one of the tree.
        committed_at: ISO 8601; the versions should be of that date, None = of today.

    Returns:
        Requirements whose `decisions` tell everything guessed, mapped, ignored or left out. A file
        that cannot be read is a decision, never an error.
    """
    declared = read_manifests(tree, entries)
    imported = follow_imports(tree, entries)
    merged = merge((*declared, *imported.installs))
    inferred = _undeclared(merged, imported)
    packages = (*merged.packages, *inferred)
    return Requirements(
        packages=packages,
        python=merged.python,
        as_of=committed_at[:10] if committed_at else None,
        sources=merged.sources or (("imports",) if inferred else ()),
        decisions=(
            *_tell_source(merged),
            *merged.decisions,
            *imported.decisions,
            *_tell_inferred(merged, inferred, imported),
            *(line for line in tell_optional(imported)),
        ),
    )


def _undeclared(declared: Finding, imported: Imported) -> tuple[str, ...]:
    names = {Requirement(text).name for text in declared.packages}
    return tuple(name for name in sorted(imported.needed) if not offers(name) & names)


def _tell_source(declared: Finding) -> list[str]:
    if declared.packages:
        return [f"packages come from {', '.join(declared.sources)}"]
    return ["nothing is declared: packages are inferred from imports"]


def _tell_inferred(declared: Finding, inferred: Sequence[str], imported: Imported) -> list[str]:
    """Only names that are not what the import says need a line when nothing was declared."""
    lines = [
        f"{name} added: imported ({imported.needed[name]}) but not declared" for name in inferred
    ]
    if declared.packages:
        return lines
    renamed = [name for name in inferred if imported.needed[name].partition(".")[0] != name]
    return [f"import {shown(imported.needed[name])} needs {name}" for name in renamed]
