"""The commands that a build runs inside, as text; no code of a repository is among them.

What lies in the Store: `cache` (uv's), `environments/KEY`, `marks/KEY` (what is known of a finished
one, where no wheel can write it), `files/SHA256` (what came from this machine), and `locks`.
Nothing is made or removed beside those: an engine may take the Store's folder itself as a sign that
it was replaced.
"""

from __future__ import annotations

_KNOWN = """
marks=$store/marks/$key
if [ -e "$marks/complete" ] && [ -d "$store/environments/$key" ]; then
    touch "$marks/users/$user"
    echo "complete $(tail -n 1 "$marks/complete")"
    exit 0
fi
"""

# $1 the Store, $2 key, $3 user: tells what is there, and that this home uses it, too
KNOWN = f"""
set -eu
store=$1 key=$2 user=$3
{_KNOWN}
"""

# $1 the Store, $2… paths below it: prints those that are not there
MISSING = """
set -eu
store=$1; shift
for path; do [ -e "$store/$path" ] || echo "missing $path"; done
"""

# A folder for what arrives, on the Store's own disk; one sender at a time, what others left goes.
_ARRIVE = """
mkdir -p "$store/files" "$store/locks"
if command -v flock > /dev/null; then
    exec 7>> "$store/locks/upload"
    flock 7
    rm -rf "$store"/files/.incoming-*
fi
incoming=$(mktemp -d "$store/files/.incoming-XXXXXX")
trap 'rm -rf "$incoming"' EXIT
"""

# Nothing of it is kept that differs from what `sums` says.
_KEEP = """
(cd "$incoming" && sha256sum --quiet -c sums)
sync -f "$incoming"
for folder in "$incoming"/*/; do
    name=$(basename "$folder")
    [ -e "$store/files/$name" ] || mv -T "$folder" "$store/files/$name"
done
"""

# $1 the Store; a tar with `sums` and `<sha256>/<file>` comes in
UPLOAD = f"""
set -eu
store=$1
{_ARRIVE}
tar -x --no-same-owner -f - -C "$incoming"
{_KEEP}
"""

# $1 the Store; a tar comes in with lock.txt, uv.toml, ca.pem, needed.txt, mark.json, compiling.py
# and asked.txt: key, user, Python, uv below the Store, whether something is to be fetched, a line
# each; below `arriving` what UPLOAD would take, where that is little. Until it comes nothing is
# done, so that this can be started before all that is known.
# Exit code 3: something has to be sent first; 4: the network is needed.
#
# Once wheels are in, nothing may start the new environment's interpreter while the Store can be
# written: a wheel's .pth file would run, and its `pyvenv.cfg` can name another standard library.
#
# Locks end with whoever holds them, so what lies there without one was left behind.
BUILD = (
    """
set -eu
store=$1
work=$(mktemp -d)
tar -x --no-same-owner -f - -C "$work"
{ read -r key; read -r user; read -r python; read -r uv; read -r network; } < "$work/asked.txt"
uv=$store/$uv
final=$store/environments/$key
building=$store/environments/.building-$key
marking=$store/marks/.building-$key
mkdir -p "$store/environments" "$store/marks" "$store/locks"
if command -v flock > /dev/null; then
    exec 8>> "$store/locks/store" 9>> "$store/locks/$key"
    flock -s 8
    flock -n 9 || { echo "waiting for another command that builds this environment"; flock 9; }
    for left in "$store"/environments/.building-*; do
        of=${left##*/.building-}
        [ "$of" = "$key" ] || [ ! -e "$left" ] || flock -n "$store/locks/$of" rm -rf "$left" || true
    done
fi
trap 'rm -rf "$work" "$building" "$marking"' EXIT
"""
    + _KNOWN
    + """
if [ -e "$work/arriving" ]; then (
"""
    + _ARRIVE
    + """
cp -R "$work/arriving/." "$incoming"
"""
    + _KEEP
    + """
) fi
while read -r path; do [ -e "$store/$path" ] || echo "missing $path"; done < "$work/needed.txt" \\
    > "$work/missing.txt"
if [ -s "$work/missing.txt" ]; then cat "$work/missing.txt"; exit 3; fi
rm -rf "$marks" "$building" "$marking" "$final"
[ -s "$work/ca.pem" ] && export SSL_CERT_FILE="$work/ca.pem"
export HOME=$work UV_CACHE_DIR=$store/cache UV_HTTP_TIMEOUT=60
export UV_CONFIG_FILE=$work/uv.toml UV_LINK_MODE=hardlink
export UV_NO_PROGRESS=1
"$uv" venv --quiet --relocatable --no-python-downloads --python "$python" "$building"
own=$(readlink -f "$building/bin/python")
figures="{}"
install() {
    "$uv" pip install --python "$building/bin/python" --no-deps --no-build --require-hashes \\
        "$@" -r "$work/lock.txt"
}
if [ -s "$work/lock.txt" ]; then
    if [ "$network" = yes ]; then
        install || {
            code=$?
            install --offline > "$work/said.txt" 2>&1 || {
                if grep "os error 28" "$work/said.txt"; then exit 5; fi
                exit "$code"
            }
            echo "warning: not everything can be fetched, but the Store has it all"
        }
    elif ! install --offline > "$work/said.txt" 2>&1; then
        cat "$work/said.txt"
        if grep -q "os error 28" "$work/said.txt"; then exit 5; fi
        exit 4
    fi
fi
figures=$("$own" -I -S "$work/compiling.py" "$building" "$store/cache") \\
    || echo "bytecode is not shared"
sync -f "$building"
mkdir -p "$marking/users"
: > "$marking/users/$user"
cp "$work/lock.txt" "$work/needed.txt" "$marking"
{ cat "$work/mark.json"; echo; echo "${figures:-{\\}}"; } > "$marking/complete"
mv -T "$building" "$final"
mv -T "$marking" "$marks"
echo "built ${figures:-{\\}}"
"""
)
