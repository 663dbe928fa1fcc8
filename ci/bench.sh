#!/usr/bin/env bash
# Measures Homebound beside its peers and writes docs/PERFORMANCE.md; with --smoke, only whether each benchmark delivers all that it counts.
#
#   ci/bench.sh                    all groups, three rounds, then the report
#   ci/bench.sh emit queued        only these groups; their lines in bench/results/ are replaced
#   ci/bench.sh --rounds 5 pool    more rounds
#   ci/bench.sh --install          first installs what the peers need (Debian, as root)
#   ci/bench.sh --report           only writes the report anew from bench/results/
#   ci/bench.sh --smoke            every benchmark, small
#
# The peers' programs are those of ../shared/anchors, or of the folder that HOMEBOUND_ANCHORS names. What is not there is left out, and said.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all_groups=(emit queued latency pool timers accuracy threads flood memory grow at_rest)
rounds=3 smoke= install= only_report= groups=()
while [ $# -gt 0 ]; do
    case $1 in
        --smoke) smoke=1 ;;
        --install) install=1 ;;
        --report) only_report=1 ;;
        --rounds)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a number, as in: --rounds 3"
            rounds=$2
            shift
            ;;
        -h | --help)
            sed -n '2,/^source/{/^#/s/^# \{0,1\}//p}' "$0"
            exit
            ;;
        -*) die "there is no option '$1'; ci/bench.sh --help lists them" ;;
        *)
            [[ " ${all_groups[*]} " == *" $1 "* ]] || die "there is no group '$1'; these exist: ${all_groups[*]}"
            groups+=("$1")
            ;;
    esac
    shift
done
[ ${#groups[@]} -gt 0 ] || groups=("${all_groups[@]}")

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
bench=$target/release/bench
results=$PWD/bench/results
peers=$target/anchors
errors=$target/bench-errors.log

report() {
    say "report"
    cargo run --quiet --release -p bench --features report --bin report
}

if [ -n "$only_report" ]; then
    report
    exit
fi

say "Homebound's benchmarks"
cargo build --quiet --release -p bench
if [ -n "$smoke" ]; then
    "$bench" --smoke >"$target/bench-smoke.jsonl" || die "a benchmark did not deliver what it counts"
    printf '%d figures, all of them counted right\n' "$(wc -l <"$target/bench-smoke.jsonl")"
    passed
    exit
fi

# ---- the peers

packages=(qt6-base-dev libglib2.0-dev g++ cmake ninja-build pkg-config)
anchors=$(realpath -m "${HOMEBOUND_ANCHORS:-../shared/anchors}")
if [ -n "$install" ]; then
    say "packages"
    [ "$(id -u)" = 0 ] || die "--install needs root; or run: sudo apt-get install ${packages[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
fi

say "peers"
qt= rust= features=()
if [ -d "$anchors" ]; then
    mkdir -p "$peers"
    # Results and builds of the folder are not ours; its programs are taken unchanged.
    (cd "$anchors" && tar -c --exclude=./results --exclude=target --exclude=build --exclude=.venv .) | tar -x -C "$peers"
    chmod -R u+w "$peers"
    if cmake -S "$peers/qt" -B "$peers/qt/build" >"$target/bench-qt.log" 2>&1 && cmake --build "$peers/qt/build" >>"$target/bench-qt.log" 2>&1; then
        qt=$peers/qt/build/qt_bench
    else
        echo "Qt is left out: its program was not built (see $target/bench-qt.log). It needs: ${packages[*]} (ci/bench.sh --install)"
    fi
    if ! pkg-config --exists glib-2.0 2>/dev/null; then
        features=(--no-default-features)
        echo "glib is left out: there is no libglib2.0-dev (ci/bench.sh --install)"
    fi
    if (cd "$peers/rust_peers" && cargo build --quiet --release --locked --target-dir "$peers/rust_peers/target" "${features[@]}"); then
        rust=$peers/rust_peers/target/release/rust_peers
    else
        echo "the Rust peers are left out: their program was not built"
    fi
else
    echo "all peers are left out: there is no folder $anchors; name it with HOMEBOUND_ANCHORS"
fi
[ "$(nproc)" -ge 2 ] || die "the benchmarks need two processors: threads are pinned to one each"

# ---- running

export QT_QPA_PLATFORM=offscreen
group= place= pin=()

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
tag() { sed "s/^{/{\"commit\": \"$commit\", \"group\": \"$group\", \"place\": \"$place\", /"; }

# A peer that fails or hangs is left out of the round, and the log says so.
peer() { (ulimit -v $((8 << 20)) && timeout 200 "${pin[@]}" "$@") 2>>"$errors" | tag >>"$out" || echo "failed: $*" >>"$errors"; }

qt() { [ -z "$qt" ] || for name in "$@"; do peer "$qt" "$name"; done; }
qt_unix() { [ -z "$qt" ] || for name in "$@"; do peer env QT_NO_GLIB=1 "$qt" "$name"; done; }
rust() { [ -z "$rust" ] || for name in "$@"; do peer "$rust" "$name"; done; }
glib() { [ ${#features[@]} -gt 0 ] || rust "$@"; }
homebound() {
    local name
    for name in "$@"; do
        timeout 300 "${pin[@]}" "$bench" "$name" >"$target/bench-line.jsonl" || die "$name did not deliver what it counts"
        tag <"$target/bench-line.jsonl" >>"$out"
    done
}

# The benchmark of Qt, and right after it Homebound's of the same row.
row() {
    qt "$1"
    homebound "${@:2}"
}

split=(env BENCH_PIN=split)
one_cpu=(taskset -c 0)

group_emit() {
    rust emit
    row emit_unconnected emit_unconnected emit_emitter_0
    row emit_direct_1 emit_direct_1 emit_emitter_1
    row emit_direct_10 emit_direct_10 emit_emitter_10
    row emit_auto_1 emit_auto_1
    row emit_lambda_1 emit_lambda_1
    row connect_disconnect connect_disconnect connect_disconnect_shared
    glib glib_emit
}
group_queued() {
    place=two-cpus pin=("${split[@]}")
    rust queued_floors queued
    row queued_1p queued_1p emitter_1p posted_1p
    row queued_2p queued_2p emitter_2p posted_2p
    row queued_same_thread queued_same_thread
    row queued_burst_1k queued_burst_1k posted_burst_1k
    qt_unix queued_1p queued_2p queued_same_thread queued_burst_1k
    glib glib_queued
}
group_latency() {
    for place in one-cpu two-cpus; do
        if [ $place = one-cpu ]; then pin=("${one_cpu[@]}"); else pin=("${split[@]}"); fi
        rust latency
        row pingpong pingpong
        row blocking_call blocking_call ask_and_wait
        qt_unix pingpong blocking_call
        glib glib_latency
    done
}
group_pool() {
    rust pool
    row pool_spawn pool_spawn pool_stranded
    row pool_spawn_future pool_spawn_future
    row pool_spawn_prio pool_spawn_prio8 pool_spawn_prio1000
    row pool_handoff pool_handoff
    row pool_future_result pool_future_result
    row cancel_progress cancel_check progress_report
    # Unpinned, a hand-off is fast or slow by where the scheduler puts the threads.
    place=one-cpu pin=("${one_cpu[@]}")
    rust pool
    row pool_handoff pool_handoff
}
group_timers() {
    rust timers
    homebound timers_0 timers_1 timers_100
    row timers_1k timers_1k
    row timers_10k timers_10k
    row timers_100k timers_100k
    homebound timers_1m
    glib glib_timers
}
group_accuracy() {
    rust timer_accuracy
    row timer_ticks timer_ticks
    row timer_lateness timer_lateness
    qt_unix timer_ticks timer_lateness
    glib glib_timer_accuracy
}
group_threads() {
    rust threads
    row thread_start_stop thread_start_stop thread_spawn_join
}
group_flood() {
    rust flood
    row ui_flood ui_flood ui_flood_bounded ui_flood_latest
    row ui_flood_5us ui_flood_5us ui_flood_5us_bounded ui_flood_5us_latest
    qt_unix ui_flood ui_flood_5us
    glib glib_flood
}
group_memory() {
    rust memory
    row memory object object_addressed connection_shared_pair connection_own_pair
}
group_grow() { homebound grow_connections grow_objects grow_queue grow_loops_1 grow_loops_100 grow_loops_10k; }
group_at_rest() { homebound idle; }

say "measuring: ${groups[*]}"
mkdir -p "$results"
: >"$errors"
for round in $(seq "$rounds"); do
    out=$results/round-$round.jsonl
    touch "$out"
    for group in "${groups[@]}"; do
        sed -i "/\"group\": \"$group\"/d" "$out"
        place=free pin=()
        group_"$group"
    done
    printf 'round %d: %d lines, load %s\n' "$round" "$(wc -l <"$out")" "$(cut -d' ' -f1 /proc/loadavg)"
done
# Rounds of an earlier run that this one did not repeat would count as its own.
for file in "$results"/round-*.jsonl; do
    number=${file##*-} number=${number%.jsonl}
    if [ "$number" -gt "$rounds" ]; then
        for group in "${groups[@]}"; do sed -i "/\"group\": \"$group\"/d" "$file"; done
        [ -s "$file" ] || rm "$file"
    fi
done
[ ! -s "$errors" ] || { echo "peers complained:"; head -n 20 "$errors"; }

cat >"$results/machine.json" <<JSON
{
  "date": "$(date -u +%Y-%m-%d)",
  "cpu": "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)",
  "cpus": $(nproc),
  "kernel": "$(uname -r)",
  "rustc": "$(rustc --version | cut -d' ' -f2)",
  "load": "$(cut -d' ' -f1-3 /proc/loadavg)",
  "left_out": "$([ -n "$qt" ] || printf 'Qt ')$([ -n "$rust" ] || printf 'Rust peers ')$([ ${#features[@]} -eq 0 ] || printf 'glib')"
}
JSON
report
passed
