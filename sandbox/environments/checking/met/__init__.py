"""What running code says when an API has changed behind it, or something optional is missing.

A table of patterns and the change that cures it, in the words of `known`; tells, and tries nothing.

A pattern is searched in two lines: the source line of the innermost frame that is shown, then
`Kind: message`, its whitespace collapsed, and ` [in DISTRIBUTION VERSION]` where the error was
raised in the file of a distribution. The first line makes a pattern sharp where the message alone
is vague. A change applies where what it bounds is installed in a version outside of the bound; the
first pattern that is found and applies counts.

The versions named beside a group were compared: those from the bound on fail in these words, and
the same lines run through with the last release below it.
"""

from __future__ import annotations

from sandbox.environments.checking.met.basics import DATA, GRAPHS, PANDAS_3, PYTHON, TABLES
from sandbox.environments.checking.met.gone import GONE
from sandbox.environments.checking.met.learning import (
    BOOSTED,
    GYM,
    OPTIONAL,
    OTHERS,
    SKLEARN,
    WORDS,
)
from sandbox.environments.checking.met.networks import LIGHTNING, NETWORKS
from sandbox.environments.checking.met.pictures import PICTURES, PLOTS, SEABORN

__all__ = ["GONE", "MET"]

MET: tuple[tuple[str, str], ...] = (
    *PYTHON, *GYM, *DATA, *PANDAS_3, *GRAPHS, *TABLES, *SKLEARN, *WORDS, *BOOSTED, *OTHERS,
    *OPTIONAL, *NETWORKS, *LIGHTNING, *PLOTS, *SEABORN, *PICTURES,
)  # fmt: skip
"""Pattern in the two lines: the change, with what its group found in place of `{}`."""
