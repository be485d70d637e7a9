# The service's unit is another one now, or none.
[ ! -d /run/systemd/system ] || systemctl daemon-reload || :
# $1 is how many versions are left. A folder is no package's here, so those that are
# empty now would stay.
[ "$1" -ne 0 ] || rmdir /usr/share/doc/host-pilot/examples /usr/share/doc/host-pilot \
    /usr/share/host-pilot \
    /usr/share/licenses/host-pilot* /etc/pilot /etc/pilotctl 2>/dev/null || :
