"""An error in words: what was raised, over what, in whose file, and what else is missing there."""

from __future__ import annotations

import os
import subprocess

SHOWN = 400  # characters of a message, its head and its end
NO_LIBRARY = "cannot open shared object file"
FILES = 300  # of one distribution, that are looked at
MOST_LIBRARIES = 20


def describe(error: BaseException) -> tuple[str, str]:
    """Type and message, and in whose file it happened: ` [in NAME VERSION]`, or nothing."""
    said = _describe(error)
    if NO_LIBRARY in said:
        said += _also_missing(error)
    return said, _place(error)


def _describe(error: BaseException) -> str:
    """Type and message; what it was raised over as well, where that is another error."""
    text = _line_of(error)
    first = _root_of(error)
    if first is error:
        return text
    before = _line_of(first)
    return text if before.partition(": ")[2] in text else f"{text} (after {before})"


def _line_of(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "its message cannot be shown"
    if isinstance(error, ImportError) and error.path:
        text = text.replace(f" ({error.path})", "")  # says nothing outside
    if len(text) > SHOWN:
        text = f"{text[: SHOWN * 3 // 4]} … {text[-SHOWN // 4 :]}"
    return f"{type(error).__name__}: {text}"


def _root_of(error: BaseException) -> BaseException:
    for _ in range(10):
        earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if earlier is None:
            break
        error = earlier
    return error


def _place(error: BaseException) -> str:
    """` [in NAME VERSION]`: the distribution whose file broke; empty = none, the name is absent."""
    site, relative = _innermost(error)
    if not relative:
        return ""
    return f" [in {_distribution(site, relative) or relative.partition('/')[0]}]"


def _innermost(error: BaseException) -> tuple[str, str]:
    """The folder of all packages, and the file in it that broke; empty = none."""
    files = []
    trace = error.__traceback__
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        files.append(error.filename)
    others = [path for path in files if "/site-packages/" in path]
    site, mark, relative = others[-1].rpartition("/site-packages/") if others else ("", "", "")
    return site + mark, relative


def _also_missing(error: BaseException) -> str:
    """The other libraries that are linked to in vain: the loader names the first.

    Those of the compiled module, where the loader tells which that is, else of its whole package.
    """
    path = str(getattr(error, "path", None) or "")
    is_library = ".so" in os.path.basename(path) and os.path.isfile(path)
    libraries = [path] if is_library else _libraries_around(error)
    try:
        listed = subprocess.run(
            ["ldd", *libraries],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = listed.stdout.decode("utf-8", "replace").splitlines()
    missing = {line.split()[0] for line in lines if line.endswith("=> not found")}
    others = sorted(missing - set(str(error).split(":")))[:MOST_LIBRARIES]
    return f" (also missing: {', '.join(others)})" if others else ""


def _libraries_around(error: BaseException) -> list[str]:
    site, relative = _innermost(error)
    top = os.path.join(site, relative.partition("/")[0])
    files = (os.path.join(at, name) for at, _, names in os.walk(top) for name in names)
    return [path for path in files if ".so" in os.path.basename(path)][:FILES] if relative else []


def _distribution(site: str, relative: str) -> str | None:
    for info in sorted(os.listdir(site)):
        if info.endswith(".dist-info"):
            try:
                with open(os.path.join(site, info, "RECORD"), encoding="utf-8") as stream:
                    if any(line.startswith(relative + ",") for line in stream):
                        return info[: -len(".dist-info")].replace("-", " ")
            except (OSError, UnicodeDecodeError):
                continue
    return None
