#!/usr/bin/env bash
# hey 0.1.4: -n 10 -c 4 sends 8 requests.
#
# -n is "number of requests to run". Each of the -c workers sends n ÷ c of them, rounded down, and nobody sends the rest:
# with 10 and 4 two are never sent, with 255 and 128 it is half. Nothing says so; the report counts what came back.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
GOBIN=$dir go install github.com/rakyll/hey@v0.1.4

cat >"$dir/server.py" <<'PY'
import http.server
seen = 0
class Count(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global seen
        seen += self.path == "/"
        body = str(seen).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Count)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 "$dir/server.py" >"$dir/port" & server=$!
until [ -s "$dir/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$dir/port")

"$dir/hey" -n 10 -c 4 "$url/" | grep responses
seen=$(python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$url/seen")
[ "$seen" = 8 ] || { echo "the server saw $seen requests of 10, it was 8" >&2; exit 1; }
echo "as found: 10 asked for, $seen seen by the server"
