"""Which of the system packages asked for a base's Debian has; names only, nothing is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.domain import Dropped
from sandbox.environments.debian_names import RENAMED
from sandbox.environments.locks import SYSTEM_PACKAGE
from sandbox.interfaces import Step, Workbench

_TIMEOUT_S = 180.0

# $1… names. Runs without rights, on lists of its own: prints `kept`, `unknown` or `unfit` for each.
_ASK = """
set -u
command -v apt-get > /dev/null || { echo "no-apt"; exit 0; }
work=$(mktemp -d)
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
apt() {
    tool=$1; shift
    "apt-$tool" -q -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" \\
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=1 \\
        -o APT::Update::Error-Mode=any -o APT::Cache::AllNames=true "$@" 2>&1
}
install() { apt get -s install --no-remove --no-install-recommends -- "$@"; }
said=$(apt get update) || { echo "no-mirror"; exit 0; }
apt cache pkgnames > "$work/names"
for name; do
    shift
    # apt takes what is no name for a pattern
    if grep -qxF -e "$name" "$work/names"; then set -- "$@" "$name"; else echo "unknown $name"; fi
done
if install "$@" > /dev/null; then
    for name; do echo "kept $name"; done
    exit 0
fi
kept=
for name; do
    # unquoted: a list of names, which hold no space and no wildcard
    if said=$(install $kept "$name"); then
        kept="$kept $name"; echo "kept $name"
    else
        echo "unfit $name $(echo "$said" | sed -n 's/^E: //p' | head -n 1)"
    fi
done
"""


@dataclass(frozen=True)
class Answer:
    """What Debian has of what was asked for.

    Attributes:
        kept: sorted names that install together.
        decisions: a line for each name that was mapped to another.
        final: false where no mirror was reached, so that it has to be asked again.
    """

    kept: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    decisions: tuple[str, ...] = ()
    final: bool = True


def sort_out(names: Sequence[str]) -> tuple[list[str], tuple[Dropped, ...]]:
    """Those that can be names of Debian packages, sorted, and those that cannot."""
    good = sorted({name for name in names if SYSTEM_PACKAGE.fullmatch(name)})
    bad = sorted(set(names).difference(good))
    if not bad:
        return good, ()
    from sandbox.environments.findings import shown

    return good, tuple(Dropped(shown(name)[1:-1], "no name of a Debian package") for name in bad)


def ask_debian(workbench: Workbench, image: str, names: Sequence[str]) -> Answer:
    """Ask the mirror that the image is configured for; takes about 3 s."""
    good, bad = sort_out(names)
    asked = [*good, *sorted({RENAMED[name] for name in good if name in RENAMED}.difference(good))]
    if not asked:
        return Answer(dropped=bad)
    command = ("sh", "-c", _ASK, "sh", *asked)
    done = workbench.run(Step(image, command, network=True, timeout_s=_TIMEOUT_S))
    if done.exit_code or "no-mirror" in done.output.splitlines():
        why = "no Debian mirror answers"
        return Answer(dropped=(*bad, *(Dropped(name, why) for name in good)), final=False)
    said = _said(done.output, asked)
    renamed = {name: new for name, new in RENAMED.items() if name in good and said[name]}
    kept = {new for new in (renamed.get(name, name) for name in good) if not said[new]}
    lost = [Dropped(name, said[name]) for name in good if said[renamed.get(name, name)]]
    told = [f"{old} is called {new} in this Debian" for old, new in renamed.items() if new in kept]
    return Answer(tuple(sorted(kept)), (*bad, *lost), tuple(told))


def installed(workbench: Workbench, image: str, names: Sequence[str]) -> frozenset[str]:
    """Which of the names are installed there; none where there is no dpkg."""
    query = 'dpkg-query -W -f "\\${db:Status-Status} \\${Package}\\n" -- "$@" 2> /dev/null || true'
    done = workbench.run(Step(image, ("sh", "-c", query, "sh", *names), timeout_s=_TIMEOUT_S))
    lines = {line.removeprefix("installed ") for line in done.output.splitlines()}
    return frozenset(lines.intersection(names))


def _said(output: str, asked: Sequence[str]) -> dict[str, str]:
    """Why a name is not to be had, by name; empty = it is."""
    lines = output.splitlines()
    why = "the base has no apt-get" if "no-apt" in lines else "not known to this Debian"
    said = dict.fromkeys(asked, why)
    for verdict, name, reason in (line.split(" ", 2) for line in (f"{one}  " for one in lines)):
        if verdict == "kept" and name in said:
            said[name] = ""
        elif verdict == "unfit" and name in said:
            said[name] = f"apt: {reason.strip()[:200] or 'it does not install'}"
    return said
