"""Loads the guest from source text held in memory; run by the bootstrap below, first of all.

`protocol.BOOTSTRAP` is the only text that stands on a command line. It reads, from the descriptor
it is given, a line with a length and then that many bytes: a JSON object of module name to source.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from typing import TYPE_CHECKING, Mapping, Sequence

if TYPE_CHECKING:
    from types import CodeType, ModuleType

PACKAGE = "sandbox_guest"


class MemoryImporter(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the guest's modules, and no others."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - as importlib calls it
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self.sources:
            return None
        package = fullname == PACKAGE
        return importlib.machinery.ModuleSpec(fullname, self, is_package=package)

    def get_source(self, fullname: str) -> str:
        return self.sources[fullname]

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_source(fullname)
        code: CodeType = compile(source, f"<{fullname}>", "exec", dont_inherit=True)
        return code

    def is_package(self, fullname: str) -> bool:
        return fullname == PACKAGE


def start(sources: Mapping[str, str], role: str, descriptor: int) -> None:
    """Installs the importer and runs `main(descriptor, sources)` of the module named by `role`."""
    sys.meta_path.insert(0, MemoryImporter(sources))
    module = importlib.import_module(f"{PACKAGE}.{role}")
    module.main(descriptor, sources)
