#!/usr/bin/env bash
# Runs everything: installs what it needs, then the checks, all tests, the models, the adapters and the window.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What the window needs to run without a display: an X server, keyboard maps, OpenGL in software. `xauth` is for `xvfb-run`.
mapfile -t packages < ci/window-packages.txt
packages+=(xauth)
# What counts instructions for the guard.
packages+=(valgrind)

install_packages() {
    local missing=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || die "these packages are missing: ${missing[*]}; install them with: sudo apt-get install ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# b3sum judges digest's manifests: a program that shares no line with it.
install_b3sum() {
    export B3SUM="$PWD/target/tools/bin/b3sum"
    [ -x "$B3SUM" ] || cargo install --quiet --locked --root target/tools --target-dir target/tools/build b3sum
}

say "tools"
if command -v dpkg-query >/dev/null; then
    install_packages
elif ! command -v xvfb-run >/dev/null; then
    die "xvfb-run is missing: install Xvfb, libxkbcommon and Mesa with this system's package manager"
fi
install_b3sum

ci/check.sh

say "tests"
run_tests --features homebound/ctrl-c
say "examples in the documentation"
cargo test --quiet --doc -p homebound --features ctrl-c

ci/loom.sh

say "benchmarks"
cargo clippy --quiet -p bench --all-targets --all-features -- -D warnings
run_tests -p bench --all-features
ci/bench.sh --smoke
ci/guard.sh

say "the checker"
run_tests -p homebound-check -p homebound-cli

adapters=()
for manifest in adapters/*/Cargo.toml; do
    [ -e "$manifest" ] && adapters+=(-p "$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)")
done
if [ ${#adapters[@]} -gt 0 ]; then
    say "adapters"
    xvfb-run -a bash -c 'source ci/common.sh; run_tests "$@"' ci/test.sh "${adapters[@]}"
    cargo test --quiet --doc "${adapters[@]}"
fi

if grep -q '^window = ' apps/gallery/Cargo.toml; then
    say "the window"
    cargo clippy --quiet -p gallery --features window --all-targets -- -D warnings
    xvfb-run -a bash -c 'source ci/common.sh; run_tests "$@"' ci/test.sh -p gallery --features window
fi

passed
