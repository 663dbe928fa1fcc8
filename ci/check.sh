#!/usr/bin/env bash
# Checks what needs no run: the format, the lints, the documentation.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A file that no `mod` names is compiled by nobody and complains of nothing: a merge that loses the line would lose its tests.
say "each source file is declared"
while IFS= read -r file; do
    folder=$(dirname "$file") name=$(basename "$file" .rs)
    for parent in "$folder.rs" "$folder/lib.rs" "$folder/main.rs"; do
        [ -e "$parent" ] && grep -qE "^\s*(pub(\([a-z]+\))? )?mod $name\b" "$parent" && continue 2
    done
    die "$file: no module declares it"
done < <(git ls-files '*/src/*.rs' | grep -vE '/src/(lib|main|build)\.rs$|/src/bin/')

say "format"
cargo fmt --all -- --check

# The core with what it stands on, the gallery and the checker; what needs more than a compiler (a display, for one) is looked at where it is tested.
packages=(-p homebound-cells -p homebound -p gallery -p homebound-check -p homebound-cli)

say "lints"
cargo clippy --quiet "${packages[@]}" --features homebound/ctrl-c -- -D warnings
# Tests judge from outside: they take threads, channels and locks from std, and may be long. They may not sleep.
cargo clippy --quiet "${packages[@]}" --all-targets --features homebound/ctrl-c -- -D warnings -A clippy::pedantic \
    -A clippy::disallowed_methods -A clippy::disallowed_types -A clippy::excessive_nesting -A clippy::print_stderr -A clippy::print_stdout
! git grep -nE 'thread::sleep' -- '*/tests/*.rs' || die "a test sleeps: wait on a latch, or drive the test clock"

say "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps "${packages[@]}" --features homebound/ctrl-c

passed
