#!/bin/sh
# Creates the secrets once, in one folder for each service. Each service mounts only its own folder.
set -eu
cd "${1:-/secrets}"
[ ! -e complete ] || exit 0
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
mkdir -p api migrate postgres redis

random > postgres/superuser_password
# The owner of the tables migrates them; the service has a role of its own.
password=$(random)
printf '%s' "$password" > postgres/mdl_password
printf 'postgresql://mdl:%s@postgres:5432/mdl' "$password" > migrate/database_url

password=$(random)
printf '%s' "$password" > postgres/mdl_app_password
printf 'postgresql://mdl_app:%s@postgres:5432/mdl' "$password" > api/database_url

password=$(random)
printf 'requirepass %s\n' "$password" > redis/redis.conf
printf '%s' "$password" > redis/password
printf 'redis://:%s@redis:6379/0' "$password" > api/redis_url

random > api/cursor_secret
random > api/auth_secret
# Last: after an interruption all secrets are created again, before a service has used them.
touch complete
