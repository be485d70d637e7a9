#!/bin/sh
# move.sh PROGRAM CONFIG URL: enrols this host with the control at URL, with the code in CODE.
# The commands in STOP and START stop and start its agent. If the host cannot reach the new
# control, or it refuses the code, the host stays with the old control, and this fails.
#
# This runs as a job, which outlives the agent that started it.
set -eu
program=$1
config=$2
url=$3

# These settings of the old control would override those of the new enrolment.
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
