#!/bin/sh
# Run once by the image of PostgreSQL, on an empty data folder: the service is owner of its database and nothing more.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v password="$(cat /run/secrets/mdl_password)" <<'SQL'
CREATE ROLE mdl LOGIN PASSWORD :'password';
CREATE DATABASE mdl OWNER mdl TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
SQL
