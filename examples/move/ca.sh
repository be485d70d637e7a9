#!/bin/sh
# ca.sh PROGRAM CONFIG FILE: writes the certificates in CA to FILE, sets PILOT_CA_FILE in CONFIG
# to FILE, then reloads the agent with the command in RELOAD. If the host cannot reach its
# control with these certificates, this changes nothing and fails.
set -eu
program=$1
config=$2
file=$3

umask 022
trap 'rm -f -- "$file.new"' EXIT
printf '%s\n' "$CA" > "$file.new"
if ! PILOT_CA_FILE="$file.new" "$program" doctor > ./found || ! grep -q '^ok *control ' ./found; then
  grep -A 1 '^FAIL' ./found >&2 || :
  echo "the host cannot reach control with these certificates; nothing was changed" >&2
  exit 1
fi
mv -f -- "$file.new" "$file"
cp -p -- "$config" "$config.new"
{
  sed '/^PILOT_CA_FILE=/d' "$config"
  printf 'PILOT_CA_FILE=%s\n' "$file"
} > "$config.new"
mv -f -- "$config.new" "$config"
sh -c "$RELOAD"
echo "PILOT_CA_FILE is $file"
