"""What running code says when an API has changed behind it, or something optional is missing.

A table of patterns and the change that cures it, in the words of `known`; tells, and tries nothing.

A pattern is searched in two lines: the source line of the innermost frame that is shown, then
`Kind: message`, its whitespace collapsed, and ` [in DISTRIBUTION VERSION]` where the error was
raised in the file of a distribution. The first line makes a pattern sharp where the message alone
is vague. A change applies where what it bounds is installed in a version outside of the bound; the
first pattern that is found and applies counts.

"compared" below: both versions were installed, the first fails in these words, and the same lines
run through with the last release below the bound.
"""

from __future__ import annotations


def _unexpected(names: str, of: str = "") -> str:
    """A keyword that is gone; `of` is the function's name, as a pattern."""
    named = rf"\b(?:{of})\(\) " if of else ""
    return rf"{named}got an unexpected keyword argument '(?:{_any(names)})'"


def _unexpected_by(names: str, of: str) -> str:
    """The same where the class is named by the message, from 3.10 on, or by the line before."""
    return rf"\b(?:{of})\b[\s\S]*{_unexpected(names)}"


def _absent(names: str, of: str) -> str:
    """Attributes that objects of these classes, a pattern, have no more."""
    return rf"'(?:{of})' object has no attribute '(?:{_any(names)})'"


def _positional(names: str) -> str:
    """Functions that take by position less than they did; from 3.10 on after a class's name."""
    return rf"\b(?:{_any(names)})\(\) takes (?:from \d+ to )?\d+ positional arguments? but"


def _any(names: str) -> str:
    return "|".join(names.split())


_FRAME = "DataFrame|Series"

_PYTHON = (
    # 3.8.18 and 3.9.18
    (_absent("isAlive", r"\w*Thread\w*"), "python<3.9"),
    (_absent("getchildren getiterator", r"[\w.]*ElementTree\.\w+"), "python<3.9"),
    (_absent("tostring fromstring", r"array\.array"), "python<3.9"),
    (_absent("unescape", r"\w*Parser\w*"), "python<3.9"),
    (_unexpected("encoding", r"(?:JSONDecoder\.)?__init__") + r"$", "python<3.9"),
    # 3.9.18 and 3.10.13
    (r"\bfactorial\(.*\nTypeError: 'float' object cannot be interpreted", "python<3.10"),
    (r"'decimal\.Decimal' object cannot be interpreted as an integer", "python<3.10"),
    (r"\*loop\* parameter was removed from \w+\(\)", "python<3.10"),
    (_unexpected("loop"), "python<3.10"),
    # 3.10.13 and 3.11.7
    (r"Population must be a sequence\. +For dicts or sets", "python<3.11"),
    (r"\.shuffle\(.*\nTypeError: Random\.shuffle\(\) takes 2 positional", "python<3.11"),
    (r"invalid mode: '(?:\w*U\w*)'", "python<3.11"),
    (r"global flags not at the start of the expression", "python<3.11"),
    # 3.11.7 and 3.12.1
    (r"_index\((?:start|stop)\)\nTypeError: 'float' object cannot be", "python<3.12"),
    (r"object has no attribute 'assert(?:Equals|NotEquals|RegexpMatches|_)'", "python<3.12"),
    (_absent("readfp", r"\w*Parser"), "python<3.12"),
    (_absent("find_module", "FileFinder|zipimporter"), "python<3.12"),
    # 3.12.1 and 3.13.0
    (r"'(?:Posix)?Path' object does not support the context manager protocol", "python<3.13"),
)

_DATA = (
    # PyYAML 5.4.1 and 6.0.2
    (r"load(?:_all)?\(\) missing 1 required positional argument: 'Loader'", "pyyaml<6"),
    # NumPy 1.16.2 and 1.16.4, 1.17.5 and 1.18.5
    (r"Object arrays cannot be loaded when allow_pickle=False", "numpy<1.16.3"),
    (r"'float'> cannot be safely interpreted as an integer", "numpy<1.18"),
    (r"operator\.index\(num\)\nTypeError: 'float' object cannot be", "numpy<1.18"),
    # 1.23.5, 1.24.4, 1.26.4, 2.0.2, 2.1.3, 2.2.6, 2.3.5, 2.4.0 and 2.4.6
    (r"The requested array has an inhomogeneous shape", "numpy<1.24"),
    (_unexpected("normed", r"histogram\w*"), "numpy<1.24"),
    (r"arrays to stack must be passed as a \"sequence\" type", "numpy<1.24"),
    (r"Unable to avoid copy while creating an array as requested", "numpy<2"),
    (r"`\w+` was removed from the ndarray class in NumPy 2\.0", "numpy<2"),
    (_absent("itemset newbyteorder ptp", r"numpy\.ndarray"), "numpy<2"),
    (r"Python integer -?\d+ out of bounds for u?int\d+", "numpy<2"),
    (r"The truth value of an empty array is ambiguous\. Use `array\.size > 0`", "numpy<2.2"),
    (_absent("tostring", r"numpy\.ndarray"), "numpy<2.3"),
    (r"The binary mode of fromstring is removed", "numpy<2.3"),
    (r"only 0-dimensional arrays can be converted to Python scalars", "numpy<2.4"),
    (r"format: a(?: real)? number is required, not numpy\.ndarray", "numpy<2.4"),
    (r"Calling np\.sum\(generator\) is deprecated", "numpy<2.4"),
    (_unexpected("newshape", "reshape"), "numpy<2.4"),
    # SciPy 1.8.1, 1.9.3, 1.10.1, 1.11.4, 1.12.0, 1.13.1, 1.14.1 and 1.17.1
    (_unexpected("cond rcond", "pinvh?"), "scipy<1.9"),
    (r"Unexpected keyword argument \{'n_jobs'", "scipy<1.9"),
    (r"\bmode\b.*\nIndexError: invalid index to scalar variable", "scipy<1.11"),
    (r"Module 'scipy' has no attribute '\w+'", "scipy<1.12"),
    (r"`interp2d` has been removed in SciPy 1\.14", "scipy<1.14"),
    (_absent("A H", r"\w+_(?:array|matrix)"), "scipy<1.14"),
    (_unexpected("tol restrt", r"\w*cgs?t?a?b?|l?gmres|minres|qmr|gcrotmk"), "scipy<1.14"),
    (_unexpected("eigvals turbo", r"eigv?a?l?s?h"), "scipy<1.14"),
    # pandas 1.5.3, 2.2.3 and 3.1.1
    (
        _absent("append iteritems lookup mad slice_shift tshift", rf"{_FRAME}|\w*Index|\w*GroupBy"),
        "pandas<2",
    ),
    (
        _positional(
            "any bfill clip concat drop drop_duplicates dropna ffill fillna infer_freq "
            "interpolate mask pivot read_csv read_table replace reset_index rsplit set_axis "
            r"set_index sort_index sort_values split where"
        ),
        "pandas<2",
    ),
    (
        _unexpected("error_bad_lines mangle_dupe_cols prefix squeeze warn_bad_lines", r"read_\w+"),
        "pandas<2",
    ),
    (
        _unexpected("closed datetime_is_numeric inplace is_copy level line_terminator"),
        "pandas<2",
    ),
    (r"Could(?: not|n't) convert .* to numeric.* \[in pandas", "pandas<2"),
    (r"Cannot convert .* to numeric.* \[in pandas", "pandas<2"),
    (r"agg function failed \[how->", "pandas<2"),
    (r"rl\.indexer.*\nValueError: could not convert string to float", "pandas<2"),
    (r"raise TypeError\(e\) from e\nTypeError: could not convert string to float", "pandas<2"),
    (r"Cannot subset columns with a tuple with more than one element", "pandas<2"),
    (r"Passing a set as an indexer is not supported", "pandas<2"),
    (r"time data .* doesn't match format .* at position \d+\. You might want to try", "pandas<2"),
    (_absent("is_all_dates asi8 to_native_types", r"\w*Index"), "pandas<2"),
    (_absent("week weekofyear", "DatetimeIndex|DatetimeProperties"), "pandas<2"),
    (r"orient '[a-z]+' not understood", "pandas<2"),
    (r"Inclusive has to be either string of 'both'", "pandas<2"),
    (_absent("freq freqstr", "Timestamp"), "pandas<2"),
    (_absent("vol", "ExponentialMovingWindow"), "pandas<2"),
    (r"diff_b_a = subtract\(b, a\)\nTypeError: .*'str' and 'str'", "pandas<2"),
    (r"ensure_float64\(values\)\nValueError: could not convert string to float", "pandas<2"),
    (r"KeyError: '[12]\d{3}(?:-\d\d?)?' \[in pandas", "pandas<2"),
)

_SKLEARN_1 = (
    "AdaBoost(?:Classifier|Regressor) AgglomerativeClustering Bagging(?:Classifier|Regressor) "
    "CountVectorizer DBSCAN DecisionTree(?:Classifier|Regressor) ElasticNet(?:CV)? "
    "ExtraTrees(?:Classifier|Regressor) FastICA GaussianMixture GaussianProcess(?:Classifier"
    "|Regressor) GradientBoosting(?:Classifier|Regressor) GridSearchCV GroupKFold IsolationForest "
    "KFold KMeans KNeighbors(?:Classifier|Regressor) Kernel(?:Density|PCA|Ridge) "
    "LabelBinarizer Lasso(?:CV)? LatentDirichletAllocation Linear(?:SV[CR]|Regression) "
    "LogisticRegression(?:CV)? MLP(?:Classifier|Regressor) MeanShift MinMaxScaler "
    "MiniBatchKMeans MultinomialNB NMF OneHotEncoder OneVsRestClassifier PCA Pipeline "
    "PolynomialFeatures RFE(?:CV)? RandomForest(?:Classifier|Regressor) RandomizedSearchCV "
    "Ridge(?:CV|Classifier)? SGD(?:Classifier|Regressor) SV[CR] SelectKBest SpectralClustering "
    "StandardScaler StratifiedKFold StratifiedShuffleSplit ShuffleSplit TSNE TfidfVectorizer "
    "TruncatedSVD VotingClassifier"
)
_METRICS = (
    "accuracy_score average_precision_score brier_score_loss classification_report "
    "cohen_kappa_score confusion_matrix cross_val_predict cross_val_score f1_score fbeta_score "
    "hamming_loss jaccard_score log_loss mean_absolute_error mean_squared_error "
    "precision_recall_curve precision_recall_fscore_support precision_score r2_score "
    "recall_score roc_auc_score roc_curve silhouette_score zero_one_loss"
)


def _refused(names: str, values: str) -> str:
    """A value that scikit-learn's own check refuses."""
    return rf"'(?:{_any(names)})' parameter of \w+ must be .* Got '?(?:{_any(values)})'? instead"


_SKLEARN = (
    # scikit-learn 0.20.4, 0.23.2, 0.24.2, 1.0.2, 1.1.3, 1.2.2, 1.3.2 and so on up to 1.8 and 1.9.1
    (
        rf"\b(?:{_any(_SKLEARN_1)})(?:\(.*\nTypeError: |\.)__init__\(\) takes .* positional",
        "scikit-learn<1",
    ),
    (_positional(_METRICS), "scikit-learn<1"),
    (r"raise TypeError\(\nTypeError: too many positional arguments", "scikit-learn<1"),
    (r"'GridSearchCV' object has no attribute 'grid_scores_'", "scikit-learn<0.20"),
    (_unexpected_by("n_iter", r"SGD\w+|Perceptron|PassiveAggressive\w+"), "scikit-learn<0.21"),
    (r"got an unexpected keyword argument 'n_iter' \[in scikit", "scikit-learn<0.21"),
    (_unexpected("categorical_features n_values"), "scikit-learn<0.22"),
    (_unexpected("behaviour iid presort"), "scikit-learn<0.24"),
    (r"Setting a random_state has no effect since shuffle is False", "scikit-learn<0.24"),
    (_unexpected("min_impurity_split precompute_distances"), "scikit-learn<1"),
    (_unexpected_by("n_jobs", r"\w*KMeans|SpectralClustering"), "scikit-learn<1"),
    (
        _unexpected_by("normalize", r"ElasticNet\w*|Lars\w*|Lasso\w*|LinearRegression|Ridge\w*"),
        "scikit-learn<1.2",
    ),
    (_absent("get_feature_names", r"\w+"), "scikit-learn<1.2"),
    (_absent("n_features_ sigma_", r"\w+"), "scikit-learn<1.2"),
    (_refused("criterion", "mae mse"), "scikit-learn<1.2"),
    (_refused("loss", "lad ls squared_loss"), "scikit-learn<1.2"),
    (r"np\.matrix is not supported\.", "scikit-learn<1.2"),
    (r"Feature names are only supported if all input features have string", "scikit-learn<1.2"),
    (_refused("algorithm", "auto full"), "scikit-learn<1.3"),
    (_refused("loss", "deviance log"), "scikit-learn<1.3"),
    (_refused("max_features", "auto"), "scikit-learn<1.3"),
    (_refused("whiten", "True"), "scikit-learn<1.3"),
    (_refused("penalty", "none"), "scikit-learn<1.4"),
    (_unexpected("base_estimator"), "scikit-learn<1.4"),
    (
        _unexpected_by("affinity", "AgglomerativeClustering|FeatureAgglomeration"),
        "scikit-learn<1.4",
    ),
    (_unexpected_by("sparse", "OneHotEncoder"), "scikit-learn<1.4"),
    (r"TypeError: got an unexpected keyword argument 'eps'", "scikit-learn<1.5"),
    (r"TypeError: got an unexpected keyword argument '(?:fit_params|squared)'", "scikit-learn<1.6"),
    (r"has no attribute '__sklearn_tags__'", "scikit-learn<1.6"),
    (_refused("algorithm", r"SAMME\.R"), "scikit-learn<1.6"),
    (_unexpected_by("algorithm", "AdaBoostClassifier"), "scikit-learn<1.6"),
    (_unexpected_by("n_iter", "TSNE"), "scikit-learn<1.7"),
    (_unexpected("force_all_finite"), "scikit-learn<1.8"),
    (_unexpected_by("multi_class", "LogisticRegression"), "scikit-learn<1.8"),
)

_GYM = (
    # gym 0.25.2 and 0.26.2; before NumPy's: a tuple of state and info is no array either
    (r"\.step\(.*\nValueError: too many values to unpack \(expected 4", "gym<0.26"),
    (r"\.reset\(.*\nValueError: not enough values to unpack \(expected \d+, got 2", "gym<0.26"),
    (_absent("monitor seed", r"\w+"), "gym<0.26"),
    (r"'tuple' object has no attribute '(?:astype|copy|flatten|reshape|shape)'", "gym<0.26"),
    (r"tuple indices must be integers or slices, not tuple", "gym<0.26"),
    (r"cannot reshape array of size 2 into shape", "gym<0.26"),
    (r"inhomogeneous shape after 1 dimensions\. The detected shape was \(2,\)", "gym<0.26"),
    (r"\b(?:[Qq]|\w*[Tt]able)\w*\[.*\nIndexError: only integers, slices", "gym<0.26"),
    (_unexpected("mode", r"(?:\w+\.)?render"), "gym<0.26"),
    (_positional("render"), "gym<0.26"),
    # gymnasium 0.29.1, 1.0.0 and 1.4.0
    (r"for `(?:LunarLander(?:Continuous)?|CarRacing|CliffWalking)` is deprecated", "gymnasium<1"),
    (_absent(r"\w+", "OrderEnforcing|PassiveEnvChecker|TimeLimit"), "gymnasium<1"),
    (_unexpected("autoreset deque_size"), "gymnasium<1"),
    (r"TransformObservation\.__init__\(\) missing 1 required", "gymnasium<1"),
    (r"has been renamed with `wrappers\.", "gymnasium<1"),
    (r"KeyError: 'final_(?:info|observation)'", "gymnasium<1"),
    # extras of gym 0.26.2, gymnasium 0.29.1 and 1.4.0
    (r"\b[Bb]ox2D is not installed", "+box2d"),
    (r"\bpygame is not installed", "+pygame"),
    (r"MuJoCo is not installed|you need to install mujoco\b", "+mujoco +imageio"),
    (r"MoviePy is not installed.* \[in gym 0", "+moviepy moviepy<2"),
    (r"MoviePy is not installed", "+moviepy"),
)

MET: tuple[tuple[str, str], ...] = (*_PYTHON, *_GYM, *_DATA, *_SKLEARN)
"""Pattern in the two lines: the change."""
