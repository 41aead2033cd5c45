#!/usr/bin/env bash
# vegeta 12.13.0 with -max-workers: latencies that leave the wait out, and requests that are never sent.
#
# vegeta is an open loop: "constant request rate", with which one guesses that a request which must wait for a worker
# counts from when it was due, as a slow server's users would. With -max-workers it does not. Asked are 40 requests in 2 s
# of a server that answers one in 0.1 s. The 20th was due after 0.95 s and could be answered after 2 s at best, yet every
# latency said is that of the server alone, the other half of the requests is not sent, and the report says 100 % success.
# The only sign is a rate below the one asked for. So the cap makes it a closed loop (loadgen's own cap keeps due times, V1).
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
GOBIN=$dir go install github.com/tsenart/vegeta/v12@v12.13.0

cat >"$dir/server.py" <<'PY'
import http.server, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.1)
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 "$dir/server.py" >"$dir/port" & server=$!
until [ -s "$dir/port" ]; do sleep 0.1; done

echo "GET http://127.0.0.1:$(cat "$dir/port")/" | "$dir/vegeta" attack -rate 20/s -duration 2s -max-workers 1 >"$dir/results"
"$dir/vegeta" report "$dir/results"
"$dir/vegeta" report -type json "$dir/results" | python3 -c '
import json, sys
r = json.load(sys.stdin)
sent, worst, ok = r["requests"], r["latencies"]["max"] / 1e9, r["success"]
assert sent <= 25 and ok == 1, f"{sent} of 40 requests were sent, {ok:.0%} succeeded: it was about 20 and all"
# the last one was due by its place of 40 in 2 s, and ended after the sum of all before it
assert worst < 0.5, f"the worst latency is {worst:.2f} s: waiting counts now"
print(f"as found: {sent} of 40 sent, the worst latency {worst:.3f} s, success {ok:.0%}")'
