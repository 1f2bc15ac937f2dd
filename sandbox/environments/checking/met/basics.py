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
    # pandas 0.25.3, 1.5.3 and 3.1.1
    (
        absent(
            "as_matrix asobject blocks clip_lower clip_upper compress from_items ftypes "
            "get_dtype_counts get_value get_values imag is_copy ix nonzero ptp put real set_value "
            "to_dense to_msgpack to_sparse valid",
            _FRAME,
        ),
        "pandas<1",
    ),
    (r"type object 'DataFrame' has no attribute 'from_items'", "pandas<1"),
    (absent("weekday_name", "DatetimeIndex|DatetimeProperties|Timestamp"), "pandas<1"),
    (absent("labels", "MultiIndex"), "pandas<1"),
    (unexpected_by("labels", "MultiIndex"), "pandas<1"),
    (unexpected("how", r"(?:\w+\.)?resample"), "pandas<1"),
    (unexpected("join_axes", "concat"), "pandas<1"),
    (unexpected("by", r"(?:\w+\.)?sort_index"), "pandas<1"),
    (r"subtraction of integers and integer-arrays with \w+ is no longer", "pandas<1"),
    (r"nested renamer is not supported", "pandas<1"),
    (r"supplying multiple axes to axis is no longer supported", "pandas<1"),
    (r"KeyError: ['\"]\[.*\] not in index['\"] \[in pandas", "pandas<1"),
    # pandas 1.5.3, 2.2.3 and 3.1.1
    (r"Cannot perform reduction '\w+' with string dtype", "pandas<2"),
    (r"dtype 'str' does not support operation '\w+'", "pandas<2"),
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
    (r"(?:rl\.indexer|np\.asarray\().*\nValueError: could not convert string to float", "pandas<2"),
    (r"raise TypeError\(e\) from e\nTypeError: could not convert string to float", "pandas<2"),
    (r"Cannot subset columns with a tuple with more than one element", "pandas<2"),
    (r"Passing a set as an indexer is not supported", "pandas<2"),
    (r"time data .* doesn't match format .*(?: at position \d+)?\. You might want", "pandas<2"),
    (absent("is_all_dates asi8 to_native_types", r"\w*Index"), "pandas<2"),
    (absent("week weekofyear", "DatetimeIndex|DatetimeProperties"), "pandas<2"),
    (r"orient '[a-z]+' not understood", "pandas<2"),
    (r"Inclusive has to be either string of 'both'", "pandas<2"),
    (absent("freq freqstr", "Timestamp"), "pandas<2"),
    (absent("vol", "ExponentialMovingWindow"), "pandas<2"),
    (r"diff_b_a = .*\nTypeError: .*'str' and 'str'", "pandas<2"),
    (r"ensure_float64\(values\)\nValueError: could not convert string to float", "pandas<2"),
    (r"KeyError: '[12]\d{3}(?:-\d\d?)?' \[in pandas", "pandas<2"),
)

PANDAS_3 = (
    # pandas 2.3.3, 3.0.0 and 3.1.1
    (absent("applymap backfill bool first last pad ravel swapaxes view", _FRAME), "pandas<3"),
    (absent("format holds_integer is_integer is_numeric", r"\w*Index"), "pandas<3"),
    (absent("fillna", r"\w+GroupBy"), "pandas<3"),
    (unexpected("axis method", r"(?:\w+\.)?(?:fillna|groupby|replace|rolling)"), "pandas<3"),
    (
        unexpected("date_parser delim_whitespace infer_datetime_format keep_date_col", r"\w+"),
        "pandas<3",
    ),
    (r"Only booleans and lists are accepted for the 'parse_dates' parameter", "pandas<3"),
    (r"Invalid frequency: \w+\. Failed to parse", "pandas<3"),
    (r"KeyError: -?\d+ \[in pandas", "pandas<3"),
    (r"(?:assignment destination|array) is read-only", "pandas<3"),
    (r"Invalid value '.*' for dtype '", "pandas<3"),
    (r"errors must be one of 'raise', or 'coerce'|invalid error value specified", "pandas<3"),
    (r"fill_method must be None; got fill_method=", "pandas<3"),
    (r"Can not interpolate with method=pad", "pandas<3"),
    (r"(?:unique|factorize) requires a Series, Index, ExtensionArray", "pandas<3"),
    (r"Cannot interpret '<StringDtype\(.*\)>' as a data type", "pandas<3"),
)

GRAPHS = (
    # NetworkX 1.11, 2.4, 3.1 and 3.6.1; 2.3 has no wheel
    (absent(r"(?:nodes|edges|\w+ors|\w*degree)_iter", r"(?:Multi)?(?:Di)?Graph"), "networkx<2"),
    (absent("iteritems items keys values", r"\w*Degree\w*View"), "networkx<2"),
    (positional("add_edge add_node"), "networkx<2"),
    (r"NodeView does not support slicing", "networkx<2"),
    (r"\bu, v = e\nTypeError: cannot unpack non-iterable \w+ object \[in networkx", "networkx<2"),
    (r"G\.nodes\[n\]\[name\] = values\nTypeError: unhashable", "networkx<2"),
    (absent("sort", r"Node\w*|Edge\w*"), "networkx<2"),
    (
        r"object of type 'dict_keyiterator' has no len|'dict_keyiterator' object is not sub",
        "networkx<2",
    ),
    (
        absent(
            "add_cycle add_path add_star fresh_copy node nodes_with_selfloops "
            "number_of_selfloops selfloop_edges",
            r"(?:Multi)?(?:Di)?Graph",
        ),
        "networkx<2.4",
    ),
    (r"nx\.random_tree was removed in version 3\.4", "networkx<3.4"),
)

TABLES = (
    # h5py 2.10.0, 3.0.0 and 3.16.0
    (absent("value", "Dataset"), "h5py<3"),
    (absent("encode", "bytes"), "h5py<3"),
    # xlrd 1.2.0 and 2.0.1, alone and with pandas 1.1.5
    (r"Excel xlsx file; not supported", "xlrd<2"),
    # what is optional for pandas 2.2.3 and 3.1.1
    (r"Missing optional dependency 'pytables'|`Import pytables` failed", "+tables"),
    (r"Missing optional dependency '(\w+)'", "+{}"),
    (r"`Import (\w+)` failed\. Use pip, conda", "+{}"),
    (r"lxml not found, please install", "+lxml"),
    (r"Unable to find a usable engine; tried using: 'pyarrow'", "+pyarrow"),
    (r"matplotlib is required for plotting", "+matplotlib"),
    (r"Using (?:a )?URI string (?:requires '|without )sqlalchemy", "+sqlalchemy"),
    (r"IProgress not found\. Please update jupyter and ipywidgets", "+ipywidgets"),
    # SQLAlchemy 1.4.54 and 2.0.30, with pandas 1.5.3 and 2.2.3
    (absent("execute has_table table_names", r"(?:Option)?Engine"), "sqlalchemy<2"),
    (absent("cursor", "Engine|Connection"), "sqlalchemy>=2"),
    (r"Not an executable object: '", "sqlalchemy<2"),
    (unexpected_by("bind", "MetaData"), "sqlalchemy<2"),
    (r"Column expression, FROM clause, or other columns clause element expected", "sqlalchemy<2"),
    # Flask 2.2.5 and 2.3.3, IPython 8.39.0 and 9.18.1, urllib3 1.26.20 and 2.8.0
    (absent("before_first_request json_encoder", "Flask"), "flask<2.3"),
    (absent("magic", r"\w*InteractiveShell"), "ipython<9"),
    (unexpected("method_whitelist", r"Retry\.__init__"), "urllib3<2"),
    # protobuf 4.25.9, 5.26.1 and 7.36.2
    (absent("GetPrototype", "MessageFactory|SymbolDatabase"), "protobuf<5"),
    (absent("label", r"[\w.]*FieldDescriptor"), "protobuf<7"),
    (unexpected("including_default_value_fields", "MessageToDict"), "protobuf<5"),
)
