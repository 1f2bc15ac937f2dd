"""What the same thing is called elsewhere: import names and dead names of distributions.

Import names come from a maintained map (`naming_data`); the tables here hold only what it does not
know, gets wrong, or leaves open, out of what 74 repositories that learners fork import. A name that
neither knows is its own distribution's name, as it is for nine of ten that are met.
"""

from __future__ import annotations

import sys

from packaging.utils import canonicalize_name, is_normalized_name

from sandbox.environments.code.naming_data import load_naming_data

# import name (dotted where a namespace is shared) -> distribution, where the map cannot be asked
_IMPORTS = {
    "Bio": "biopython",
    "Box2D": "box2d",
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "OpenGL": "pyopengl",
    "PIL": "pillow",
    "PyQt5": "pyqt5",
    "PyQt5.QtChart": "pyqtchart",
    "PyQt5.QtWebEngineWidgets": "pyqtwebengine",
    "PyQt6.QtCharts": "pyqt6-charts",
    "PyQt6.QtWebEngineCore": "pyqt6-webengine",
    "PyQt6.QtWebEngineWidgets": "pyqt6-webengine",
    "art": "adversarial-robustness-toolbox",
    "autosklearn": "auto-sklearn",
    "bs4": "beautifulsoup4",
    "bson": "pymongo",  # `bson` of the index is another's, which its authors warn of
    "caffe2": "torch",
    "cleantext": "clean-text",
    "crontab": "python-crontab",
    "classification_models": "image-classifiers",
    "cairo": "pycairo",
    "collada": "pycollada",
    "cv2": "opencv-python-headless",
    "dotenv": "python-dotenv",
    "dtw": "dtw-python",
    "en_core_web_sm": "en-core-web-sm",
    "faiss": "faiss-cpu",
    "ffmpeg": "ffmpeg-python",
    "fitz": "pymupdf",
    "fpdf": "fpdf2",
    "gi": "pygobject",
    "git": "gitpython",
    "google.cloud.aiplatform": "google-cloud-aiplatform",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.language": "google-cloud-language",
    "google.cloud.speech": "google-cloud-speech",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.vision": "google-cloud-vision",
    "google.generativeai": "google-generativeai",
    "google.genai": "google-genai",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "googlesearch": "googlesearch-python",
    "grpc": "grpcio",
    "gym_minigrid": "gym-minigrid",
    "hydra": "hydra-core",
    "igraph": "igraph",
    "janitor": "pyjanitor",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "keras": "keras",
    "kerastuner": "keras-tuner",
    "ldap": "python-ldap",
    "llama_cpp": "llama-cpp-python",
    "lux": "lux-api",
    "magic": "python-magic",
    "mmh3": "mmh3",
    "mpl_toolkits": "matplotlib",
    "mpl_toolkits.basemap": "basemap",
    "mujoco_py": "mujoco-py",
    "OpenSSL": "pyopenssl",
    "open_clip": "open-clip-torch",
    "pdfminer": "pdfminer-six",
    "openvino.tools.mo": "openvino-dev",
    "osgeo": "gdal",
    "paddle": "paddlepaddle",
    "pkg_resources": "setuptools",
    "progressbar": "progressbar2",
    "psycopg2": "psycopg2-binary",
    "pybullet_envs": "pybullet",
    "pylab": "matplotlib",
    "reverb": "dm-reverb",
    "rl": "keras-rl",
    "ruamel": "ruamel.yaml",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "sonnet": "dm-sonnet",
    "speech_recognition": "speechrecognition",
    "tensorflow_serving": "tensorflow-serving-api",
    "tlz": "toolz",
    "tree": "dm-tree",
    "tvm": "apache-tvm",
    "ubjson": "py-ubjson",
    "websocket": "websocket-client",
    "whisper": "openai-whisper",
    "yaml": "pyyaml",
}

# declared name -> the one that installs today and imports the same
_RENAMED = {
    "attr": "attrs",
    "beautifulsoup": "beautifulsoup4",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "faiss-gpu": "faiss-cpu",
    "grpc": "grpcio",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "opencv": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "opencv-python": "opencv-python-headless",
    "pil": "pillow",
    "progressbar": "progressbar2",
    "progressbar33": "progressbar2",
    "python-opencv": "opencv-python-headless",
    "pytorch": "torch",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-serving-api-gpu": "tensorflow-serving-api",
    "tf-nightly": "tensorflow",
    "tf-nightly-gpu": "tensorflow",
    "torch-vision": "torchvision",
    "yaml": "pyyaml",
}

# of those, the ones whose versions say nothing of the other's (`sklearn==0.0`)
_OTHER_VERSIONS = frozenset(
    """
    attr beautifulsoup bs4 cv2 dotenv grpc hydra imblearn pil progressbar progressbar33 skimage
    sklearn yaml
    """.split()  # noqa: SIM905 - as below
)

# one import name, several distributions that offer it
_OFFERED_BY = {
    "box2d": {"box2d-py"},
    "dlib": {"dlib-bin"},
    "faiss-cpu": {"faiss-gpu-cu11", "faiss-gpu-cu12"},
    "jax": {"jaxlib"},
    "levenshtein": {"python-levenshtein"},
    "opencv-python-headless": {"opencv-contrib-python-headless"},
    "pillow": {"pillow-simd"},
    "protobuf": {"tensorflow"},
    "psycopg2-binary": {"psycopg2"},
    "pycryptodome": {"pycrypto"},
    "tensorboard": {"tensorflow"},
    "tensorboardx": {"tensorboard-x"},
    "tensorflow": {"intel-tensorflow", "tensorflow-cpu", "tensorflow-macos"},
    "umap-learn": {"umap"},
    "webrtcvad": {"webrtcvad-wheels"},
    "fasttext": {"fasttext-wheel"},
    "igraph": {"python-igraph"},
}

# What another one brings under its own name or another's: both of them would write the same files.
_BROUGHT_BY = {"theano": {"pymc3"}}

# Distributions of their own name that the map does not have: never a module of the repository's
# own, wherever a file of that name lies.
_POPULAR = frozenset(
    """
    accelerate altair atari_py baselines bitsandbytes catboost chainerrl cleanrl cupy cvxpy
    datasets evaluate fairseq flash_attn gym gymnasium h5py joblib kaggle labml langchain lmdb
    mlflow mmcv monai mujoco mxnet nlp onnx onnxruntime openai pandas pettingzoo plotly polars
    pybullet pygame pymc rich scipy sentencepiece skorch supersuit tensorflow tensorflow_addons
    tensorflow_datasets tensorflow_hub tensorflow_probability tflearn theano thop tiktoken
    tokenizers torchaudio torchsummary torchtext torchvision transformers triton tyro vizdoom
    xgboost
    """.split()  # noqa: SIM905 - one word a line would be a page
)

# Asked for beside what the code needs, heavy, and of no use where a notebook is run cell by cell;
# triton comes with a torch that needs it.
TOOLS = frozenset(
    """
    autopep8 black bpython codecov commitizen coveralls flake8 jupyter jupyter-console
    jupyter-contrib-core jupyter-contrib-nbextensions jupyter-nbextensions-configurator
    jupyterlab jupyterlab-git jupyterthemes mypy nbdime notebook pip-tools pre-commit pycodestyle
    pydocstyle pyflakes pylint qtconsole rise ruff tox triton twine yapf
    """.split()  # noqa: SIM905 - one word a line would be two pages
)

_ONLY_ON_COLAB = frozenset(
    """
    google.colab kaggle_datasets kaggle_environments kaggle_secrets kaggle_web_client dbutils
    pyspark.dbutils portpicker colabtools sagemaker_studio
    """.split()  # noqa: SIM905 - one word a line would be a page
)

OF_A_PROGRAM = "comes with a program of its own, not from an index"

# Programs with a Python module of their own that no index offers.
_NOT_ON_AN_INDEX = frozenset(
    """
    arcpy bpy caffe carla google3 hou maya nuke pcl pyrealsense2 rospy roslib rosbag unreal
    vtkmodules
    """.split()  # noqa: SIM905 - one word a line would be a page
)

# Names that a repository gives its own modules. Strangers have put packages of these names on the
# index; whoever imports them here has not meant those.
_EVERYONES_OWN = frozenset(
    """
    agent agents algorithms api app args arguments base batch callbacks checkpoint cfg common
    conf config configs configuration constants core custom data data_loader data_utils
    dataloader dataloaders dataset db decoder demo discriminator encoder engine env environment
    envs eval evaluation evaluator experiment experiments exercise exercises file_utils flags
    functions generator globals gpt helper helpers hyperparameters inference initialize
    input_data io_utils layer layers lib libs load load_data loader logger losses main memory
    metric misc model model_utils modeling models module modules my_utils net nets network
    networks nn ops opt optimizer options param params params_parser parameters plot plots
    plotting policy pre_processing predict preprocess preprocessing preprocessor prepare project
    py_utils readers replay_buffer run runner sampler samples scripts segmentation server
    settings shared solution solutions solver src submission temp template test_utils tests
    third_party thirdparty tools train trainer trainers training transform transforms tutorial
    tutorials unet util utilities utility utils vis visualization visualize visualizer vocab vgg
    weights word_utils worker workspace
    """.split()  # noqa: SIM905 - one word a line would be three pages
)

# in some Python's library, but not in this one's
_STDLIB_ELSEWHERE = frozenset(
    """
    BaseHTTPServer CGIHTTPServer ConfigParser Cookie DocXMLRPCServer HTMLParser Queue
    ScrolledText SimpleHTTPServer SimpleXMLRPCServer SocketServer StringIO Tix Tkinter UserDict
    UserList UserString __builtin__ annotationlib anydbm asynchat asyncore binhex cPickle
    cProfile cStringIO cgi cgitb chunk commands compression cookielib copy_reg crypt dbhash
    distutils dummy_thread dumbdbm exceptions formatter fpformat future_builtins gdbm graphlib
    htmlentitydefs htmllib httplib imghdr imp lib2to3 macpath mailcap md5 mhlib mimetools mimify
    msilib multifile nis nntplib ossaudiodev parser pipes popen2 posixfile rexec rfc822
    robotparser sets sgmllib sha smtpd sndhdr spwd statvfs stringold strop sunau symbol
    telnetlib thread tkColorChooser tkFileDialog tkFont tkMessageBox tkSimpleDialog tomllib ttk
    urllib2 urlparse user uu whichdb xdrlib xmllib xmlrpclib zoneinfo
    """.split()  # noqa: SIM905 - one word a line would be three pages
)


def is_standard(module: str) -> bool:
    """Whether some Python's own library offers the module, Python 2's included."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _STDLIB_ELSEWHERE


def is_only_on_colab(module: str) -> bool:
    """Whether only a hosted notebook service offers the module."""
    return any(module == name or module.startswith(f"{name}.") for name in _ONLY_ON_COLAB)


def why_not_on_an_index(module: str) -> str | None:
    """Why an import that the repository does not hold is not looked for on an index."""
    top = module.partition(".")[0]
    if is_only_on_colab(module):
        return "exists only on a hosted notebook service"
    if top in _NOT_ON_AN_INDEX:
        return OF_A_PROGRAM
    if top in _EVERYONES_OWN or top.endswith(("_pb2", "_pb2_grpc")):
        return "looks like a module of the repository that is missing in it"
    if not is_distribution(distribution_of(module)):
        return "no package of an index can have such a name"
    return None


def is_distribution(name: str) -> bool:
    """Whether an index can have a distribution of that canonical name: `-ext` of `_ext` is none."""
    return is_normalized_name(name)


def is_known(module: str) -> bool:
    """Whether a distribution is known to offer the module, as opposed to guessed from its name."""
    top = module.partition(".")[0]
    return top in _IMPORTS or top in load_naming_data().by_import or top in _POPULAR


def distribution_of(module: str) -> str:
    """The distribution that offers a dotted import name; the longest known prefix decides."""
    parts = module.split(".")
    prefixes = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    known = next((_IMPORTS[prefix] for prefix in prefixes if prefix in _IMPORTS), None)
    if known:
        return known
    ours = str(canonicalize_name(parts[0]))
    data = load_naming_data()
    for prefix in prefixes:
        if ours in data.by_import.get(prefix, ()):
            return ours
        found = data.distribution_of(prefix)
        if found:
            return found
    return ours


def offers(distribution: str) -> frozenset[str]:
    """All distributions that give the same import name as this one, itself included."""
    return frozenset({distribution} | _OFFERED_BY.get(distribution, set()))


def brought_by(distribution: str) -> frozenset[str]:
    """Distributions that bring what this one holds, so that it is not needed beside them."""
    return frozenset(_BROUGHT_BY.get(distribution, ()))


def distributions_of(target: str) -> frozenset[str]:
    """Those that may offer what is imported.

    Args:
        target: `module` or `module:name`.
    """
    module, _, name = target.partition(":")
    return offers(distribution_of(module)) | offers(distribution_of(f"{module}.{name}"))


def present_name(name: str) -> str:
    """The name under which a distribution is found today, canonical."""
    canonical = str(canonicalize_name(name))
    return _RENAMED.get(canonical, canonical)


def has_other_versions(name: str) -> bool:
    """Whether versions of the name say nothing of those under its present name."""
    return str(canonicalize_name(name)) in _OTHER_VERSIONS
