from __future__ import annotations

import pytest

from sandbox.environments.resolving.unspoken import unspoken


@pytest.mark.parametrize(
    ("versions", "limits"),
    [
        ({"torch": "1.12.1", "torchaudio": "2.11.0"}, ["torchaudio<2.11"]),
        ({"torch": "2.11.0", "torchaudio": "2.11.0"}, []),
        ({"torch": "1.12.1", "torchaudio": "0.12.1"}, []),
        ({"torchaudio": "2.11.0"}, []),
        ({"torch": "2.8.0", "torchtext": "0.18.0"}, ["torch<2.4"]),
        ({"torch": "2.2.2", "torchtext": "0.17.2"}, []),
        ({"tensorflow": "2.6.1", "keras": "2.15.0"}, ["keras<2.7"]),
        ({"tensorflow": "2.15.0", "keras": "2.15.0"}, []),
        ({"torch": "2.2.0", "numpy": "2.1.0"}, ["numpy<2"]),
        ({"torch": "2.2.0"}, []),
    ],
)
def test_what_old_releases_do_not_say_limits_what_lies_beside_them(
    versions: dict[str, str], limits: list[str]
) -> None:
    assert [f"{one.needs}{one.limit}" for one in unspoken(versions)] == limits
