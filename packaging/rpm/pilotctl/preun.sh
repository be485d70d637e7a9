# $1 is how many versions will be left: 0 when the package is removed.
[ "$1" -eq 0 ] || exit 0
if command -v systemctl >/dev/null; then
    [ ! -d /run/systemd/system ] || systemctl stop pilotctl.service || :
    systemctl disable --quiet pilotctl.service || :
fi
