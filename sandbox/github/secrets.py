"""Secrets in what is about to leave this machine: known shapes, and the ones we know ourselves."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

_MARK = re.compile(r"pragma: ?(allow|white)list.*", re.IGNORECASE)
"""By which a file could say that it holds none."""
_WORTH = re.compile(
    r"[A-Za-z0-9+/_=-]{16,}|pass|pwd|secret|token|key|private|auth|credential|contrase",
    re.IGNORECASE,
)
"""Without any of that, the library finds nothing in a line either; it takes 0.2 ms for each."""
LONGEST, OVERLAP = 4000, 300
SHORTEST = 8
"""Shorter values of variables are words, not secrets."""
_NAMES = re.compile(
    r"token|secret|passw|(^|_)pass$|pwd$|(^|_)key$|api_?key|access_?key|private|credential|(^|_)auth$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")
SHAPES = {
    "Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "Weights & Biases key": re.compile(r"(?i)wandb.{0,30}\b[0-9a-f]{40}\b"),
    "Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "Anthropic key": re.compile(r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    "OpenAI key": re.compile(r"\bsk-(proj-)?[A-Za-z0-9_-]{32,}"),
    "npm token": re.compile(r"\bnpm_[A-Za-z0-9]{30,}"),
    "Google token": re.compile(r"\bya29\.[A-Za-z0-9_-]{20,}"),
    "Weights & Biases token": re.compile(r"\bwandb_v1_[A-Za-z0-9_]{20,}"),
    "Replicate token": re.compile(r"\br8_[A-Za-z0-9]{30,}"),
    "authorization header": re.compile(
        r"(?i)authorization.{0,5}\b(bearer|basic|token) [^\s'\"]{16,}"
    ),
    "AWS secret": re.compile(r"(?i)aws_secret_access_key.{0,5}[A-Za-z0-9/+]{40}"),
    "password": re.compile(
        r"(?i)^\s*(export )?[A-Z_]*(PASSWORD|SECRET|TOKEN|API_KEY)\s*[=:] ?[^\s'\"(){}\[\]]{10,}$"
    ),
    "Kaggle key": re.compile(r"[\"']key[\"']\s*:\s*[\"'][0-9a-f]{32}[\"']"),
    "GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    "credentials in an address": re.compile(r"://[^/@\s:'\"]+:[^/@\s'\"]{3,}@"),
}
_PLUGINS = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCloudIamDetector",
    "JwtTokenDetector",
    "KeywordDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
"""Of detect-secrets; the ones that measure randomness take every hash and picture for a secret."""


@dataclass(frozen=True)
class Secret:
    """Where something stands that looks like one; not what it is."""

    where: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line} ({self.kind})"


def find_secrets(
    texts: Mapping[str, str], environ: Mapping[str, str], *, own: Iterable[str] = ()
) -> tuple[Secret, ...]:
    """Whatever looks like a secret.

    Args:
        texts: what leaves, by what people call it (`train.py`, `the commit's message`).
        environ: values of variables whose names say that they are secret are looked for.
        own: secrets that are known, such as the token.
    """
    known = known_secrets(environ, own=own)
    found = [one for where, text in texts.items() for one in _in_text(where, text, known)]
    return tuple(dict.fromkeys(found))


def known_secrets(environ: Mapping[str, str], *, own: Iterable[str] = ()) -> set[str]:
    """Those of this machine, in every form in which they may stand somewhere."""
    return _forms({*own, *_of_variables(environ)})


def _of_variables(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if _NAMES.search(name):
            yield value.strip()
            yield from (line.strip() for line in value.splitlines() if len(line) > 2 * SHORTEST)
        yield from _USERINFO.findall(value)


def _forms(secrets: Iterable[str]) -> set[str]:
    """As they are, and as they stand in addresses, headers, JSON and HTML."""
    plain = [one for one in secrets if len(one) >= SHORTEST]
    forms: set[str] = set(plain)
    for one in plain:
        data = one.encode("utf-8", "surrogateescape")
        forms.add(base64.b64encode(data).decode().rstrip("="))
        forms.add(base64.b64encode(b"x-access-token:" + data).decode().rstrip("="))
        forms |= {quote(data, safe=""), json.dumps(one)[1:-1], html.escape(one)}
    return forms


def _in_text(where: str, text: str, known: set[str]) -> Iterator[Secret]:
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import transient_settings

    lines = (text.replace('\\"', '"') if where.endswith(".ipynb") else text).split("\n")
    with transient_settings({"plugins_used": [{"name": name} for name in _PLUGINS]}):
        for number, line in enumerate(lines, 1):
            if any(value in line for value in known):
                yield Secret(where, number, "a secret of this machine")
            for kind, shape in SHAPES.items():
                if shape.search(line):
                    yield Secret(where, number, kind)
            for piece in filter(_WORTH.search, _pieces(_MARK.sub("", line))):
                for found in scan_line(piece):
                    yield Secret(where, number, found.type)


def _pieces(line: str) -> Iterator[str]:
    """A long line in parts that overlap: what looks for secrets is slow on long ones."""
    for at in range(0, max(len(line), 1), LONGEST):
        yield line[at : at + LONGEST + OVERLAP]
