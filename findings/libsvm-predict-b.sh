#!/bin/bash
#
# libsvm 3.24 (Debian 13, libsvm-tools): of one model, trained with -b 1,
# `svm-predict` names the class with the most votes, `svm-predict -b 1` the
# most probable one, and for many rows these differ.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "${0%/*}/unpack.bash"
unpack trixie libsvm-tools

version=$(zcat "$root/usr/share/doc/libsvm-tools/changelog.Debian.gz" \
          | sed -n '1s/.*(\(.*\)).*/\1/p')
echo "libsvm-tools $version"
[[ $version = 3.24+* ]]

# six classes that overlap
awk 'BEGIN {
    srand(1)
    for (i = 0; i < 240; i++) {
        printf "%d", i % 6
        for (f = 1; f <= 4; f++)
            printf " %d:%.6f", f, (i % 6) * 0.2 + rand() + rand()
        print ""
    }
}' > "$root/tmp/rows"

inside /usr/bin/svm-train -q -b 1 /tmp/rows /tmp/model
inside /usr/bin/svm-predict -q /tmp/rows /tmp/model /tmp/votes
inside /usr/bin/svm-predict -q -b 1 /tmp/rows /tmp/model /tmp/probable

n=$(sed 1d "$root/tmp/probable" | cut -d' ' -f1 \
    | paste -d' ' - "$root/tmp/votes" | awk '$1 != $2' | wc -l)
echo "$n of 240 rows: another class with -b 1"
[ "$n" -gt 0 ]
