#!/usr/bin/env bash
# Counts the instructions, atomic read-modify-writes and system calls of the hot paths and compares them with bench/guard.toml: what is slower by design or by mistake shows on any machine.
#
#   ci/guard.sh                     all paths
#   ci/guard.sh emit_1_slot         only these
#   ci/guard.sh --accept [path…]    what is counted now becomes the figure
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if ! command -v valgrind >/dev/null; then
    [ "$(id -u)" = 0 ] || die "valgrind is missing; install it with: sudo apt-get install valgrind"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends valgrind >/dev/null
fi

say "what the hot paths take"
cargo build --quiet --profile guard -p bench --bin guard
"${CARGO_TARGET_DIR:-target}/guard/guard" "$@"
passed
