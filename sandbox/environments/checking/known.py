"""What is known to have gone, come or been needed: tables that say which change cures it.

A change is written as words: `numpy<2` bounds a distribution, `python<3.10` the interpreter,
`+pillow` adds a distribution, `apt:libgl1` a Debian package, `@2020-04-30` is the last day on which
an era's packages still fitted together.

"compared" below: wheels on both sides of the bound were installed and the names imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TENSORFLOW_1 = "tensorflow<2 keras<2.4 @2020-04-30"
_KERAS_ALONE = "keras<2.4 tensorflow<2.2 @2020-04-30"  # from 2.4 on Keras needs TensorFlow 2.2
_KERAS_2_8 = "keras<2.9 tensorflow<2.9"
_KERAS_2_12 = "keras<2.13 tensorflow<2.13"
_TRANSFORMERS_3 = (
    "albert auto bart bert camembert ctrl distilbert dpr electra encoder_decoder flaubert gpt2 "
    "longformer lxmert marian mbart mobilebert openai pegasus rag reformer roberta t5 transfo_xl "
    "xlm xlm_roberta xlnet"
)


def each(prefix: str, change: str, names: str) -> Mapping[str, str]:
    """Dotted names below a prefix: the change."""
    return {f"{prefix}{name}": change for name in names.split()}


REMOVED: Mapping[str, str] = {
    # Python: "Removed" in What's New of 3.8 to 3.14
    "time.clock": "python<3.8",
    "dummy_threading": "python<3.9",
    "fractions.gcd": "python<3.9",
    **each(
        "collections.",
        "python<3.10",
        "Callable Container Hashable ItemsView Iterable Iterator KeysView Mapping MappingView "
        "MutableMapping MutableSequence MutableSet Sequence Set Sized ValuesView",
    ),
    **each("", "python<3.10", "formatter parser symbol"),
    **each("", "python<3.11", "asyncio.coroutine binhex inspect.getargspec"),
    **each("", "python<3.12", "asynchat asyncore imp pkgutil.ImpImporter smtpd"),
    "configparser.SafeConfigParser": "python<3.12",
    "distutils": "+setuptools",  # which brings a copy of it
    **each(
        "",
        "python<3.13",
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev "
        "pipes sndhdr spwd sunau telnetlib unittest.makeSuite uu xdrlib",
    ),
    **each("ast.", "python<3.14", "Bytes Ellipsis NameConstant Num Str"),
    # NumPy 1.23.5 and 1.24.4, 1.26.4 and 2.2.6 compared
    **each("numpy.", "numpy<1.24", "bool complex float int long object str typeDict unicode"),
    **each(
        "numpy.",
        "numpy<2",
        "DataSource Inf Infinity NINF NZERO NaN PINF PZERO add_newdoc_ufunc alltrue asfarray "
        "byte_bounds cast cfloat complex_ cumproduct deprecate disp find_common_type float_ infty "
        "issctype issubclass_ issubsctype longfloat lookfor mat maximum_sctype msort nbytes "
        "obj2sctype product recfromcsv round_ safe_eval sctype2char sctypes set_string_function "
        "singlecomplex sometrue source string_ unicode_ who",
    ),
    # SciPy 1.2.3 and 1.3.3, 1.12.0 and 1.13.1, 1.13.1 and 1.14.1 compared
    **each(
        "scipy.misc.",
        "scipy<1.3 +pillow",
        "bytescale fromimage imfilter imread imresize imrotate imsave imshow pilutil toimage",
    ),
    **each("scipy.misc.", "scipy<1.3", "comb factorial factorial2 factorialk logsumexp pade"),
    "scipy.ndimage.imread": "scipy<1.3 +pillow",
    **each("scipy.linalg.", "scipy<1.13", "tril triu"),
    **each("scipy.signal.", "scipy<1.13", "blackman gaussian hamming hann kaiser"),
    **each("scipy.integrate.", "scipy<1.14", "cumtrapz simps trapz"),
    # scikit-learn 0.19.2, 0.21.3, 0.22.2, 0.23.2, 0.24.2, 1.1.3, 1.2.2 and 1.3.2 compared
    **each("sklearn.", "scikit-learn<0.20", "cross_validation grid_search learning_curve"),
    "sklearn.decomposition.RandomizedPCA": "scikit-learn<0.20",
    "sklearn.mixture.GMM": "scikit-learn<0.20",
    "sklearn.datasets.fetch_mldata": "scikit-learn<0.22",
    "sklearn.preprocessing.Imputer": "scikit-learn<0.22",
    # 0.20.4, 0.21.3 and 0.22.2 compared: from 0.21 on `joblib` is a name for the one outside of it
    **each(
        "sklearn.externals.joblib.",
        "scikit-learn<0.21",
        "disk format_stack func_inspect hashing logger memory my_exceptions parallel pool",
    ),
    "sklearn.externals": "scikit-learn<0.23",
    "sklearn.metrics.jaccard_similarity_score": "scikit-learn<0.23",
    "sklearn.utils.linear_assignment_": "scikit-learn<0.23",
    **each(
        "sklearn.",
        "scikit-learn<0.24",
        "cluster.k_means_ datasets.base datasets.samples_generator decomposition.pca "
        "ensemble.forest ensemble.gradient_boosting feature_selection.univariate_selection "
        "linear_model.base linear_model.logistic linear_model.stochastic_gradient manifold.t_sne "
        "metrics.classification metrics.ranking metrics.regression metrics.scorer neighbors.base "
        "neural_network.multilayer_perceptron preprocessing.data preprocessing.label svm.base "
        "svm.classes tree.tree utils.safe_indexing utils.testing",
    ),
    **each(
        "sklearn.",
        "scikit-learn<1.2",
        "datasets.load_boston metrics.plot_confusion_matrix metrics.plot_roc_curve "
        "metrics.plot_precision_recall_curve",
    ),
    "sklearn.neighbors.DistanceMetric": "scikit-learn<1.3",
    "sklearn.utils.metaestimators.if_delegate_has_method": "scikit-learn<1.3",
    # pandas 1.5.3 and 2.0.3 compared
    **each(
        "pandas.",
        "pandas<2",
        "Float64Index Int64Index UInt64Index core.index datetime io.json.json_normalize np "
        "util.testing",
    ),
    # Matplotlib 3.0.3 and 3.1.3, 3.7.5, 3.8.4 and 3.9.4 compared
    **each("matplotlib.mlab.", "matplotlib<3.1", "PCA bivariate_normal griddata normpdf"),
    "matplotlib.cbook.MatplotlibDeprecationWarning": "matplotlib<3.8",
    "matplotlib.docstring": "matplotlib<3.8",
    "matplotlib.cm.register_cmap": "matplotlib<3.9",
    # NetworkX 2.4, 2.8.8 and 3.0 compared; changelog of 2.4
    "networkx.connected_component_subgraphs": "networkx<2.4",
    **each(
        "networkx.",
        "networkx<3",
        "from_numpy_matrix from_scipy_sparse_matrix info read_gpickle to_numpy_matrix "
        "to_scipy_sparse_matrix write_gpickle",
    ),
    # Keras 2.3.1, 2.6, 2.8, 2.9, 2.12 and 2.13.1 compared; TensorFlow of the same number
    "keras.engine.topology": _KERAS_ALONE,
    "keras.layers.normalization.BatchNormalization": _KERAS_ALONE,
    **each("keras.layers.", _KERAS_ALONE, "CuDNNGRU CuDNNLSTM"),
    **each("keras.layers.", _KERAS_2_8, "advanced_activations merge recurrent wrappers"),
    **each("keras.layers.", _KERAS_2_12, "convolutional core embeddings noise pooling"),
    **each("keras.utils.", _KERAS_2_12, "data_utils generic_utils np_utils vis_utils"),
    **each("keras.", _KERAS_2_12, "engine wrappers"),
    # not there from 2.9 to 2.12, and before and after
    **each(
        "keras.preprocessing.",
        _KERAS_2_8,
        "image.array_to_img image.img_to_array image.load_img image.save_img "
        "sequence.pad_sequences",
    ),
    # Keras 2.13, 2.15 and 3 compared
    **each(
        "keras.",
        "keras<3 tensorflow<2.16",
        "layers.experimental preprocessing.image.DirectoryIterator "
        "preprocessing.image.ImageDataGenerator preprocessing.image.Iterator "
        "preprocessing.sequence.TimeseriesGenerator preprocessing.text",
    ),
    # TensorFlow's migration guide to 2.0; release notes of 2.16, which is the first with Keras 3
    **each("tensorflow.", "tensorflow<2.16 keras<3", "keras python.keras"),
    "tensorflow.python.keras.preprocessing": "tensorflow<2.8",  # 2.7.4 and 2.8.4 compared
    **each(
        "tensorflow.",
        _TENSORFLOW_1,
        "Session app contrib examples flags logging placeholder python_io set_random_seed",
    ),
    # PyTorch 2.0 release notes; torchvision 0.10.1 looked into, issues on 0.11 and 0.17;
    # torchtext 0.9 and 0.12 release notes
    "torch._six": "torch<2",
    "torch.optim.lr_scheduler.SAVE_STATE_WARNING": "torch<1.8",
    "caffe2": "torch<1.9 +future",  # PyTorch 1.8.0 and 1.12.1 compared
    "torchvision.models.utils": "torchvision<0.11",
    "torchvision.transforms.functional_tensor": "torchvision<0.17",
    **each("torchtext.data.", "torchtext<0.9", "BucketIterator Field Iterator TabularDataset"),
    "torchtext.legacy": "torchtext<0.12",
    # PyTorch Lightning: pull request 14471, issue 15509; 1.5 changelog; 0.8.5 to 1.0.8 compared
    "pytorch_lightning.utilities.distributed": "pytorch-lightning<1.8",
    "pytorch_lightning.metrics": "pytorch-lightning<1.5",
    "pytorch_lightning.logging": "pytorch-lightning<0.9",
    "pytorch_lightning.callbacks.LearningRateLogger": "pytorch-lightning<1",
    # Transformers 3.5.1 and 4.0.1, 4.49.0 and 4.50.3 compared; huggingface_hub before and after
    # 0.26 and 1.0 compared. Before 3 there are releases for every Python, without these modules
    **each("transformers.configuration_", "transformers<4,>=3", _TRANSFORMERS_3),
    **each("transformers.modeling_", "transformers<4,>=3", _TRANSFORMERS_3),
    **each("transformers.modeling_tf_", "transformers<4,>=3", _TRANSFORMERS_3),
    **each("transformers.tokenization_", "transformers<4,>=3", _TRANSFORMERS_3),
    "transformers.AdamW": "transformers<4.50",
    "huggingface_hub.cached_download": "huggingface-hub<0.26",
    "huggingface_hub.HfFolder": "huggingface-hub<1",
    # gym: issue 2674; 0.22 draws with pygame
    "gym.envs.classic_control.rendering": "gym<0.22 pyglet<2 +pyglet",
    **each("gym.wrappers.", "gym<0.23", "Monitor monitor"),
    # PettingZoo 1.20.1 and 1.21.0, 1.22.3 and 1.22.4, ale-py 0.8.1 and 0.9.0 compared
    "ale_py.roms.utils": "ale-py<0.9",
    "pettingzoo.utils.wrappers.BaseParallelWraper": "pettingzoo<1.22.4",
    **each("pettingzoo.classic.", "pettingzoo<1.21", "dou_dizhu_v4 mahjong_v4 uno_v4"),
    # IPython 7.34, 8.12 and 9 compared; `html` stands for notebook and ipywidgets
    "IPython.html": "ipython<8 ipywidgets<8 notebook<7 +notebook +ipywidgets",
    "IPython.core.display.display": "ipython<9",
    # Pillow 6, 9 and 10: deprecations and removals
    "PIL.PILLOW_VERSION": "pillow<7",
    **each("PIL.Image.", "pillow<10", "ANTIALIAS LINEAR CUBIC"),
    # Flask 2.2, 2.3, 3.0 with Werkzeug 2.x, 3.0, 3.1 compared; Jinja 3.1, MarkupSafe 2.1
    "flask.json.JSONEncoder": "flask<2.3",
    **each("flask.", "flask<3", "Markup _app_ctx_stack _request_ctx_stack escape"),
    "itsdangerous.json": "itsdangerous<2.1",
    **each(
        "jinja2.", "jinja2<3.1", "Markup contextfilter contextfunction environmentfilter escape"
    ),
    "markupsafe.soft_unicode": "markupsafe<2.1",
    "werkzeug.security.safe_str_cmp": "werkzeug<2.1",
    **each("werkzeug.wrappers.", "werkzeug<2.1", "BaseRequest BaseResponse"),
    "werkzeug.urls": "werkzeug<3",
    "werkzeug.__version__": "werkzeug<3.1",
    # setuptools 69, 70, 80 and 82 compared; its own warning names 81
    "pkg_resources": "setuptools<81 +setuptools",
    "pkg_resources.packaging": "setuptools<70",
    # gensim 3 and 4, numba 0.49.1 and 0.50.1 compared; pydantic's migration guide
    **each("gensim.", "gensim<4", "models.wrappers summarization"),
    "numba.decorators": "numba<0.50",
    "pydantic.fields.ModelField": "pydantic<2",
    # PyMC 2.3.8 and 4 compared: another program under the same name; it uses NumPy's old aliases
    **each("pymc.", "pymc<3 numpy<1.24", "MCMC MAP Matplot deterministic rbeta rnormal stochastic"),
}
"""Dotted name of what is gone: the change; the longest prefix counts."""

ADDED: Mapping[str, str] = {
    # Python: "New" in What's New of 3.8 to 3.12
    **each("", "python>=3.8", "functools.cached_property importlib.metadata math.prod"),
    **each("typing.", "python>=3.8", "Final Literal Protocol TypedDict"),
    **each("", "python>=3.9", "functools.cache graphlib importlib.resources.files zoneinfo"),
    "typing.Annotated": "python>=3.9",
    "itertools.pairwise": "python>=3.10",
    **each("typing.", "python>=3.10", "Concatenate ParamSpec TypeAlias TypeGuard"),
    **each("", "python>=3.11", "enum.StrEnum tomllib"),
    **each("typing.", "python>=3.11", "LiteralString Never NotRequired Required Self Unpack"),
    **each("", "python>=3.12", "itertools.batched typing.override"),
    # NumPy 1.17 and 1.20 release notes, Pillow 9.1, scikit-learn 0.22; protobuf and
    # scikit-optimize 0.7 and 0.8 compared
    "numpy.random.Generator": "numpy>=1.17",
    "numpy.random.default_rng": "numpy>=1.17",
    "numpy.typing": "numpy>=1.20",
    "PIL.Image.Resampling": "pillow>=9.1",
    "google.protobuf.internal.builder": "protobuf>=3.20",
    "google.protobuf.runtime_version": "protobuf>=5.27",
    "skopt.plots.plot_histogram": "scikit-optimize>=0.8",
    "skopt.plots.plot_objective_2D": "scikit-optimize>=0.8",
    "sklearn.neighbors._base": "scikit-learn>=0.22",
    "sklearn.utils._testing": "scikit-learn>=0.22",
}
"""Dotted name of what was not there yet: the change."""

LAST_PYTHON: Mapping[str, str] = {
    # tags of the last wheels below each bound; a bound that no Python suits is given up unheard
    **each("matplotlib<", "python<3.8", "3 3.1"),
    **each("scipy<", "python<3.8", "1.3"),
    **each("scikit-learn<", "python<3.8", "0.20 0.21 0.22"),
    **each("tensorflow<", "python<3.8", "2 2.2"),
    "numpy<1.16.3": "python<3.8",
    **each("torch<", "python<3.10", "1.8 1.9"),
    "torch<1.13": "python<3.11",
    **each("scikit-learn<", "python<3.9", "0.23 0.24"),
    "pymc<3": "python<3.9",  # no wheels: its C compiles for 3.8, and not for 3.10
    **each("", "python<3.9", "gensim<4 numba<0.50 pillow<7 transformers<4,>=3"),
    **each("", "python<3.9", "h5py<3 numpy<1.18 pandas<1"),
    "transformers<4.16": "python<3.10",  # by the tokenizers that they want
    **each("", "python<3.10", "numpy~=1.20.0 torchtext<0.9 torchtext<0.12 torchvision<0.11"),
    **each(
        "", "python<3.10", "matplotlib<3.5 pyyaml<6 scikit-image<0.19 scikit-learn<1 tensorflow<2.6"
    ),
    **each("", "python<3.11", "markupsafe<2.1 pettingzoo<1.21 tensorflow<2.8 tensorflow<2.9"),
    **each("", "python<3.11", "matplotlib<3.6 tensorflow<2.11"),
    **each("", "python<3.11", "numpy<1.22 numpy<1.23 scikit-image<0.20 scipy<1.8 scipy<1.9"),
    "ale-py<0.9": "python<3.12",
    **each("scikit-learn<", "python<3.12", "1.2 1.3"),
    **each("tensorflow<", "python<3.12", "2.13 2.14 2.16"),
    **each("", "python<3.12", "numpy<1.24 pandas<2 pillow<10 torch<2 torchvision<0.17"),
    **each("", "python<3.12", "matplotlib<3.7 scipy<1.11"),
    **each("matplotlib<", "python<3.13", "3.8 3.9"),
    **each("scikit-learn<", "python<3.13", "1.4 1.5"),
    **each("scipy<", "python<3.13", "1.12 1.13 1.14"),
    **each("numpy<", "python<3.13", "2 2.0"),
}
"""Bound: the Pythons for which there are wheels below it; none = all."""

LIGHT: Mapping[str, str] = {"torch": "<1.13"}
"""Releases of the package index that bring CUDA's libraries in them, not gigabytes besides."""

BOUND_TO_TORCH = frozenset({"torchaudio", "torchtext", "torchvision"})
"""Compiled for one release of torch, so that beside another some of it is missing."""

_VERSION = r"([0-9]+(?:\.[0-9]+)*)"

_API = r"compiled against (?:ABI version \S+ and )?API version"

SAID = (
    # NumPy 2.0 migration guide; wheels for NumPy 1 and NumPy 2 beside each other
    (r"numpy\.core\.(?:multiarray|umath) failed to import", "numpy<2"),
    (r"_ARRAY_API\b|compiled using NumPy 1\.x cannot be run in", "numpy<2"),
    (r"numpy\.dtype size changed.*Expected 96 from C header, got 88", "numpy<2"),
    # NumPy's numpyconfig.h: what grew in 1.20, and the API's number with each version
    (r"numpy\.ndarray size changed.*Expected 88 from C header, got 80", "numpy>=1.20"),
    (rf"{_API} 0xe\b", "numpy>=1.20"),
    (rf"{_API} 0xf\b", "numpy>=1.22"),
    (rf"{_API} 0x10\b", "numpy>=1.23"),
    # what packages say of themselves
    (r"`np\.\w+` was a deprecated alias for the builtin", "numpy<1.24"),
    (r"`np\.\w+` was removed in the NumPy ([0-9]+\.[0-9]+) release", "numpy<{}"),
    (rf"\b([A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?)>=[0-9.]+, ?<{_VERSION} is required", "{}<{}"),
    # OpenMMLab's packages
    (r"is used but incompatible\. Please install mmcv[^,]*, ?<=?" + _VERSION, "mmcv<{}"),
    (r"Please install mmcv>=\(.*\), ?<=?\(([0-9]+), ([0-9]+)", "mmcv<{}.{}"),
    # of dgl 2 there is one for each torch of its time; 1.1 has none
    (r"Cannot find DGL C\+\+ (?:graphbolt|sparse) library", "dgl<2"),
    (r"Resource \S*wordnet\S* not found", "nltk!=3.9"),  # nltk: issue 3308
    # tflite-support 0.4.4 beside TensorFlow 2.13.1 and 2.14.1: from there on both define that type
    (r'cannot initialize type "StatusCode"', "tensorflow<2.14"),
    (r"plotly\.plotly module is deprecated", "plotly<4"),  # its own message, from 4 on
    (r"has been removed from scikit-learn since version ([0-9]+\.[0-9]+)", "scikit-learn<{}"),
    (r"Numba needs NumPy ([0-9]+\.[0-9]+) or less", "numpy~={}.0"),
    (r"`BaseSettings` has been moved to the `pydantic-settings` package", "pydantic<2"),
    (r"errors\.pydantic\.dev/|If you use `@root_validator` with pre=False", "pydantic<2"),
    (r"__config__' has no attribute 'blas_opt_info'", "numpy<1.22"),
    (r"Descriptors cannot (?:not )?be created directly", "protobuf<3.21"),
    (rf"gencode {_VERSION} runtime [0-9.]+\. Runtime version cannot be older", "protobuf>={}"),
    # generated by protoc 3.19, of pure Python: 3.18.3, 3.19.0 and 3.20.0 tried with each other
    (r"'NoneType' object has no attribute 'message_types_by_name'", "protobuf>=3.19"),
    (r"the currently installed version is Keras 3, but this is not yet supported", "+tf-keras"),
    # 59.5.0 and 59.6.0 compared; torch.utils.tensorboard of torch 1.10 and before
    (r"module '(?:setuptools\._)?distutils' has no attribute 'version'", "setuptools<59.6"),
    # cloudpickle before 1.3 makes code objects as Python 3.7 has them, and so did others
    (r"code\(\) argument 13 must be str, not int", "python<3.8"),
    (r"an integer is required \(got type bytes\)", "python<3.8"),
    # gym 0.15.7, 0.18, 0.21 and 0.26.2 compared: what registers environments has another shape
    (r"__init__\(\) got an unexpected keyword argument 'tags'", "gym<0.16"),
    (r"'dict' object has no attribute 'env_specs'", "gym<0.26"),
    # Python 3.11, dataclasses; 3.12.4, issue 118418; PEP 585; PEP 604
    (r"mutable default .* for field \w+ is not allowed", "python<3.11"),
    (r"ForwardRef\._evaluate\(\) missing 1 required keyword-only argument", "python<3.12"),
    (r"'(?:type|ABCMeta)' object is not subscriptable", "python>=3.9"),
    (r"unsupported operand type\(s\) for \|: '(?:type|_GenericAlias)'", "python>=3.10"),
    # a display that nobody sees: pyglet, Tk, Xlib, pynput, pyautogui, Qt
    (r"NoSuchDisplayException|\$DISPLAY|KeyError: 'DISPLAY'|Display\w*Error:", "apt:xvfb"),
    (r"acquire X connection|(?:cannot|can't|couldn't|could not) open display", "apt:xvfb"),
    (r"(?:cannot|can't|couldn't|could not) connect to (?:X server|display)", "apt:xvfb"),
    # programs and libraries that a package asks the system for
    (r"PortAudio library not found", "apt:libportaudio2"),
    (r"no pq wrapper available|libpq library not found", "apt:libpq5"),
    (r"sndfile library not found|cannot load library 'libsndfile", "apt:libsndfile1"),
    (r"failed to find libmagic", "apt:libmagic1"),
    (r"Unable to find zbar shared library", "apt:libzbar0"),
    (r"Could not locate METIS dll", "apt:libmetis5"),
    (r'Library "GLU?" not found|Unable to load OpenGL library', "apt:libgl1 apt:libglu1-mesa"),
    (r"'(?:eglQueryString|glGetError)'|Unable to load EGL library", "apt:libegl1 apt:libgl1"),
    (r'no library called "(?:lib)?cairo', "apt:libcairo2"),
    (r"cannot load library '(?:lib)?(?:gobject|pango)", "apt:libpango-1.0-0 apt:libpangoft2-1.0-0"),
    (r"could not find or load spatialindex_c", "apt:libspatialindex6"),
    (r"Bad git executable|No such file or directory: '?git\b", "apt:git"),
    (r"Graphviz|No such file or directory: (?:\w+\()?'dot'", "apt:graphviz"),
    (r"ffmpeg (?:exe|or ffprobe) could (?:not )?be found", "apt:ffmpeg"),
    (r"No such file or directory: '?ff(?:mpeg|probe)", "apt:ffmpeg"),
    (r"tesseract is not installed", "apt:tesseract-ocr"),
    (r"Java gateway process exited|JAVA_HOME is not set", "apt:default-jre-headless"),
    (r"No such file or directory: '?java\b|No JVM shared library", "apt:default-jre-headless"),
    (r"No such file or directory: '?swig\b", "apt:swig"),
    (r"No module named '_?tkinter'", "apt:python3-tk"),
)
"""Pattern in an error's message: the change, with what its group found in place of `{}`."""

CUDA = re.compile(
    r"lib(?:c10_cuda|torch_cuda\w*|cublas\w*|cuda|cudart|cudnn\w*|cufft\w*|cupti|curand|cusolver\w*|cusparse\w*|nccl|npp\w*"
    r"|nvidia-ml|nvinfer\w*|nvjitlink|nvrtc|nvToolsExt)\.so",
    re.IGNORECASE,
)
"""Libraries of NVIDIA's, or built for them: no Debian package has them."""

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "kaggle": {"KAGGLE_USERNAME": "nobody", "KAGGLE_KEY": "none"}
}
"""Distribution that cannot be imported without credentials: variables that stand in for them."""

LOCAL = frozenset(
    """
    args base common config configs constants core data dataset env environment helper helpers layer
    layers lib loss losses main metrics model models module modules net network networks ops options
    params preprocess preprocessing settings src test tests tools train trainer util utils
    """.split()  # noqa: SIM905 - one word a line would be two pages
)
"""Modules that repositories call so; what has that name on an index is something else."""

LIBRARIES: Mapping[str, str] = {
    "libGLU.so.1": "libglu1-mesa",
    **each("lib", "libglib2.0-0", "gio-2.0.so.0 glib-2.0.so.0 gmodule-2.0.so.0 gobject-2.0.so.0"),
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libOSMesa.so.8": "libosmesa6",
    "libdb-5.3.so": "libdb5.3",
    "libgeos_c.so.1": "libgeos-c1v5",
    "libjack.so.0": "libjack-jackd2-0",
    "libjpeg.so.62": "libjpeg62-turbo",
    "libjvm.so": "default-jre-headless",
    "libmpi.so.40": "libopenmpi3",
    **each("lib", "libnss3", "nss3.so nssutil3.so smime3.so ssl3.so"),
    **each("lib", "libnspr4", "nspr4.so plc4.so plds4.so"),
    "libxml2.so.2": "libxml2",
}
"""Shared library: its Debian package, where Debian's Policy 8.1 does not tell the name."""
