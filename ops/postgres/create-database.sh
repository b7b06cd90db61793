#!/bin/sh
# The image of PostgreSQL runs this once for an empty data folder.
# The service owns its database and has no other rights.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v password="$(cat /run/secrets/mdl_password)" <<'SQL'
CREATE ROLE mdl LOGIN PASSWORD :'password';
CREATE DATABASE mdl OWNER mdl TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
SQL
