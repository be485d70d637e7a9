# $1 is how many versions will be left: 0 when the package is removed. Removal ends the agent
# and its jobs.
[ "$1" -eq 0 ] || exit 0
if command -v systemctl >/dev/null; then
    [ ! -d /run/systemd/system ] || systemctl stop piloth.service 'piloth@*.service' || :
    systemctl disable --quiet piloth.service || :
fi
rmdir /etc/pilot/enrol.d 2>/dev/null || :
for home in /var/lib/pilot /var/lib/pilot-*; do
    [ -e "$home/identity" ] || continue
    runuser -u "$(stat -c %U "$home")" -- env PILOT_HOME="$home" /usr/bin/pilot job stop || :
done
