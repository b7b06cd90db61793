#!/bin/sh
# Replaces the instances one after the other, without a failed request: nginx is told first, then the instance drains,
# its successor is ready before it gets requests. Stops at the first that does not come up; the others serve on.
#   ops/rolling-replace.sh               each instance
#   ops/rolling-replace.sh api-2         this one
set -eu
cd "$(dirname "$0")/.."
instances=${*:-$(sed -n 's/^server \([^:]*\):.*/\1/p' ops/nginx/upstream.conf)}

# nginx's list `with` or `without` the instance, whoever else is out of it; nginx -t refuses a list in which nobody is left.
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
  # Until it is replaced it can serve; after that only if it is ready.
  trap 'list with "$instance"' EXIT
  list without "$instance"
  trap 'echo "$instance was not seen ready; nginx leaves it out until: ops/rolling-replace.sh $instance" >&2; exit 1' EXIT
  docker compose up -d --no-deps --no-build --force-recreate --wait --wait-timeout 60 "$instance"
  list with "$instance"
  trap - EXIT
  # nginx looks up the new address within a second, and only then is there one more to serve while the next is away.
  sleep 2
  echo "$instance replaced"
done
