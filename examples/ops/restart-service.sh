#!/bin/sh
# restart-service.sh SERVICE SECONDS: restarts the service, and fails if it is not running
# that many seconds later.
set -eu
service=$1
settle=$2
case $service in
  '' | -* | */*) echo "'$service' is not the name of a service" >&2; exit 2 ;;
esac

if [ -d /run/systemd/system ]; then
  restart() { systemctl restart -- "$service"; }
  is_active() { systemctl is-active --quiet -- "$service"; }
  explain() { systemctl status --no-pager --lines=20 -- "$service"; }
elif command -v rc-service > /dev/null; then
  restart() { rc-service -- "$service" restart; }
  is_active() { rc-service -q -- "$service" status; }
  explain() { rc-service -- "$service" status; }
else
  echo "neither systemd nor OpenRC runs here: nothing can restart '$service'" >&2
  exit 1
fi

fail() {
  echo "$service $1" >&2
  explain >&2 || true
  exit 1
}

restart || fail "could not be restarted"
sleep "$settle"
is_active || fail "was restarted and is not running"
echo "$service is restarted and running"
