# The service's unit has changed or is gone.
[ ! -d /run/systemd/system ] || systemctl daemon-reload || :
# $1 is how many versions are left. No package owns these folders, so empty ones would stay.
[ "$1" -ne 0 ] || rmdir /usr/share/doc/host-pilot/examples /usr/share/doc/host-pilot \
    /usr/share/doc/host-pilot-control/prometheus /usr/share/doc/host-pilot-control \
    /usr/share/host-pilot \
    /usr/share/licenses/host-pilot* /etc/pilot /etc/pilotctl 2>/dev/null || :
