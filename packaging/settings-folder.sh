#!/bin/sh
# Makes /etc/pilot a folder that only root may write to. In it, makes a folder for enrolment
# codes, which the agent may remove. The scripts of the packages and install.sh run this.
#
# In earlier versions the agent's user could write to /etc/pilot, and jobs run as that user.
# So the folder may contain anything: this script follows no link, and leaves a file alone
# that has another hard link.
set -eu

# The agent may run as root; then it accepts no files of other users.
agent=piloth:piloth
[ ! -d /var/lib/pilot ] || agent=$(stat -c %u:%g /var/lib/pilot)

note() { echo "host-pilot: $*" >&2; }

is_roots() { [ "$(stat -c %u "$1")" -eq 0 ]; }

give_to_root() {
    chown root:piloth "$1"
    chmod g-s,u=rwx,g=rx,o= "$1"
}

# Copies a file to a new one of root's, because the old one may still be open somewhere.
take_over() {
    rm -rf "$1.root"
    cp "$1" "$1.root"
    chown root:piloth "$1.root"
    chmod 0640 "$1.root"
    mv -f "$1.root" "$1"
    note "$1 belonged to another user; it belongs to root now"
}

# Corrects one entry of a folder that only root may write to by now.
repair() {
    if [ -L "$1" ]; then
        is_roots "$1" || { rm -f "$1"; note "removed $1, a link of another user"; }
    elif [ -d "$1" ]; then
        is_roots "$1" || close_folder "$1"
    elif [ ! -e "$1" ]; then
        :
    elif [ ! -f "$1" ]; then
        is_roots "$1" || { rm -f "$1"; note "removed $1, which was not a file"; }
    elif [ "$(stat -c %h "$1")" -ne 1 ]; then
        note "left $1 unchanged, because it has another hard link: check it"
    elif is_roots "$1"; then
        chmod go-w "$1"
    elif [ "${agent%%:*}" = 0 ]; then
        note "$1 belongs to another user, but the agent runs as root: check it, then run: chown root: $1"
    else
        take_over "$1"
    fi
}

close_folder() {
    give_to_root "$1"
    for inner in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ "$inner" = /etc/pilot/enrol.d ] || repair "$inner"
    done
}

# Moves unused codes from where earlier versions read and removed them.
move_codes() {
    for code in /etc/pilot/enrol /etc/pilot/enrol.*; do
        if [ -f "$code" ] && [ ! -L "$code" ] && ! is_roots "$code"; then
            mv -f "$code" /etc/pilot/enrol.d/
        fi
    done
}

if [ -L /etc/pilot ]; then
    note "/etc/pilot is a link and was left unchanged: make sure that only root may write to its target"
    exit 0
fi
[ -d /etc/pilot ] || mkdir /etc/pilot
# From now on no other user can put anything there.
give_to_root /etc/pilot
[ ! -L /etc/pilot/enrol.d ] || repair /etc/pilot/enrol.d
if [ ! -e /etc/pilot/enrol.d ] && [ ! -L /etc/pilot/enrol.d ]; then
    mkdir /etc/pilot/enrol.d
    chown "$agent" /etc/pilot/enrol.d
    chmod 0700 /etc/pilot/enrol.d
fi
move_codes
close_folder /etc/pilot
