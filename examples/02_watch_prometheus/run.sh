#!/usr/bin/env bash
# Starts a Prometheus that scrapes itself every second, runs the example until a sample is there, and stops the server.
set -eu
command -v prometheus >/dev/null || { echo "SKIPPED: no prometheus on the path"; exit 0; }
dir=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$dir/prometheus.yml" <<EOF
global: {scrape_interval: 1s}
scrape_configs: [{job_name: prometheus, static_configs: [{targets: ["127.0.0.1:$port"]}]}]
EOF
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address="127.0.0.1:$port" \
  >"$dir/log" 2>&1 &
server=$!
trap 'kill $server; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 150); do
  out=$(example_02_watch_prometheus "http://127.0.0.1:$port" || true)
  case $out in *"1 series"*) echo "$out"; exit 0 ;; esac
  sleep 0.2
done
echo "no sample in 30 s: $out"; exit 1
