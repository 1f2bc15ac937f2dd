"""Of Python itself, and of what holds data: PyYAML, NumPy, SciPy, pandas, SQLAlchemy."""

from __future__ import annotations

from sandbox.environments.checking.met.wording import absent, positional, unexpected, unexpected_by

_FRAME = "DataFrame|Series"

PYTHON = (
    # 3.8.18 and 3.9.18
    (absent("isAlive", r"\w*Thread\w*"), "python<3.9"),
    (absent("getchildren getiterator", r"[\w.]*ElementTree\.\w+"), "python<3.9"),
    (absent("tostring fromstring", r"array\.array"), "python<3.9"),
    (absent("unescape", r"\w*Parser\w*"), "python<3.9"),
    (unexpected("encoding", r"(?:JSONDecoder\.)?__init__") + r"$", "python<3.9"),
    # 3.9.18 and 3.10.13
    (r"\bfactorial\(.*\nTypeError: 'float' object cannot be interpreted", "python<3.10"),
    (r"'decimal\.Decimal' object cannot be interpreted as an integer", "python<3.10"),
    (r"\*loop\* parameter was removed from \w+\(\)", "python<3.10"),
    (unexpected("loop"), "python<3.10"),
    # 3.10.13 and 3.11.7
    (r"Population must be a sequence\. +For dicts or sets", "python<3.11"),
    (r"\.shuffle\(.*\nTypeError: Random\.shuffle\(\) takes 2 positional", "python<3.11"),
    (r"invalid mode: '(?:\w*U\w*)'", "python<3.11"),
    (unexpected("codeset", "translation|install"), "python<3.11"),
    (r"global flags not at the start of the expression", "python<3.11"),
    # 3.11.7 and 3.12.1
    (r"_index\((?:start|stop)\)\nTypeError: 'float' object cannot be", "python<3.12"),
    (r"object has no attribute 'assert(?:Equals|NotEquals|RegexpMatches|_)'", "python<3.12"),
    (absent("readfp", r"\w*Parser"), "python<3.12"),
    (absent("find_module", "FileFinder|zipimporter"), "python<3.12"),
    # 3.12.1 and 3.13.0
    (r"'(?:Posix)?Path' object does not support the context manager protocol", "python<3.13"),
)

DATA = (
    # PyYAML 5.4.1 and 6.0.2
    (r"load(?:_all)?\(\) missing 1 required positional argument: 'Loader'", "pyyaml<6"),
    # NumPy 1.16.2 and 1.16.4, 1.17.5 and 1.18.5
    (r"Object arrays cannot be loaded when allow_pickle=False", "numpy<1.16.3"),
    (r"'float'> cannot be safely interpreted as an integer", "numpy<1.18"),
    (r"operator\.index\(num\)\nTypeError: 'float' object cannot be", "numpy<1.18"),
    # 1.23.5, 1.24.4, 1.26.4, 2.0.2, 2.1.3, 2.2.6, 2.3.5, 2.4.0 and 2.4.6
    (r"The requested array has an inhomogeneous shape", "numpy<1.24"),
    (unexpected("normed", r"histogram\w*"), "numpy<1.24"),
    (r"arrays to stack must be passed as a \"sequence\" type", "numpy<1.24"),
    (r"Unable to avoid copy while creating an array as requested", "numpy<2"),
    (r"`\w+` was removed from the ndarray class in NumPy 2\.0", "numpy<2"),
    (absent("itemset newbyteorder ptp", r"numpy\.ndarray"), "numpy<2"),
    (r"Python integer -?\d+ out of bounds for u?int\d+", "numpy<2"),
    (r"The truth value of an empty array is ambiguous\. Use `array\.size > 0`", "numpy<2.2"),
    (absent("tostring", r"numpy\.ndarray"), "numpy<2.3"),
    (r"The binary mode of fromstring is removed", "numpy<2.3"),
    (r"only 0-dimensional arrays can be converted to Python scalars", "numpy<2.4"),
    (r"format: a(?: real)? number is required, not numpy\.ndarray", "numpy<2.4"),
    (r"Calling np\.sum\(generator\) is deprecated", "numpy<2.4"),
    (unexpected("newshape", "reshape"), "numpy<2.4"),
    # SciPy 1.8.1, 1.9.3, 1.10.1, 1.11.4, 1.12.0, 1.13.1, 1.14.1 and 1.17.1
    (unexpected("cond rcond", "pinvh?"), "scipy<1.9"),
    (r"Unexpected keyword argument \{'n_jobs'", "scipy<1.9"),
    (r"\bmode\b.*\nIndexError: invalid index to scalar variable", "scipy<1.11"),
    (r"Module 'scipy' has no attribute '\w+'", "scipy<1.12"),
    (r"`interp2d` has been removed in SciPy 1\.14", "scipy<1.14"),
    (absent("A H", r"\w+_(?:array|matrix)"), "scipy<1.14"),
    (unexpected("tol restrt", r"\w*cgs?t?a?b?|l?gmres|minres|qmr|gcrotmk"), "scipy<1.14"),
    (unexpected("eigvals turbo", r"eigv?a?l?s?h"), "scipy<1.14"),
    # pandas 1.5.3, 2.2.3 and 3.1.1
    (
        absent("append iteritems lookup mad slice_shift tshift", rf"{_FRAME}|\w*Index|\w*GroupBy"),
        "pandas<2",
    ),
    (
        positional(
            "any bfill clip concat drop drop_duplicates dropna ffill fillna infer_freq "
            "interpolate mask pivot read_csv read_table replace reset_index rsplit set_axis "
            r"set_index sort_index sort_values split where"
        ),
        "pandas<2",
    ),
    (
        unexpected("error_bad_lines mangle_dupe_cols prefix squeeze warn_bad_lines", r"read_\w+"),
        "pandas<2",
    ),
    (
        unexpected("closed datetime_is_numeric inplace is_copy level line_terminator"),
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
    (absent("is_all_dates asi8 to_native_types", r"\w*Index"), "pandas<2"),
    (absent("week weekofyear", "DatetimeIndex|DatetimeProperties"), "pandas<2"),
    (r"orient '[a-z]+' not understood", "pandas<2"),
    (r"Inclusive has to be either string of 'both'", "pandas<2"),
    (absent("freq freqstr", "Timestamp"), "pandas<2"),
    (absent("vol", "ExponentialMovingWindow"), "pandas<2"),
    (r"diff_b_a = subtract\(b, a\)\nTypeError: .*'str' and 'str'", "pandas<2"),
    (r"ensure_float64\(values\)\nValueError: could not convert string to float", "pandas<2"),
    (r"KeyError: '[12]\d{3}(?:-\d\d?)?' \[in pandas", "pandas<2"),
)

TABLES = (
    # SQLAlchemy 1.4.54 and 2.0.30, with pandas 1.5.3 and 2.2.3
    (absent("execute has_table table_names", r"(?:Option)?Engine"), "sqlalchemy<2"),
    (absent("cursor", "Engine|Connection"), "sqlalchemy>=2"),
    (r"Not an executable object: '", "sqlalchemy<2"),
    (unexpected_by("bind", "MetaData"), "sqlalchemy<2"),
    (r"Column expression, FROM clause, or other columns clause element expected", "sqlalchemy<2"),
)
