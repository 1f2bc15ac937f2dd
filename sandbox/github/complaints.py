"""What GitHub, PyGithub and the network complain of, as our errors."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.errors import (
    InputError,
    LimitError,
    NetworkError,
    RefusedError,
    SandboxError,
    TargetError,
)
from sandbox.foreign import printable

_SECONDS = re.compile(r"[0-9]{1,10}")
_NOT_OURS = "is there a proxy or a login page in between? try again, or see: sandbox doctor"
_MORE = "wait, or set GITHUB_TOKEN, which gives 5,000 requests an hour instead of 60"


class UnreachableError(NetworkError):
    """Nobody answers there at all; asking on is of no use."""


@dataclass(frozen=True)
class _Complaint:
    kind: type[SandboxError]
    message: str
    hint: str | None = None


_GONE = _Complaint(
    TargetError, "{asked} is not on GitHub, or is private", "check the spelling, and the token"
)
_KNOWN = {
    401: _Complaint(
        InputError,
        "GitHub does not accept the token ({origin})",
        "make a new one in GitHub's settings, or unset it: finding works without one",
    ),
    404: _GONE,
    409: _Complaint(RefusedError, "GitHub cannot give {asked} as things are: {said}"),
    410: _GONE,
    422: _Complaint(InputError, "GitHub cannot use {asked}: {said}"),
    451: _Complaint(TargetError, "{asked} was taken down for legal reasons"),
    500: _Complaint(NetworkError, "GitHub has trouble itself (status {status})", "try again later"),
}
"""By status; 500 stands for all above."""


def complaint(
    status: int, headers: Mapping[str, str], payload: Any, *, asked: str, origin: str | None
) -> SandboxError:
    """What an answer that is not the one that was asked for means.

    Args:
        headers: names in lower case.
        payload: the body as JSON, None where it was none.
        asked: what for: `repository owner/name`.
        origin: where the token came from; None = there was none.
    """
    said = message_of(payload)
    if is_limit(status, headers, said):
        return _limit(headers, said, origin)
    if status == 403:
        return RefusedError(f"GitHub refuses {asked}: {said}", hint=_scopes(headers, origin))
    known = _KNOWN.get(min(status, 500))
    if known is None:
        told = f"GitHub answered {asked} with status {status}: {said}"
        return NetworkError(told, hint=_NOT_OURS)
    facts = {"asked": asked, "said": said or "no reason given", "status": status}
    message = known.message.format(**facts, origin=origin or "anonymous use")
    return known.kind(message, hint=known.hint)


def no_json(site: str, asked: str) -> NetworkError:
    """For an answer that a program cannot read, as of a login page."""
    told = f"{site} answered {asked} with something else than JSON of the kind asked for"
    return NetworkError(told, hint=_NOT_OURS)


def message_of(payload: Any) -> str:
    """GitHub's own words, one line, bounded."""
    if not isinstance(payload, dict):
        return ""
    errors = payload.get("errors")
    said = [str(payload.get("message") or "")]
    said += [
        str(one.get("message") or "") if isinstance(one, dict) else str(one)
        for one in (errors if isinstance(errors, list) else ())
    ]
    return printable(": ".join(text.strip() for text in said if text.strip()))[:300]


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether a limit was reached: the hourly one, or the one on many requests at once.

    Source: docs.github.com, "Rate limits for the REST API".
    """
    if status == 429:
        return True
    told = said.lower()
    words = "rate limit" in told or "abuse detection" in told
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == 403 and (words or spent)


def wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until GitHub wants to be asked again; None = it did not say."""
    after = headers.get("retry-after", "")
    if _SECONDS.fullmatch(after):
        return min(float(after), 86400.0)
    reset = headers.get("x-ratelimit-reset", "")
    if _SECONDS.fullmatch(reset) and headers.get("x-ratelimit-remaining") == "0":
        return min(max(float(reset) - time.time(), 0.0), 86400.0)
    return None


def _limit(headers: Mapping[str, str], said: str, origin: str | None) -> LimitError:
    wait = wait_s(headers)
    until = ""
    if wait is not None:
        until = f"; again from {datetime.fromtimestamp(time.time() + wait).astimezone():%H:%M:%S}"
    limit, which = headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-resource", "")
    spent = headers.get("x-ratelimit-remaining") == "0"
    told = f"limit of {limit} requests is reached" if spent and limit else "limit is reached"
    kind = {"search": " for searches", "code_search": " for code searches"}.get(which, "")
    return LimitError(
        f"GitHub's {told}{kind}{until}",
        hint="wait; what is known already is answered from the cache" if origin else _MORE,
        wait_s=wait,
        said=said,
    )


def _scopes(headers: Mapping[str, str], origin: str | None) -> str:
    if origin is None:
        return "it needs a token: set GITHUB_TOKEN, or log in with: gh auth login"
    permissions = headers.get("x-accepted-github-permissions")
    if permissions:
        return (
            f"the token ({origin}) needs the permissions {printable(permissions)[:80]}; a classic"
            " token with the scope public_repo, or gh auth login, has what is needed"
        )
    wants, has = headers.get("x-accepted-oauth-scopes"), headers.get("x-oauth-scopes")
    if wants and not has:
        return f"the token ({origin}) needs one of these scopes: {printable(wants)[:80]}"
    if wants:
        return f"the token ({origin}) has the scopes {printable(str(has))[:80]}; wanted: {wants}"
    return f"the token ({origin}) is not allowed to do that"


@contextlib.contextmanager
def translated(site: str, asked: str, origin: str | None) -> Iterator[None]:
    """What PyGithub and requests raise, as our errors."""
    import github
    import requests

    try:
        yield
    except github.BadAttributeException as error:
        raise no_json(site, asked) from error
    except github.GithubException as error:
        headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
        raise complaint(error.status, headers, error.data, asked=asked, origin=origin) from error
    except (requests.RequestException, OSError) as error:
        raise UnreachableError(
            f"{site} cannot be reached: {_reason(error)}",
            hint="check network and proxy; workspaces and recipes work without it",
        ) from error
    except (RuntimeError, AssertionError) as error:  # so PyGithub tells of redirects
        told = "in a circle" if isinstance(error, RecursionError) else "to another place"
        raise RefusedError(
            f"{site} redirects {told}: {printable(str(error))[:200]}",
            hint="set github.base_url in sandbox.toml to the address that you trust",
        ) from error
    except _ODD as error:
        raise NetworkError(
            f"{site} answered {asked} with something else than expected", hint=_NOT_OURS
        ) from error


_ODD = (ValueError, TypeError, AttributeError, KeyError, IndexError, ArithmeticError)
"""What PyGithub ends in where an answer is not what it takes it for."""


def _reason(error: Exception) -> str:
    """The innermost reason: urllib3 wraps it thrice."""
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refuses"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate cannot be checked"
    text = str(error)
    if "resolution" in text.lower() or "resolve" in text.lower():
        return "its name cannot be resolved"
    if "refused" in text.lower():
        return "connection refused"
    return type(error).__name__
