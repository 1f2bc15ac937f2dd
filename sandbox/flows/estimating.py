"""How long a sweep will take and how much memory, told from its baseline."""

from __future__ import annotations

from sandbox.domain import Run


def estimate(baseline: Run, left: int, jobs: int) -> str:
    """One line; every job runs what is shared once, and the rest is spread over them."""
    own_s = baseline.elapsed_s - baseline.shared_s
    shared_s = baseline.shared_s * min(jobs, left)
    seconds = own_s * left / jobs + shared_s / jobs
    memory = baseline.peak_memory_bytes * min(jobs, left)
    each = f"{baseline.elapsed_s:.1f} s and {baseline.peak_memory_bytes / 2**20:.0f} MiB"
    runs = "1 run is" if left == 1 else f"{left} runs are"
    return (
        f"the baseline took {each}; {runs} left, {jobs} at a time: "
        f"about {duration(seconds)} and {memory / 2**20:.0f} MiB, if they take as long"
    )


def duration(seconds: float) -> str:
    """`45 s`, `3:20 min`, `2:05 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h"
