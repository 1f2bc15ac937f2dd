"""How such failures are worded: patterns, and no more than that."""

from __future__ import annotations


def unexpected(names: str, of: str = "") -> str:
    """A keyword that is gone; `of` is the function's name, as a pattern."""
    named = rf"\b(?:{of})\(\) " if of else ""
    return rf"{named}got an unexpected keyword argument '(?:{one_of(names)})'"


def unexpected_by(names: str, of: str) -> str:
    """The same where the class is named by the message, from 3.10 on, or by the line before."""
    return rf"\b(?:{of})\b[\s\S]*{unexpected(names)}"


def absent(names: str, of: str) -> str:
    """Attributes that objects of these classes, a pattern, have no more."""
    return rf"'(?:{of})' object has no attribute '(?:{one_of(names)})'"


def positional(names: str) -> str:
    """Functions that take by position less than they did; from 3.10 on after a class's name."""
    return rf"\b(?:{one_of(names)})\(\) takes (?:from \d+ to )?\d+ positional arguments? but"


def one_of(names: str) -> str:
    """Alternatives, each of them a pattern without spaces."""
    return "|".join(names.split())


def refused(names: str, values: str) -> str:
    """A value that scikit-learn's own check refuses."""
    return (
        rf"'(?:{one_of(names)})' parameter of \w+ must be .* Got '?(?:{one_of(values)})'? instead"
    )
