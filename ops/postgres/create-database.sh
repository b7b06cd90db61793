#!/bin/sh
# The image of PostgreSQL runs this once for an empty data folder.
# `mdl` owns the database and runs the migrations. The service is `mdl_app`, which owns nothing.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v password="$(cat /run/secrets/mdl_password)" -v app_password="$(cat /run/secrets/mdl_app_password)" <<'SQL'
CREATE ROLE mdl LOGIN PASSWORD :'password';
CREATE ROLE mdl_app LOGIN PASSWORD :'app_password';
CREATE DATABASE mdl OWNER mdl TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
SQL
