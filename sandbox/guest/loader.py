"""Loads the guest from source text held in memory; run by the bootstrap below, first of all.

`protocol.BOOTSTRAP` is the only text that stands on a command line. It reads, from the descriptor it
is given, a line with a length and then that many bytes: a JSON object of module name to source.
"""

import importlib.abc
import importlib.machinery
import sys

PACKAGE = "sandbox_guest"


class MemoryImporter(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the guest's modules, and no others."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self.sources:
            return None
        package = fullname == PACKAGE
        return importlib.machinery.ModuleSpec(fullname, self, is_package=package)

    def get_source(self, fullname):
        return self.sources[fullname]

    def get_code(self, fullname):
        return compile(self.get_source(fullname), "<{}>".format(fullname), "exec")

    def is_package(self, fullname):
        return fullname == PACKAGE


def start(sources, role, descriptor):
    """Installs the importer and runs `main(descriptor, sources)` of the module named by `role`."""
    sys.meta_path.insert(0, MemoryImporter(sources))
    module = importlib.import_module("{}.{}".format(PACKAGE, role))
    module.main(descriptor, sources)
