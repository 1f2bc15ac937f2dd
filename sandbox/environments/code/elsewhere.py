"""Modules that work on other machines only: what they need is told by name; pure.

No index can bring them to a container on a plain Linux machine. Where they stand in a part of the
code that need not run (a function for another machine) the rest of it works without them.
"""

from __future__ import annotations

from collections.abc import Mapping


def _all(needs: str, names: str) -> Mapping[str, str]:
    return dict.fromkeys(names.split(), needs)


_NEEDS: Mapping[str, str] = {
    # camera, pins, buses: libbcm_host and /dev/gpiomem are the board's own
    **_all("a Raspberry Pi", "picamera picamera2 RPi pigpio rpi_ws281x sense_hat spidev libcamera"),
    **_all("an NVIDIA Jetson", "Jetson jetson jetson_inference jetson_utils jetcam jetbot"),
    # libnvinfer; a compiler and headers of CUDA's; NVIDIA's simulators
    **_all("an NVIDIA GPU", "tensorrt tensorrt_llm torch2trt trt_pose pycuda nvidia.dali"),
    **_all(
        "an NVIDIA GPU", "cudf cugraph cuml cuspatial cuxfilter dask_cuda dask_cudf pylibraft rmm"
    ),
    **_all("an NVIDIA GPU and CUDA's compiler", "tinycudann"),
    **_all("an NVIDIA GPU and a program of NVIDIA's", "isaacgym isaacgymenvs isaaclab omni"),
    **_all("a Coral Edge TPU", "edgetpu pycoral"),
    **_all("a TPU of Google's", "torch_xla"),
    **_all("an Intel Gaudi accelerator", "habana_frameworks"),
    **_all("a Huawei Ascend NPU", "torch_npu"),
    **_all("a Rockchip NPU", "rknn rknnlite"),
    **_all("a Hailo accelerator", "hailo_platform hailo"),
    # Python's own library on Windows, and pywin32
    **_all("Windows", "msvcrt winreg _winreg winsound _winapi win32api win32con win32gui win32com"),
    **_all("Windows", "win32file win32process pywintypes pythoncom wmi"),
    **_all("macOS", "AppKit Quartz CoreFoundation ScriptingBridge"),
}
"""Import name, dotted where it is shared: what it needs."""


def needs_of(target: str) -> str | None:
    """What an import needs that this machine is not or has not; None = nothing is known of it.

    Args:
        target: `module` or `module:name`.
    """
    parts = target.partition(":")[0].split(".")
    prefixes = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((_NEEDS[prefix] for prefix in prefixes if prefix in _NEEDS), None)
