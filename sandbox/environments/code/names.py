"""What the same thing is called elsewhere: import names, dead names, conda names.

No list on PyPI fits: `pipreqs` pins IPython 8.12 and Python < 3.13 for a text file, `pigar` ships
77 MB without saying which of many distributions is meant. So this table holds only what differs
and what learners meet; every other import name is its own distribution's name.
"""

from __future__ import annotations

import sys

from packaging.utils import canonicalize_name

# import name (dotted where a namespace is shared) -> distribution
_IMPORTS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "MeCab": "mecab-python3",
    "OpenGL": "pyopengl",
    "PIL": "pillow",
    "absl": "absl-py",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "community": "python-louvain",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "github": "pygithub",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.storage": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "hydra": "hydra-core",
    "igraph": "python-igraph",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "llama_cpp": "llama-cpp-python",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "open_clip": "open-clip-torch",
    "pkg_resources": "setuptools",
    "progressbar": "progressbar2",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "rest_framework": "djangorestframework",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "speech_recognition": "speechrecognition",
    "tlz": "toolz",
    "umap": "umap-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}

# declared name -> the one that installs today and imports the same
_RENAMED = {
    "beautifulsoup": "beautifulsoup4",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "faiss-gpu": "faiss-cpu",
    "progressbar": "progressbar2",
    "progressbar33": "progressbar2",
    "opencv": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "opencv-python": "opencv-python-headless",
    "pil": "pillow",
    "pytorch": "torch",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tensorflow-gpu": "tensorflow",
    "tf-nightly": "tensorflow",
    "tf-nightly-gpu": "tensorflow",
    "torch-vision": "torchvision",
    "yaml": "pyyaml",
}

# one import name, several distributions that offer it
_OFFERED_BY = {
    "opencv-python-headless": {"opencv-contrib-python-headless"},
    "tensorflow": {"tensorflow-cpu", "tensorflow-macos", "intel-tensorflow"},
    "psycopg2-binary": {"psycopg2"},
    "pillow": {"pillow-simd"},
    "tensorboardx": {"tensorboard-x"},
    "pycryptodome": {"pycrypto"},
    "protobuf": {"tensorflow"},
}

# modules of a distribution that do not import without a second one
_ALSO = {"torch.utils.tensorboard": "tensorboard"}

_CONDA = {
    "keras-gpu": "keras",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "pyqt": "pyqt5",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "dask-core": "dask",
}

_CONDA_ONLY = frozenset(
    """
    blas bzip2 c-ares ca-certificates cairo cpuonly cuda cuda-toolkit cudatoolkit cudnn dbus
    expat ffmpeg fontconfig freetype gcc gettext giflib glib gmp gnutls gst-plugins-base
    gstreamer gxx harfbuzz hdf5 icu intel-openmp jpeg krb5 lame lcms2 ld_impl_linux-64 lerc
    llvm-openmp lz4-c make mkl mkl-service mkl_fft mkl_random mpc mpfr nccl ncurses nettle
    ninja-base nodejs nomkl openblas openh264 openjpeg openmp openssl pandoc pcre pip pixman
    pkg-config python_abi pytorch-cuda pytorch-mutex qt qt-main readline setuptools snappy
    sqlite tbb tk unixodbc vc vs2015_runtime wheel x264 xz yaml zeromq zlib zstd
    """.split()  # noqa: SIM905 - one word a line would be two pages
)

_ONLY_ON_COLAB = frozenset({"google.colab", "kaggle_secrets", "kaggle_datasets", "dbutils"})

# in some Python's library, but not in this one's
_STDLIB_ELSEWHERE = frozenset(
    """
    __builtin__ annotationlib asynchat asyncore binhex cgi cgitb chunk commands compression
    ConfigParser Cookie cookielib copy_reg cPickle crypt cStringIO distutils formatter
    graphlib htmlentitydefs httplib imghdr imp lib2to3 macpath mailcap md5 msilib nis
    nntplib ossaudiodev parser pipes Queue sets smtpd sndhdr spwd StringIO sunau symbol
    telnetlib thread Tkinter tkMessageBox tomllib urllib2 urlparse uu xdrlib xmlrpclib
    zoneinfo
    """.split()  # noqa: SIM905 - one word a line would be two pages
)


def is_standard(module: str) -> bool:
    """Whether some Python's own library offers the module, Python 2's included."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _STDLIB_ELSEWHERE


def is_only_on_colab(module: str) -> bool:
    """Whether only a hosted notebook service offers the module."""
    return any(module == name or module.startswith(f"{name}.") for name in _ONLY_ON_COLAB)


def distribution_of(module: str) -> str:
    """The distribution that offers a dotted import name; the longest known prefix decides."""
    parts = module.split(".")
    prefixes = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    known = next((_IMPORTS[prefix] for prefix in prefixes if prefix in _IMPORTS), None)
    return known or str(canonicalize_name(parts[0]))


def needed_besides(module: str) -> str | None:
    """A distribution that this module imports without declaring it."""
    return next((other for name, other in _ALSO.items() if module.startswith(name)), None)


def offers(distribution: str) -> frozenset[str]:
    """All distributions that give the same import name as this one, itself included."""
    return frozenset({distribution} | _OFFERED_BY.get(distribution, set()))


def present_name(name: str) -> str:
    """The name under which a distribution is found today, canonical."""
    canonical = str(canonicalize_name(name))
    return _RENAMED.get(canonical, canonical)


def from_conda(name: str) -> str | None:
    """The PyPI name of a conda package; None = PyPI has no counterpart."""
    lower = name.lower()
    if lower in _CONDA_ONLY or lower.startswith(("lib", "_", "xorg-", "aws-c-", "cuda-")):
        return None
    return _CONDA.get(lower, str(canonicalize_name(lower)))
