#!/bin/sh
# address.sh CONFIG ADDRESSES: sets PILOT_CTL_URI in CONFIG to ADDRESSES, then reloads the agent
# with the command in RELOAD. The agent uses the first address that works.
set -eu
config=$1
addresses=$2
case $addresses in
  https://*) ;;
  *) echo "'$addresses' does not begin with https://" >&2; exit 2 ;;
esac
cp -p -- "$config" "$config.new"
{
  sed '/^PILOT_CTL_URI=/d' "$config"
  printf 'PILOT_CTL_URI=%s\n' "$addresses"
} > "$config.new"
mv -f -- "$config.new" "$config"
sh -c "$RELOAD"
echo "PILOT_CTL_URI is $addresses"
