#!/usr/bin/env bash
# Explores the interleavings of the protocols: the models under loom, in a target folder of their own.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export RUSTFLAGS="--cfg loom ${RUSTFLAGS:-}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom"
# Two forced switches find what three find, in a hundredth of the time.
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"

say "models under loom"
models=$(cargo test --quiet --release -p homebound --lib -- --list loom | grep -c ': test$' || true)
[ "$models" -gt 0 ] || die "there is no test with loom in its name: nothing would be proved"
cargo test --quiet --release -p homebound --lib -- loom

printf '\n%d models\n' "$models"
passed
