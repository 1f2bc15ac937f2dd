"""What imported in another Environment, and whether it has to be tried in this one.

Not where all of that one's packages are here, too, and those that are here besides have nothing
that the import found, or looked for in vain.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Iterator

MOST_TOUCHED = 2000
AT_START = {"sitecustomize", "usercustomize"}
SCRIPTS = {"console_scripts", "gui_scripts"}
ALL = "*"


class Watch:
    """Asked last of all, and so only for what is not there: modules, and distributions.

    Attributes:
        modules: top-level ones that were looked for in vain.
        distributions: names in lower case that were asked for; `*` = for all there are.
    """

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.distributions: set[str] = set()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        self.modules.add(name.partition(".")[0])

    def find_distributions(self, context: Any = None) -> list[Any]:
        self.distributions.add(_plain(getattr(context, "name", None) or ALL))
        return []

    def touched(self, before: set[str]) -> list[list[str]] | None:
        """What could have been another way, were it in another package; None = too much."""
        loaded = {name.partition(".")[0] for name in list(sys.modules) if name not in before}
        modules, distributions = loaded | self.modules, self.distributions
        if len(modules) + len(distributions) > MOST_TOUCHED:
            return None
        return [sorted(modules), sorted(distributions)]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Installed:
    """The distributions of this Environment.

    Attributes:
        versions: by plain name.
    """

    def __init__(self) -> None:
        self._infos: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        for site in (path for path in sys.path if path.endswith("site-packages")):
            for info in sorted(os.listdir(site)):
                name, dash, version = info[: -len(".dist-info")].partition("-")
                if dash and info.endswith(".dist-info"):
                    self.versions[_plain(name)] = version
                    self._infos[_plain(name)] = os.path.join(site, info)

    def unchanged(self, known: dict[str, Any]) -> Iterator[str]:
        """Of the names that imported elsewhere those to which nothing can matter that is new."""
        before: dict[str, str] = known["packages"]
        if any(self.versions.get(name) != version for name, version in before.items()):
            return
        added = set(self.versions) - set(before)
        tops = {top for name in added for top in self._tops(name)}
        if any(top.endswith(".pth") for top in tops):
            return
        modules = {top.partition(".")[0] for top in tops}
        plugs = any(self._plugs_in(name) for name in added)
        for name, (touched, asked) in known["names"].items():
            matters = modules.intersection(touched) or added.intersection(asked)
            if not (matters or modules & AT_START or (plugs and ALL in asked)):
                yield name

    def _tops(self, name: str) -> set[str]:
        """What it has in the folder of all packages; where it does not say, anything may be."""
        try:
            with open(os.path.join(self._infos[name], "RECORD"), encoding="utf-8") as stream:
                return {line.strip('"').partition(",")[0].partition("/")[0] for line in stream}
        except (OSError, UnicodeDecodeError):
            return {".pth"}

    def _plugs_in(self, name: str) -> bool:
        """Whether others find it by an entry point, and may load it."""
        try:
            path = os.path.join(self._infos[name], "entry_points.txt")
            with open(path, encoding="utf-8") as stream:
                groups = re.findall(r"^\s*\[(.*)\]", stream.read(), re.MULTILINE)
                return not SCRIPTS.issuperset(groups)
        except FileNotFoundError:
            return False
        except (OSError, UnicodeDecodeError):
            return True
