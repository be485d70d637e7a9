#!/bin/sh
# upgrade.sh PROGRAM SERVICE SECONDS: replaces PROGRAM with the pilot of this package and
# restarts SERVICE. If the new agent does not complete an authenticated ping within that
# time, this restores the old agent and fails.
#
# This runs as a job, which outlives the agent that started it.
set -eu
program=$1
service=$2
deadline=$3
case $service in
  '' | -* | */*) echo "'$service' is not the name of a service" >&2; exit 2 ;;
esac
[ -f ./pilot ] || { echo "there is no pilot in this package" >&2; exit 2; }

as_root="sudo -n"
[ "$(id -u)" -ne 0 ] || as_root=""

if [ -d /run/systemd/system ]; then
  restart() { $as_root systemctl restart -- "$service"; }
elif command -v rc-service > /dev/null; then
  restart() { $as_root rc-service -- "$service" restart; }
else
  echo "neither systemd nor OpenRC runs here: nothing can restart '$service'" >&2
  exit 1
fi

# A running program cannot be overwritten, but its file can be replaced.
put() {
  $as_root install -m 755 "$1" "$program.new"
  $as_root mv -f "$program.new" "$program"
}

# Whether the agent has reached control since this time. `since` is when the link came into
# its present state; each start of the agent resets it.
is_connected_since() {
  state=$("$program" status --json 2> /dev/null | tr -d ' \n') || return 1
  link=$(printf '%s' "$state" | sed -n 's/.*"link":{\([^}]*\)}.*/\1/p')
  case $link in *'"ok":true'*) ;; *) return 1 ;; esac
  since=$(printf '%s' "$link" | sed -n 's/.*"since":"\([^"]*\)".*/\1/p')
  ! [ "$since" \< "$1" ]
}

# Whether the new agent reaches control within the deadline.
proves_itself() {
  started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  restart || return 1
  left=$deadline
  while [ "$left" -gt 0 ]; do
    if is_connected_since "$started"; then
      return 0
    fi
    sleep 1
    left=$((left - 1))
  done
  return 1
}

old=$("$program" version)
if ! new=$(./pilot version 2>&1); then
  echo "the new agent does not start on this host; nothing was changed: $new" >&2
  exit 1
fi
cp -p -- "$program" ./pilot.old

# If something ends this early, such as a time limit, restore the old agent.
return_to_old() {
  put ./pilot.old
  restart
}
trap 'return_to_old; exit 143' HUP INT TERM

put ./pilot
if proves_itself; then
  echo "upgraded from $old to $new"
else
  return_to_old
  echo "$new did not reach control within $deadline seconds: $old is restored" >&2
  exit 1
fi
