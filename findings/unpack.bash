# What the findings share: packages of a Debian release, unpacked into a
# temporary folder, $dir, and its Python.  Sourced by them.

set -euo pipefail

export LC_ALL=C.UTF-8 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

root=$dir/root


# RELEASE PACKAGE ...
unpack()
{
    local release=$1 part uri
    shift

    # apt's own server, and not the one of the security updates
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
              'Codename: bookworm' 'Component: main' | sort -u | head -n 1)

    mmdebstrap --quiet --variant=extract --include="$(IFS=,; echo "$*")" \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        "$release" "$root" "deb $uri $release main"

    for part in bin lib lib64; do
        [ -e "$root/$part" ] || ln -s usr/$part "$root/$part"
    done

    mkdir -p "$root/tmp"
}


# runs a program of the folder
inside()
{
    local lib=/usr/lib/x86_64-linux-gnu

    LD_LIBRARY_PATH=$lib/blas:$lib/lapack chroot "$root" "$@"
}


# the program on standard input
python()
{
    inside /usr/bin/python3 -W ignore -
}
