#!/bin/sh
# move.sh PROGRAM CONFIG URL: has this host enrol at the control at URL with the code in
# CODE. STOP and START say how its agent is stopped and started. If the new control cannot
# be reached or refuses the code, the host stays with the one that it has, and this fails.
#
# This runs as a job, which outlives the agent that started it.
set -eu
program=$1
config=$2
url=$3

# What enrolment brings must not be overridden by what the old control needed.
settings='^PILOT_CTL_URI=\|^PILOT_CA_FILE='
changed=no
comment_out() {
  grep -q "$settings" "$config" 2> /dev/null || return 0
  cp -p -- "$config" ./before && cp -p -- "$config" "$config.new" &&
    sed "s/$settings/#&/" ./before > "$config.new" && mv -f -- "$config.new" "$config" &&
    changed=yes
}

go_back() {
  if [ "$changed" = yes ]; then
    cp -p -- ./before "$config.new"
    mv -f -- "$config.new" "$config"
  fi
  sh -c "$START"
}

sh -c "$STOP"
trap 'go_back; exit 143' HUP INT TERM
if ! comment_out; then
  go_back
  exit 1
fi
if printf '%s\n' "$CODE" | "$program" enrol "$url"; then
  trap '' HUP INT TERM
  sh -c "$START"
else
  go_back
  echo "this host stays where it was" >&2
  exit 1
fi
