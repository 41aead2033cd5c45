#!/usr/bin/env bash
# Compares three arms on two GPUs of one host: TP 2, two replicas of TP 1, one TP 1 alone. The arms need the same GPUs, so each block
# starts its own servers; blocks alternate, so that what drifts in time does not look like an arm's doing.
#   BLOCKS=3 OUT=runs ./arms.sh            needs loadgen, vllm and two free GPUs
#   VLLM="loadgen simulate --model Qwen/Qwen3-8B --gpu H200" …     the same against simulated servers: a dry run without a GPU
# A server is started as: $VLLM --port N --tensor-parallel-size N …; it must serve the name qwen3-8b.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
BLOCKS=${BLOCKS:-3} OUT=${OUT:-runs} LOADGEN=${LOADGEN:-loadgen} PATIENCE=${PATIENCE:-300}
VLLM=${VLLM:-vllm serve Qwen/Qwen3-8B --served-model-name qwen3-8b}
FLAGS="--max-num-batched-tokens 2048 --max-model-len 16384 --no-enable-prefix-caching --enable-logging-iteration-details"
export NCCL_NVLS_ENABLE=0   # NVLink multicast can take a shared host's GPUs out of service
mkdir -p "$OUT"
servers=()

serve() { # PORT GPUS TP
  CUDA_VISIBLE_DEVICES=$2 $VLLM --port "$1" --tensor-parallel-size "$3" $FLAGS >"$OUT/server-$1.log" 2>&1 &
  servers+=($!)
  for ((s = 0; s < PATIENCE; s++)); do
    curl -sf "http://127.0.0.1:$1/health" >/dev/null && return
    kill -0 "${servers[-1]}" 2>/dev/null || { echo "arms.sh: the server on port $1 ended: see $OUT/server-$1.log" >&2; exit 1; }
    sleep 1
  done
  echo "arms.sh: the server on port $1 is not ready after $PATIENCE s: see $OUT/server-$1.log" >&2
  exit 1
}

stop() {
  for pid in "${servers[@]}"; do kill -INT "$pid" 2>/dev/null || true; done
  for pid in "${servers[@]}"; do wait "$pid" 2>/dev/null || true; done
  servers=()
}
trap stop EXIT

play() { # ARM BLOCK; a run that is INVALID (3) is kept: its condemned steps count nowhere, and the report says why
  "$LOADGEN" run "$here/$1.yaml" --yes --out "$OUT/$1-$2" || { local code=$?; ((code == 3)) || exit $code; }
}

tp2() { serve 8000 0,1 2; play tp2 "$1"; stop; }
tp1() { serve 8001 0 1; play one "$1"; serve 8002 1 1; play replicas "$1"; stop; }

for ((block = 1; block <= BLOCKS; block++)); do
  if ((block % 2)); then tp2 $block; tp1 $block; else tp1 $block; tp2 $block; fi
done
for arm in tp2 one replicas; do
  rm -rf "${OUT:?}/$arm"
  "$LOADGEN" merge "$OUT/$arm"-* --out "$OUT/$arm"
done
status=0
"$LOADGEN" compare "$OUT/tp2" "$OUT/replicas:r1+r2" "$OUT/one" --out "$OUT/compared" || status=$?
exit $((status == 4 ? 0 : status))   # 4: an arm is worse somewhere, which is what was asked
