"""The maintained map between import names, conda's names and PyPI's; read as data, never imported.

It is the file that conda-pypi ships: 12,255 rows gathered by conda-forge's bots from the packages
themselves, MIT, a release every few weeks, 17 ms to read. Compared in November 2026 with what else
is kept: depfinder ends in 2023 and knows neither torch nor lightning (4,592 import names against
11,908); grayskull corrects conda's names only (300); pipreqs pins IPython 8.12 and Python < 3.13
for a text file; fawltydeps, deptry and unidep read what is installed; pigar ships 77 MB.

What the bots got wrong, or could not choose between, stands in `names.py` and wins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

_DISTRIBUTION = "conda-pypi"
_FILE = "conda_pypi/grayskull_pypi_mapping.json"


@dataclass(frozen=True)
class NamingData:
    """Two tables.

    Attributes:
        by_import: import name → canonical names of the distributions that offer it.
        by_conda: conda name → canonical PyPI name.
    """

    by_import: Mapping[str, frozenset[str]]
    by_conda: Mapping[str, str]

    def distribution_of(self, module: str) -> str | None:
        """The one distribution that offers it; None = not known, or more than one does."""
        offering = self.by_import.get(module, frozenset())
        return next(iter(offering)) if len(offering) == 1 else None


@cache
def load_naming_data() -> NamingData:
    """Read once; importing conda-pypi itself would ask setuptools-scm and git for its version."""
    path = Path(str(distribution(_DISTRIBUTION).locate_file(_FILE)))
    rows = json.loads(path.read_text(encoding="utf-8")).values()
    by_import: dict[str, frozenset[str]] = {}
    for row in rows:
        module = str(row.get("import_name"))
        by_import[module] = by_import.get(module, frozenset()) | {str(row["pypi_name"])}
    return NamingData(by_import, {str(row["conda_name"]): str(row["pypi_name"]) for row in rows})
