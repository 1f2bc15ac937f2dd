"""Secrets in what studied code said, left out before it is kept or shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from sandbox.github.secrets import LONGEST, SHAPES, known_secrets

MASK = "…"

_NAME = r"_*[A-Z]+(?:[._]+[A-Z]+)+_*"
"""`tokenizer.eos_token`: what code calls a value, no value; as it stands in code only."""

_MORE = {
    "AWS key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    "Slack token": re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    "Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    "PyPI token": re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}"),
    "signed token": re.compile(r"\beyJ[\w-]{10,500}\.[\w-]{10,500}\.[\w-]{10,500}"),
    "password": re.compile(
        r"^[ \t]*(?:export )?[A-Z_]{0,80}(?:PASSWORD|SECRET|TOKEN|API_KEY)[ \t]*[=:] ?"
        rf"(?!{_NAME},$|(?<=[ \t]= ){_NAME}$)"
        r"[^\s'\"(){}\[\]]{10,}$",
        re.IGNORECASE | re.MULTILINE,
    ),
    "credentials in an address": re.compile(r"(?<=://)[^/@\s'\"<>\\]{1,1000}(?=@)"),
}
_HINTS = {
    "Hugging Face token": ("hf_",),
    "Weights & Biases key": ("wandb",),
    "Google API key": ("aiza",),
    "Anthropic key": ("sk-ant",),
    "OpenAI key": ("sk-",),
    "npm token": ("npm_",),
    "Google token": ("ya29",),
    "Weights & Biases token": ("wandb_v1",),
    "Replicate token": ("r8_",),
    "authorization header": ("authorization",),
    "AWS secret": ("aws_secret",),
    "password": ("password", "secret", "token", "api_key"),
    "Kaggle key": ("key",),
    "GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat"),
    "AWS key": ("akia", "asia"),
    "GitLab token": ("glpat",),
    "Slack token": ("xox",),
    "Stripe key": ("k_live",),
    "PyPI token": ("pypi-",),
    "signed token": ("eyj",),
    "credentials in an address": ("://",),
}
"""What stands in every text of the shape, in lower case: looked for first, since that is quick."""

_SHAPES = tuple((_HINTS[kind], shape) for kind, shape in {**SHAPES, **_MORE}.items())
_ANY = frozenset(hint for hints in _HINTS.values() for hint in hints)

_PIECES = re.compile(
    rf"[\s\S]{{1,{LONGEST}}}(?:\n|\Z)|[\s\S]{{1,{LONGEST}}}(?!\S)|\S{{1,{LONGEST}}}"
)
"""Some lines, or a part of a long one that ends with a word if it can; shapes stop within them."""

_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?:(?!-----)[\s\S]){1,10000}")


def masker(environ: Mapping[str, str]) -> Callable[[str], str]:
    """Gives a text back without its secrets: the ones of known shapes, and this machine's own.

    What measures randomness or looks for the word before a value is left to `find_secrets`: in a
    log it would take numbers and tokens of language models for secrets.

    Args:
        environ: values of variables whose names say that they are secret are left out always.
    """
    return _masker(frozenset(environ.items()))


@lru_cache(maxsize=8)
def _masker(variables: frozenset[tuple[str, str]]) -> Callable[[str], str]:
    """Asked for with each run of a sweep, by the same variables."""
    known = sorted(known_secrets(dict(variables)), key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in known:
            text = text.replace(secret, MASK)
        text = _PRIVATE_KEY.sub(rf"\1{MASK}", text)
        if not _is_hinted(text):
            return text
        return "".join(_of_piece(found.group()) for found in _PIECES.finditer(text))

    return mask


def _is_hinted(text: str) -> bool:
    lower = text.lower()
    return any(hint in lower for hint in _ANY)


def _of_piece(text: str) -> str:
    lower = text.lower()
    for hints, shape in _SHAPES:
        if any(hint in lower for hint in hints):
            text = shape.sub(MASK, text)
    return text
