"""The commands that a build runs inside, as text; no code of a repository is among them."""

from __future__ import annotations

# $1 the Store, $2… paths below it: prints those that are not there
MISSING = """
set -eu
store=$1; shift
for path; do [ -e "$store/$path" ] || echo "missing $path"; done
"""

# $1 the Store; a tar with `sums` and `<sha256>/<file>` comes in: nothing is kept that differs
UPLOAD = """
set -eu
store=$1
mkdir -p "$store/files"
find "$store" -maxdepth 1 -name '.incoming-*' -mmin +180 -exec rm -rf {} +
incoming=$(mktemp -d "$store/.incoming-XXXXXX")
trap 'rm -rf "$incoming"' EXIT
tar -x --no-same-owner -f - -C "$incoming"
(cd "$incoming" && sha256sum --quiet -c sums)
for folder in "$incoming"/*/; do
    name=$(basename "$folder")
    [ -e "$store/files/$name" ] || mv -T "$folder" "$store/files/$name"
done
"""

# $1 the Store, $2 key, $3 Python, $4 uv below the Store, $5 COMPILE; a tar with lock.txt, uv.toml
# and ca.pem comes in
#
# Once wheels are in, nothing may start the new environment's interpreter while the Store can be
# written: a wheel's .pth file would run, and its `pyvenv.cfg` can name another standard library.
BUILD = """
set -eu
store=$1 key=$2 python=$3 uv=$store/$4
final=$store/environments/$key
building=$store/environments/.building-$key
work=$(mktemp -d)
trap 'rm -rf "$work" "$building"' EXIT
tar -x --no-same-owner -f - -C "$work"
mkdir -p "$store/environments"
find "$store/environments" -maxdepth 1 -name '.building-*' -mmin +180 -exec rm -rf {} +
rm -rf "$building" "$final"
[ -s "$work/ca.pem" ] && export SSL_CERT_FILE="$work/ca.pem"
export HOME=$work UV_CACHE_DIR=$store/cache UV_HTTP_TIMEOUT=60
export UV_CONFIG_FILE=$work/uv.toml UV_LINK_MODE=hardlink
export UV_NO_PROGRESS=1
"$uv" venv --quiet --relocatable --no-python-downloads --python "$python" "$building"
own=$(readlink -f "$building/bin/python")
if [ -s "$work/lock.txt" ]; then
    "$uv" pip install --python "$building/bin/python" --no-deps --no-build --require-hashes \\
        -r "$work/lock.txt"
    "$own" -I -S -c "$5" "$building" "$store/cache" || echo "bytecode is not shared"
fi
sync -f "$building"
mv -T "$building" "$final"
: > "$final/.complete"
"""

# Sessions cannot write bytecode, so it is made here, and linked into uv's cache beside its source:
# the next Environment with that package has it at once. Compiling executes nothing.
COMPILE = """
import compileall, os, sys

def files(top):
    for folder, _, names in os.walk(top):
        for name in names:
            yield folder, name

building, cache = sys.argv[1:]
compileall.compile_dir(os.path.join(building, "lib"), quiet=2, workers=0, maxlevels=30)
fresh = {}
for folder, name in files(os.path.join(building, "lib")):
    path = os.path.join(folder, name)
    if name.endswith(".pyc") and os.stat(path).st_nlink == 1:
        source = os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
        if os.path.exists(source):
            fresh.setdefault(os.stat(source).st_ino, []).append(path)
for folder, name in files(cache) if fresh else ():
    if name.endswith(".py"):
        for path in fresh.pop(os.stat(os.path.join(folder, name)).st_ino, ()):
            beside = os.path.join(folder, "__pycache__")
            os.makedirs(beside, exist_ok=True)
            target = os.path.join(beside, os.path.basename(path))
            if os.path.exists(target):
                os.unlink(target)
            os.link(path, target)
"""
