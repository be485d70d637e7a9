# $1 is how many versions are installed now: 1 after the first installation.
[ -d /var/lib/pilot ] || install -d -o piloth -g piloth -m 0700 /var/lib/pilot
/usr/share/host-pilot/settings-folder.sh
if [ "$1" -eq 1 ]; then
    if command -v systemctl >/dev/null; then
        systemctl enable --quiet piloth.service || :
        [ ! -d /run/systemd/system ] || systemctl daemon-reload || :
        [ ! -d /run/systemd/system ] || systemctl start piloth.service || :
    fi
elif [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    systemctl try-restart piloth.service 'piloth@*.service' || :
fi
