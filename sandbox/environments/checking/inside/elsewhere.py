"""What imported in another Environment, and whether it has to be tried in this one.

Not where all of that one's packages are here, too, and those that are here besides have nothing
that the import found, or looked for in vain.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from typing import Any, Iterator

LONG_ACCOUNT = 12 * 1024  # bytes; lines of more than 16 KiB are cut outside
AT_START = {"sitecustomize", "usercustomize"}
SCRIPTS = {"console_scripts", "gui_scripts"}
ALL = "*"
READS_ALL = "pkg_resources"  # looks at every distribution by itself, and asks nobody
IN_PREFIX = {"bin", "etc", "include", "man", "share"}


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

    def find_distributions(self, context: Any = None, path: Any = None) -> Iterator[Any]:  # noqa: ARG002
        """None; as an iterator, for Python 3.8 takes the next of it as it is.

        The first versions of `importlib_metadata` gave a name in place of a context.
        """
        name = context if isinstance(context, str) else getattr(context, "name", None)
        self.distributions.add(_plain(name or ALL))
        return iter(())

    def touched(self) -> list[list[str]] | None:
        """What could have been another way, were it in another package; None = it is not known.

        What was there before counts, too: a `.pth` file of old makes `google` as Python starts.
        """
        loaded = {name.partition(".")[0] for name in list(sys.modules)}
        if self not in sys.meta_path or READS_ALL in loaded:
            return None
        told = [sorted(loaded | self.modules), sorted(self.distributions)]
        return told if len(json.dumps(told)) <= LONG_ACCOUNT else None


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _top(path: str) -> str:
    """Beside the packages programs and manuals are no matter, libraries are."""
    first, *rest = path.split("/")
    if first != "..":
        return first
    inner = next((part for part in rest if part != ".."), "")
    return "" if inner in IN_PREFIX else ".pth"


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
        """What it has in the folder of all packages; `.pth` where it may be anything."""
        try:
            path = os.path.join(self._infos[name], "RECORD")
            with open(path, encoding="utf-8", newline="") as stream:
                return {_top(row[0]) for row in csv.reader(stream) if row}
        except (OSError, UnicodeDecodeError, csv.Error):
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
