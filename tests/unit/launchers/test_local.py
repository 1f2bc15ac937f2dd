from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.launchers import LocalLauncher


@pytest.mark.parametrize("jobs", [0, -1])
def test_fewer_than_one_job_is_refused(jobs: int) -> None:
    with pytest.raises(InputError, match=f"not {jobs}"):
        LocalLauncher(jobs)
