#!/usr/bin/env bash
# Keeps one process alive: keep.sh RUN NAME COMMAND…
# Starts it, keeps RUN/pids/NAME true, starts it again a second after it died. SIGTERM ends the loop and leaves the process to
# whoever stops it in its own way; RUN/stopping ends it too.
set -u
RUN=$1 name=$2
shift 2
# shellcheck source=deploy/lib/processes.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/processes.sh"

stop=
trap 'stop=1' TERM

until [[ -n $stop || -e $RUN/stopping ]]; do
    if pid=$(pid_of "$name"); then
        # An earlier loop was killed and left its process: not our child, so it is watched instead of waited for.
        tail --pid="$pid" -f /dev/null &
        watch=$!
        wait "$watch"
        status='an unknown status'
        [[ -z $stop ]] || kill "$watch"
    else
        "$@" &
        pid=$!
        note_pid "$RUN/pids/$name" "$pid"
        wait "$pid"
        status="status $?"
    fi
    [[ -z $stop && ! -e $RUN/stopping ]] || break
    say "$(date -u +%FT%TZ) $name (process $pid) ended with $status; starting it again"
    sleep 1 &
    wait $!
done
