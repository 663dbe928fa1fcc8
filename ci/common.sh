# Sourced by the scripts beside it: the workspace's root as the folder, and the words that they share.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "$0" "$*" >&2; exit 1; }
passed() { printf '\n%s: passed in %d s\n' "$0" "$SECONDS"; }

# Runs tests so that one that hangs is killed and named, where cargo-nextest is at hand.
run_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --cargo-quiet --profile ci --no-tests=fail "$@"
    else
        cargo test --quiet "$@"
    fi
}
