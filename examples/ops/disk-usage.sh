#!/bin/sh
# disk-usage.sh PERCENT: lists file systems; fails if one is used to that percentage or more.
set -eu
limit=$1
case $limit in
  '' | *[!0-9]*) echo "FULL must be a whole number, not '$limit'" >&2; exit 2 ;;
esac

# Read-only images (squashfs, iso9660) are always full, which is no problem.
df -P -k -x squashfs -x iso9660 -x devtmpfs 2>/dev/null | awk -v limit="$limit" '
  { print }
  NR > 1 { used = $5; sub(/%/, "", used); if (used + 0 >= limit) full = full " " $6 }
  END { if (full) { print "used to " limit "% or more:" full > "/dev/stderr"; exit 1 } }
'
