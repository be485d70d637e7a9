#!/bin/sh
# Makes /etc/pilot a folder that root alone may write, and in it one for enrolment codes,
# from which the agent removes them. The scripts of the packages and install.sh run this.
#
# In earlier versions the agent's user could write to /etc/pilot, and jobs run as that
# user: what lies there may be anything. Nothing is done through a link, and nothing to a
# file that has another name elsewhere.
set -eu

# The agent may run as root, and then believes nothing that another user wrote.
agent=piloth:piloth
[ ! -d /var/lib/pilot ] || agent=$(stat -c %u:%g /var/lib/pilot)

note() { echo "host-pilot: $*" >&2; }

is_roots() { [ "$(stat -c %u "$1")" -eq 0 ]; }

give_to_root() {
    chown root:piloth "$1"
    chmod g-s,u=rwx,g=rx,o= "$1"
}

# Takes a file over as a new one: the old one may still be open.
take_over() {
    rm -rf "$1.root"
    cp "$1" "$1.root"
    chown root:piloth "$1.root"
    chmod 0640 "$1.root"
    mv -f "$1.root" "$1"
    note "$1 belonged to another user and is root's now"
}

# What lies in a folder that root alone may write by now.
repair() {
    if [ -L "$1" ]; then
        is_roots "$1" || { rm -f "$1"; note "$1 was another user's link and is removed"; }
    elif [ -d "$1" ]; then
        is_roots "$1" || close_folder "$1"
    elif [ ! -e "$1" ]; then
        :
    elif [ ! -f "$1" ]; then
        is_roots "$1" || { rm -f "$1"; note "$1 was no file and is removed"; }
    elif [ "$(stat -c %h "$1")" -ne 1 ]; then
        note "$1 has another name elsewhere, so it is left as it is: look at it"
    elif is_roots "$1"; then
        chmod go-w "$1"
    elif [ "${agent%%:*}" = 0 ]; then
        note "$1 belongs to another user and the agent is root's: look at it, then chown root: $1"
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

# Codes that wait where earlier versions looked for them, and could remove them.
move_codes() {
    for code in /etc/pilot/enrol /etc/pilot/enrol.*; do
        if [ -f "$code" ] && [ ! -L "$code" ] && ! is_roots "$code"; then
            mv -f "$code" /etc/pilot/enrol.d/
        fi
    done
}

if [ -L /etc/pilot ]; then
    note "/etc/pilot is a link, so nothing is changed in it: only root may write where it leads"
    exit 0
fi
[ -d /etc/pilot ] || mkdir /etc/pilot
# From now on nobody else can put anything there.
give_to_root /etc/pilot
[ ! -L /etc/pilot/enrol.d ] || repair /etc/pilot/enrol.d
if [ ! -e /etc/pilot/enrol.d ] && [ ! -L /etc/pilot/enrol.d ]; then
    mkdir /etc/pilot/enrol.d
    chown "$agent" /etc/pilot/enrol.d
    chmod 0700 /etc/pilot/enrol.d
fi
move_codes
close_folder /etc/pilot
