#!/usr/bin/env bash
# Checks what needs no run: the format, the lints, the documentation.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

say "format"
cargo fmt --all -- --check

say "lints"
cargo clippy --quiet --all-targets -- -D warnings

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps

passed
