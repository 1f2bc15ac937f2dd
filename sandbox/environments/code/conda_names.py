"""What conda calls otherwise than PyPI, and what conda has and PyPI has not."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from sandbox.environments.code.naming_data import load_naming_data

# conda's name -> PyPI's, where the maintained map is silent or names another package
_CONDA = {
    "dask-core": "dask",
    "faiss": "faiss-cpu",
    "faiss-gpu": "faiss-cpu",
    "gym-atari": "gym",
    "keras-gpu": "keras",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "opencv-python-headless": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyg": "torch-geometric",
    "pyqt": "pyqt5",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "pytorch-lightning": "pytorch-lightning",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "torchvision-cpu": "torchvision",
}

_CONDA_ONLY = frozenset(
    """
    alsa-lib anaconda arrow-cpp bazel binutils blas blosc brotli-bin bzip2 c-ares
    ca-certificates cairo charls cmake compilers conda conda-build cpuonly cuda cuda-toolkit
    cudatoolkit cudatoolkit-dev cudnn curl cxx-compiler cyrus-sasl dav1d dbus expat ffmpeg fftw
    fontconfig fonts-conda-ecosystem freeglut freetype gcc gdal geos gettext gflags gfortran
    giflib git glib glib-tools glog gmp gnutls graphite2 graphviz grpc-cpp gst-plugins-base
    gstreamer gxx harfbuzz hdf4 hdf5 icc_rt icu imagecodecs-lite intel-openmp jasper jpeg jq
    jxrlib keyutils krb5 lame lcms2 ld_impl_linux-64 leptonica lerc llvm-openmp lz4-c lzo
    m2w64-gcc-libs make mamba mesalib mkl mkl-devel mkl-include mkl-service mkl_fft mkl_random
    mpc mpfr mpi mpich msys2-conda-epoch mysql-common mysql-libs nasm nb_conda nb_conda_kernels
    nccl ncurses nettle ninja-base nodejs nomkl nspr nss numpy-base ocl-icd openblas
    opencl-headers openexr openh264 openjdk openjpeg openmp openmpi openssl orc p7zip pandoc
    pango patch patchelf pcre pcre2 perl pip pixman pkg-config poppler portaudio postgresql proj
    protobuf-compiler pthread-stubs pthreads-win32 python_abi pytorch-cuda pytorch-mutex qhull
    qt qt-main qt-webengine r-base re2 readline rust s2n setuptools snappy sox spdlog sqlite
    svt-av1 swig sysroot_linux-64 tbb tensorflow-estimator-cpu tesseract texlive-core tini tk
    tzcode tzdata ucrt unixodbc unzip vc vs2013_runtime vs2015_runtime wget wheel wincertstore
    winpty x264 x265 xerces-c xorg-libx11 xz yaml zeromq zfp zip zlib zlib-ng zstd
    """.split()  # noqa: SIM905 - one word a line would be ten pages
)
_CONDA_ONLY_STARTS = ("lib", "_", "xorg-", "aws-c-", "cuda-", "r-", "m2-", "m2w64-", "msys2-")
_CONDA_AFTER_ALL = frozenset({"libsvm", "librosa", "liac-arff", "libtmux", "libpysal", "libcst"})


def from_conda(name: str) -> str | None:
    """The PyPI name of a conda package; None = PyPI has no counterpart."""
    lower = name.lower()
    if lower in _CONDA:
        return _CONDA[lower]
    starts = lower.startswith(_CONDA_ONLY_STARTS) and lower not in _CONDA_AFTER_ALL
    if lower in _CONDA_ONLY or starts:
        return None
    return load_naming_data().by_conda.get(lower) or str(canonicalize_name(lower))
