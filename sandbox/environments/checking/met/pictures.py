"""Of what is seen and heard: pictures, plots, sound."""

from __future__ import annotations

from sandbox.environments.checking.met.wording import absent, one_of, positional, unexpected

PLOTS = (
    # Matplotlib 3.0.3, 3.4.3, 3.5.3, 3.6.3, 3.7.5, 3.8.4, 3.9.4, 3.10.8 and 3.11.2
    (r"\bRectangle\b.* 'normed'", "matplotlib<3.1"),
    (unexpected(r"(?:base|lin\w+|nonpos|subs)[xy]", r"(?:\w+Scale\.)?__init__"), "matplotlib<3.5"),
    (unexpected("frameon", r"(?:FigureCanvas\w+\.)?print_\w+"), "matplotlib<3.5"),
    (absent(r"is_(?:first|last)_(?:col|row)", r"Axes\w*"), "matplotlib<3.6"),
    (absent("set_window_title", r"FigureCanvas\w+"), "matplotlib<3.6"),
    (unexpected("projection", r"(?:FigureBase\.)?gca"), "matplotlib<3.6"),
    (r"Dimensions of C .* (?:are incompatible with X|should be one smaller)", "matplotlib<3.5"),
    (r"property '\w+' of 'Axes\w*' object has no setter", "matplotlib<3.5"),
    (r"Unable to determine Axes to steal space for Colorbar", "matplotlib<3.6"),
    (positional("tight_layout"), "matplotlib<3.5"),
    (absent("append clear extend insert pop remove", "ArtistList"), "matplotlib<3.7"),
    (r"RuntimeError: [xy] must be a sequence", "matplotlib<3.7"),
    (r"keyword grid_b is not recognized", "matplotlib<3.7"),
    (r"'seaborn[\w-]*' is not a valid package style", "matplotlib<3.8"),
    (absent("gridOn label label1On tick1On", "[XY]Tick"), "matplotlib<3.8"),
    (absent("w_[xyz]axis", r"Axes3D\w*"), "matplotlib<3.8"),
    (unexpected("use_line_collection", "stem"), "matplotlib<3.8"),
    (absent("legendHandles", "Legend"), "matplotlib<3.9"),
    (absent("collections", r"\w*ContourSet"), "matplotlib<3.10"),
    (absent("tostring_rgb", r"FigureCanvas\w+"), "matplotlib<3.10"),
    (unexpected("labels", r"(?:Axes\.)?boxplot"), "matplotlib<3.11"),
)

_SEABORN = (
    "barplot boxplot catplot countplot jointplot kdeplot lineplot lmplot pointplot regplot relplot "
    "scatterplot stripplot swarmplot violinplot"
)

SEABORN = (
    # seaborn 0.11.2, 0.12.2 and 0.13.2, with Matplotlib 3.7.5
    (positional(_SEABORN), "seaborn<0.12 matplotlib<3.8"),
    (
        rf"\b(?:{one_of(_SEABORN)})\(\) got multiple values for argument 'data'",
        "seaborn<0.12 matplotlib<3.8",
    ),
    (unexpected("size", r"\w+plot|FacetGrid\.__init__"), "seaborn<0.12 matplotlib<3.8"),
)

PICTURES = (
    # Pillow 9.5.0, 10.0.0 and 13.0.0
    (absent("multiline_textsize textsize", "ImageDraw"), "pillow<10"),
    (absent("getoffset getsize getsize_multiline", r"\w*Font"), "pillow<10"),
    # OpenCV 3.4.18, 4.4.0, 4.5.5 and 5.0.0; `opencv-python-headless` stands in for it
    (r"findContours\(.*\nValueError: not enough values to unpack", "opencv-python<4"),
    (r"Can't parse '(?:center|pt1|pt2|org|dsize)'", "opencv-python<4.5"),
    # librosa 0.9.2 and 0.10.2
    (
        positional(
            "amplitude_to_db beat_track chroma_cens chroma_cqt chroma_stft cqt delta fix_length "
            "frame get_duration hpss istft mel melspectrogram mfcc onset_detect onset_strength "
            "pad_center piptrack pitch_shift resample rms spectral_bandwidth spectral_centroid "
            "spectral_contrast spectral_rolloff split stft time_stretch tonnetz trim "
            "zero_crossing_rate"
        ),
        "librosa<0.10",
    ),
    # scikit-image 0.18.3, 0.19.3 and 0.26.0
    (r"must have size 3 along `channel_axis`, got \(\d+, \d+\)", "scikit-image<0.19"),
    (unexpected("indices", "peak_local_max"), "scikit-image<0.20"),
    # plotly 5.24.1, 6.0.0 and 7.1.0
    (
        r"Invalid property specified for object of type plotly\S+: '(?:title(?:font|side))'",
        "plotly<6",
    ),
    # statsmodels 0.14.4 and 0.15.0
    (unexpected("verbose", "grangercausalitytests"), "statsmodels<0.15"),
    # what is optional for imageio 2.38.1 and plotly
    (r"imageio-ffmpeg|plugins might add capable backends: FFMPEG:", "+imageio-ffmpeg"),
    (r"Plotly [Ee]xpress requires (numpy|pandas) to be installed", "+{}"),
    # Bokeh 2.4.3, 3.0.3 and 3.9.2, albumentations 1.4.24 and 2.0.8, MoviePy 1.0.3 and 2.2.1
    (r"unexpected attribute 'plot_(?:height|width)' to figure", "bokeh<3"),
    (r"KeyError: 'legend' \[in bokeh", "bokeh<3"),
    (r"validation errors? for .*\[in albumentations", "albumentations<2"),
    (absent(r"fl fl_image fx resize set_\w+ subclip", r"\w*Clip"), "moviepy<2"),
)
