"""A process's memory in larger pages: making copies of it, and ending them, costs by the page."""

from __future__ import annotations

from typing import Any, Iterator

_PAGE = 2**12
_LARGE = 2**21
_COLLAPSE = 25
"""`MADV_COLLAPSE` of Linux 6.1 and later; it needs no setting of the machine's."""

_MOST = 128
"""Large pages: a quarter of a GiB, in about 50 ms. NumPy asks for them itself where it has more."""

_IN_USE = 0.9
"""Of a large page, so that it costs little memory more."""


def enlarge() -> None:
    """Puts small pages that lie together into large ones, where the kernel can; else nothing."""
    try:
        import ctypes

        libc = ctypes.PyDLL(None)
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
        found = ctypes.create_string_buffer(_LARGE // _PAGE)
        tried = 0
        for place in _places():
            if tried < _MOST and _is_full(libc, place, found):
                tried += 1
                libc.madvise(place, _LARGE, _COLLAPSE)
    except (ImportError, AttributeError, ValueError, OSError):
        return


def _places() -> Iterator[int]:
    """Addresses where a large page of this process's own memory would fit."""
    with open("/proc/self/maps") as rows:
        mappings = [row.split(None, 5) for row in rows]
    for fields in mappings:
        if fields[1] == "rw-p" and (len(fields) < 6 or fields[5].strip() == "[heap]"):
            first, last = (int(end, 16) for end in fields[0].split("-"))
            yield from range(-(-first // _LARGE) * _LARGE, last - _LARGE + 1, _LARGE)


def _is_full(libc: Any, place: int, found: Any) -> bool:
    if libc.mincore(place, _LARGE, found):
        return False
    return bool(sum(found.raw) >= _IN_USE * len(found))
