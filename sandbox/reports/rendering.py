"""The one door to Jinja2: a template and values to a page that forbids itself everything else."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sandbox.foreign import visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(
    template: str,
    values: Mapping[str, object],
    *,
    style: str = "",
    scripts: Sequence[str] = (),
    may_style: bool = False,
) -> str:
    """The page. Every text among the values is escaped, and no character of it acts.

    Args:
        style: what its style sheet has beside the common one.
        scripts: of ours; the page's policy lets these run and nothing else.
        may_style: whether single elements may have a style of their own; such an attribute
            cannot load anything, images apart, which the policy forbids.
    """
    from markupsafe import Markup

    sheet = asset("page.css") + style
    made = _environment().get_template(template)
    return made.render(
        values,
        policy=_policy(sheet, scripts, may_style=may_style),
        style=Markup(sheet),  # noqa: S704 - our own file
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own, and the libraries'
    )


def asset(name: str) -> str:
    """One of our own files beside the templates."""
    return files("sandbox.reports").joinpath("templates", name).read_text(encoding="utf-8")


def safe(html: str) -> Markup:
    """HTML of our own, or that was made harmless, to be written as it is."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - what this function is for


_ENDING = re.compile("[<>&\u2028\u2029]|[\ud800-\udfff]")


def in_script(value: Any) -> Markup:
    """JSON for a script element of data, which nothing in it can end."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return safe(_ENDING.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sandbox.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _seen(value: object) -> object:
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _policy(style: str, scripts: Sequence[str], *, may_style: bool) -> str:
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    parts = [
        "default-src 'none'",
        "img-src data:",
        f"script-src {allowed}",
        f"style-src {_hash(style)}",
        *(["style-src-attr 'unsafe-inline'"] if may_style else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
