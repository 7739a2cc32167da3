#!/bin/bash
#
# Imports what real libraries write, and compares answers on 10,000 rows:
#
#     t/libraries.sh [RELEASE ...]
#
# Gets XGBoost, scikit-learn and libsvm of Debian's releases (bookworm, trixie
# and sid) into roots of their own, where t/libraries/make.py trains models of
# all kinds.  Prints a line for each: equal, refused and why, or wrong; the
# last fails, as does what is refused and should not be, or the other way.
#
# Roots stay in build/debian/libraries until build/ goes.

set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C.UTF-8 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

keyauth=build/keyauth
compare=build/t/libraries/compare
failed=0


fetch()
{
    local release=$1 root=$2 part uri

    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
              'Codename: bookworm' 'Component: main' | sort -u | head -n 1)

    if [ -z "$uri" ]; then
        echo "keyauth: apt has no Debian 12 (bookworm, main)" >&2
        exit 1
    fi

    echo "keyauth: fetching XGBoost, scikit-learn and libsvm of Debian" \
         "$release"

    rm -rf "$root" "$root.part"
    mkdir -p "${root%/*}"

    # unpacked and not installed: links that installing would have made
    mmdebstrap --quiet --variant=extract \
        --include=python3-xgboost,python3-sklearn,libsvm-tools \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        "$release" "$root.part" "deb $uri $release main"

    for part in bin lib lib64; do
        [ -e "$root.part/$part" ] || ln -s usr/$part "$root.part/$part"
    done

    mv "$root.part" "$root"
}


make_models()
{
    local root=$1 lib=/usr/lib/x86_64-linux-gnu

    rm -rf "$root/keyauth"
    mkdir -p "$root/keyauth/models" "$root/tmp"
    cp t/libraries/make.py docs/clients/export_sklearn.py "$root/keyauth"

    LD_LIBRARY_PATH=$lib/blas:$lib/lapack nice -n 5 chroot "$root" \
        /usr/bin/python3 /keyauth/make.py /keyauth/models
}


# NAME KIND FILE OPTIONS EXPECTED, of one model
try()
{
    local name=$1 kind=$2 file=$3 options=$4 expected=$5
    local args=() rc=0 scores said

    read -ra args <<< "$options"

    if [ "$kind" != RF ]; then
        args+=(--labels "$models/$name.labels")
    fi

    rm -f "$model"
    said=$($keyauth import "--${kind,,}" "$models/$file" \
               "${args[@]}" --out "$model" 2>&1) || rc=$?

    if [ $rc = 0 ]; then
        scores=$models/$name.scores
        [ -e "$scores" ] || scores=

        if [ ! -e "$models/$name.answers" ]; then
            wrong "taken, and should be refused: $expected"
            return
        fi

        if said=$($compare "$model" "$kind" "$models/rows" \
                      "$models/$name.answers" ${scores:+"$scores"})
        then
            say equal "$said"
        else
            wrong "$said"
        fi

        return
    fi

    said=${said##*"$models/$file: "}

    if [ "$expected" = equal ] || [[ $said != *"$expected"* ]]; then
        wrong "refused: $said"
    else
        say refused "$said"
    fi
}


say()
{
    printf '%-8s %-9s %-4s %-44s %s\n' "$1" "$release" "$kind" "$name" "$2"
}


wrong()
{
    say wrong "$1"
    failed=$((failed + 1))
}


for release in "$@"; do
    root=$PWD/build/debian/libraries/$release
    models=$root/keyauth/models
    model=$root/keyauth/model

    [ -d "$root" ] || fetch "$release" "$root"
    make_models "$root"
    echo "keyauth: Debian $release: $(cat "$models/versions")"

    while IFS=$'\t' read -r name kind file options expected; do
        try "$name" "$kind" "$file" "$options" "$expected"
    done < "$models/models"
done

if [ $failed != 0 ]; then
    echo "keyauth: $failed models are wrong" >&2
    exit 1
fi
