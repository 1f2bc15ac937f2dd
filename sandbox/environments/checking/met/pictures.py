"""Of what is seen and heard: pictures, plots, sound."""

from __future__ import annotations

from sandbox.environments.checking.met.wording import positional, unexpected

PICTURES = (
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
)
