#!/bin/sh
# Replaces the instances one after the other, without a failed request: nginx is told first, then the instance drains,
# its successor is ready before it gets requests. Stops at the first that does not come up; the others serve on.
#   ops/rolling-replace.sh               each instance
#   ops/rolling-replace.sh api-2         this one
set -eu
cd "$(dirname "$0")/.."
instances=${*:-$(sed -n 's/^server \([^:]*\):.*/\1/p' ops/nginx/upstream.conf)}

# The list without the instance, or the whole one; nginx -t keeps a bad list away from what runs.
serve_without() {
  docker compose exec -T nginx sh -eu -c '
    sed "/^server ${1:-none}:/d" /etc/nginx/mdl/upstream.conf >/tmp/upstream.conf
    nginx -q -t -c /etc/nginx/mdl/nginx.conf
    nginx -c /etc/nginx/mdl/nginx.conf -s reload' sh "$1"
}
trap 'serve_without ""' EXIT

for instance in $instances; do
  serve_without "$instance"
  docker compose up -d --no-deps --no-build --force-recreate --wait --wait-timeout 60 "$instance"
  serve_without ""
  echo "$instance replaced"
done
