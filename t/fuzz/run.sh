#!/bin/bash
#
# Runs fuzzers, two at a time, each for so many seconds:
#
#     t/fuzz/run.sh SECONDS FUZZER ...
#
# Seeds and what was found before come first.  Inputs that reach new code are
# kept in build/fuzz/found, what a fuzzer stops at in build/fuzz/crash, which
# the fuzzer then reads as its only argument.

set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift

mkdir -p build/fuzz/crash


fuzz()
{
    local name=${1#fuzz_} dict=t/fuzz/json.dict seeds=t/fuzz/seeds/${1#fuzz_}
    local log=build/fuzz/$1.log

    if [ -e "t/fuzz/$name.dict" ]; then
        dict=t/fuzz/$name.dict
    fi

    if [ ! -d "$seeds" ]; then
        seeds=build/fuzz/seeds/$name
    fi

    mkdir -p "build/fuzz/found/$name"

    if build/fuzz/"$1" -max_total_time="$seconds" -timeout=60 \
        -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
        -dict="$dict" -artifact_prefix="build/fuzz/crash/$name-" \
        "build/fuzz/found/$name" "$seeds" >"$log" 2>&1
    then
        echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
             "executions, nothing found"
        return
    fi

    cat "$log"
    echo "$1: stopped"
    return 1
}


export -f fuzz
export seconds

printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'fuzz {}'
