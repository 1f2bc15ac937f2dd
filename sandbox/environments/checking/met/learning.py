"""Of what learns: scikit-learn, gensim, boosted trees, gym."""

from __future__ import annotations

from sandbox.environments.checking.met.wording import (
    absent,
    one_of,
    positional,
    refused,
    unexpected,
    unexpected_by,
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

SKLEARN = (
    # scikit-learn 0.20.4, 0.23.2, 0.24.2, 1.0.2, 1.1.3, 1.2.2, 1.3.2 and so on up to 1.8 and 1.9.1
    (
        rf"\b(?:{one_of(_SKLEARN_1)})(?:\(.*\nTypeError: |\.)__init__\(\) takes .* positional",
        "scikit-learn<1",
    ),
    (positional(_METRICS), "scikit-learn<1"),
    (r"raise TypeError\(\nTypeError: too many positional arguments", "scikit-learn<1"),
    (r"'GridSearchCV' object has no attribute 'grid_scores_'", "scikit-learn<0.20"),
    (unexpected_by("n_iter", r"SGD\w+|Perceptron|PassiveAggressive\w+"), "scikit-learn<0.21"),
    (r"got an unexpected keyword argument 'n_iter' \[in scikit", "scikit-learn<0.21"),
    (unexpected("categorical_features n_values"), "scikit-learn<0.22"),
    (unexpected("behaviour iid presort"), "scikit-learn<0.24"),
    (r"Setting a random_state has no effect since shuffle is False", "scikit-learn<0.24"),
    (unexpected("min_impurity_split precompute_distances"), "scikit-learn<1"),
    (unexpected_by("n_jobs", r"\w*KMeans|SpectralClustering"), "scikit-learn<1"),
    (
        unexpected_by("normalize", r"ElasticNet\w*|Lars\w*|Lasso\w*|LinearRegression|Ridge\w*"),
        "scikit-learn<1.2",
    ),
    (absent("get_feature_names", r"\w+"), "scikit-learn<1.2"),
    (absent("n_features_ sigma_", r"\w+"), "scikit-learn<1.2"),
    (refused("criterion", "mae mse"), "scikit-learn<1.2"),
    (refused("loss", "lad ls squared_loss"), "scikit-learn<1.2"),
    (r"np\.matrix is not supported\.", "scikit-learn<1.2"),
    (r"Feature names are only supported if all input features have string", "scikit-learn<1.2"),
    (refused("algorithm", "auto full"), "scikit-learn<1.3"),
    (refused("loss", "deviance log"), "scikit-learn<1.3"),
    (refused("max_features", "auto"), "scikit-learn<1.3"),
    (refused("whiten", "True"), "scikit-learn<1.3"),
    (refused("penalty", "none"), "scikit-learn<1.4"),
    (unexpected("base_estimator"), "scikit-learn<1.4"),
    (
        unexpected_by("affinity", "AgglomerativeClustering|FeatureAgglomeration"),
        "scikit-learn<1.4",
    ),
    (unexpected_by("sparse", "OneHotEncoder"), "scikit-learn<1.4"),
    (r"TypeError: got an unexpected keyword argument 'eps'", "scikit-learn<1.5"),
    (r"TypeError: got an unexpected keyword argument '(?:fit_params|squared)'", "scikit-learn<1.6"),
    (r"has no attribute '__sklearn_tags__'", "scikit-learn<1.6"),
    (refused("algorithm", r"SAMME\.R"), "scikit-learn<1.6"),
    (unexpected_by("algorithm", "AdaBoostClassifier"), "scikit-learn<1.6"),
    (unexpected_by("n_iter", "TSNE"), "scikit-learn<1.7"),
    (unexpected("force_all_finite"), "scikit-learn<1.8"),
    (unexpected_by("multi_class", "LogisticRegression"), "scikit-learn<1.8"),
)

WORDS = (
    # gensim 3.8.3, 4.0.1 and 4.4.0
    (r"since Gensim 4\.0\.0|from KeyedVector in Gensim 4\.0\.0", "gensim<4"),
    (unexpected_by("iter size", "Doc2Vec|FastText|Word2Vec"), "gensim<4"),
    (r"'(?:Doc2Vec|FastText|Word2Vec)' (?:object )?is not (?:iterable|subscriptable)", "gensim<4"),
    (
        absent(
            r"doctags doctag_syn0 iter most_similar \w*similar\w* syn0 wmdistance count",
            "Doc2Vec|FastText|KeyedVectors|Word2Vec",
        ),
        "gensim<4",
    ),
    # LightGBM 3.3.5, 4.0.0 and 4.7.0
    (
        unexpected(
            "early_stopping_rounds evals_result fobj learning_rates verbose_eval", "train|cv"
        ),
        "lightgbm<4",
    ),
    (unexpected("early_stopping_rounds verbose", r"(?:LGBM\w+\.)?fit"), "lightgbm<4"),
    (unexpected_by("silent", "Dataset"), "lightgbm<4"),
    (r"KeyError: '(?:auc|binary_logloss|l[12]|multi_logloss|rmse)-(?:mean|stdv)'", "lightgbm<4"),
)

BOOSTED = (
    # XGBoost 0.90, 1.5.2, 1.7.6, 2.0.3, 2.1.1 and 3.2.0
    (r"Unknown objective function: `\d+`", "xgboost<1"),
    (
        r"Invalid classes inferred from unique values of `y`",
        "xgboost<1.6 setuptools<81 +setuptools",
    ),
    (r"NameError: name 'pkg_resources' is not defined", "setuptools<81 +setuptools"),
    (absent("best_ntree_limit", "Booster"), "xgboost<2"),
    (unexpected("ntree_limit", "predict"), "xgboost<2"),
    (
        unexpected("callbacks early_stopping_rounds eval_metric", r"(?:XGB\w+\.)?fit"),
        "xgboost<2.1",
    ),
    (unexpected("feval", "train|cv"), "xgboost<3"),
    (r"`gpu_id` has been removed since 3\.1", "xgboost<3.1"),
)

OPTIONAL = (
    # XGBoost 1.7.6, LightGBM 4.7.0, scikit-learn 1.9.1, seaborn 0.13.2, optuna 5.0.0
    (r"sklearn needs to be installed|scikit-learn is required for lightgbm", "+scikit-learn"),
    (r"You must install (graphviz|matplotlib) and restart your session", "+{}"),
    (r"requires (pandas|matplotlib)\..* \[in scikit_learn", "+{}"),
    (r"\w+ requires (scipy) to be available", "+{}"),
    (r"requires (statsmodels), an optional dependency", "+{}"),
    (r"Could not find `optuna-integration` for", "+optuna-integration"),
)

OTHERS = (
    # torchmetrics 0.10.3 and 1.9.0
    (r"__new__\(\) missing 1 required positional argument: 'task'", "torchmetrics<0.11"),
    (r"\baccuracy\(\) missing 1 required positional argument: 'task'", "torchmetrics<0.11"),
    # JAX 0.4.21, 0.4.23, 0.4.27, 0.5.3, 0.6.2 and 0.10.2
    (absent("device", r"[\w.]*ArrayImpl"), "jax<0.4.22 jaxlib<0.4.22"),
    (r"\.device\(.*\nTypeError: '\w*Device' object is not callable", "jax<0.4.22 jaxlib<0.4.22"),
    (unexpected("a_max a_min", "clip"), "jax<0.5 jaxlib<0.5"),
    (r"jax\.tree_map was removed in JAX v0\.6\.0", "jax<0.6 jaxlib<0.6"),
    (r"jax\.device_put_replicated is deprecated; use", "jax<0.8 jaxlib<0.8"),
    # imbalanced-learn 0.5.0, 0.7.0, 0.12.4 and 0.14.2, with scikit-learn of their time
    (unexpected_by("ratio", "SMOTE|RandomOverSampler"), "imbalanced-learn<0.6 scikit-learn<0.23"),
    (absent("fit_sample", r"\w+"), "imbalanced-learn<0.8 scikit-learn<0.24"),
)

GYM = (
    # gym 0.25.2 and 0.26.2; before NumPy's: a tuple of state and info is no array either
    (r"\.step\(.*\nValueError: too many values to unpack \(expected 4", "gym<0.26"),
    (r"\.reset\(.*\nValueError: not enough values to unpack \(expected \d+, got 2", "gym<0.26"),
    (absent("monitor seed", r"\w+"), "gym<0.26"),
    (r"'tuple' object has no attribute '(?:astype|copy|flatten|reshape|shape)'", "gym<0.26"),
    (r"tuple indices must be integers or slices, not tuple", "gym<0.26"),
    (r"cannot reshape array of size 2 into shape", "gym<0.26"),
    (r"inhomogeneous shape after 1 dimensions\. The detected shape was \(2,\)", "gym<0.26"),
    (r"\b(?:[Qq]|\w*[Tt]able)\w*\[.*\nIndexError: only integers, slices", "gym<0.26"),
    (unexpected("mode", r"(?:\w+\.)?render"), "gym<0.26"),
    (positional("render"), "gym<0.26"),
    # gymnasium 0.29.1, 1.0.0 and 1.4.0
    (r"for `(?:LunarLander(?:Continuous)?|CarRacing|CliffWalking)` is deprecated", "gymnasium<1"),
    (absent(r"\w+", "OrderEnforcing|PassiveEnvChecker|TimeLimit"), "gymnasium<1"),
    (unexpected("autoreset deque_size"), "gymnasium<1"),
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
