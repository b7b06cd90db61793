#!/bin/sh
# Replaces the instances one by one without a failed request. nginx removes an instance before it drains, and adds its
# successor when it is ready. Stops at the first instance that does not become ready; the others continue.
#   ops/rolling-replace.sh               all instances
#   ops/rolling-replace.sh api-2         one instance
set -eu
cd "$(dirname "$0")/.."
instances=${*:-$(sed -n 's/^server \([^:]*\):.*/\1/p' ops/nginx/upstream.conf)}

# Changes the list of nginx to be `with` or `without` the instance. nginx -t refuses an empty list.
list() {
  docker compose exec -T nginx sh -eu -c '
    cd /tmp
    cp upstream.conf upstream.before
    sed "/^server $2:/d" upstream.before >upstream.conf
    [ "$1" = without ] || grep "^server $2:" /etc/nginx/mdl/upstream.conf >>upstream.conf
    nginx -q -t -c /etc/nginx/mdl/nginx.conf || { mv upstream.before upstream.conf; exit 1; }
    nginx -c /etc/nginx/mdl/nginx.conf -s reload' sh "$1" "$2"
}
trap 'exit 130' INT TERM

for instance in $instances; do
  # Until it is replaced, the old instance can serve again.
  trap 'list with "$instance"' EXIT
  list without "$instance"
  trap 'echo "$instance is not ready. nginx does not use it until: ops/rolling-replace.sh $instance" >&2; exit 1' EXIT
  docker compose up -d --no-deps --no-build --force-recreate --wait --wait-timeout 60 "$instance"
  list with "$instance"
  trap - EXIT
  # nginx resolves the new address within a second. Only then can the next instance be removed.
  sleep 2
  echo "$instance replaced"
done
