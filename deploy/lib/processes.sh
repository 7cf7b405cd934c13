# shellcheck shell=bash
# Processes of one running instance, whose directory is $RUN: their ids, ports, secrets, and how to know that they live.
# Sourced by deploy/up, down and status and by tests/servers; knows nothing of what the processes do.

lib="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

prepare_run() {
    mkdir -p "$RUN"/{pids,loops,logs,ports}
    # Traversable, because the servers run as another user when this is root's; what is secret lies in a directory of its own.
    chmod 755 "$RUN"
    install -d -m 700 "$RUN/secrets"
}

# The secret of that name, drawn once.
secret() {
    local file="$RUN/secrets/$1"
    [[ -s $file ]] || (umask 077 && od -An -vtx1 -N32 /dev/urandom | tr -d ' \n' >"$file")
    cat "$file"
}

# A process id alone may belong to a stranger after a reboot; with its start time it cannot.
started_at() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${stat##*) }"
    [[ ${stat[0]} != Z ]] && printf '%s\n' "${stat[19]}"
}

# Its start time stands in a hidden file beside it, so that the directory shows processes and nothing else.
start_file() { printf '%s/.%s.started\n' "${1%/*}" "${1##*/}"; }

note_pid() { # file pid
    started_at "$2" >"$(start_file "$1")" || true
    printf '%s\n' "$2" >"$1"
}

forget() { rm -f "$1" "$(start_file "$1")"; }

# Prints the id noted in the file if that very process still lives.
living() {
    local pid started
    [[ -s $1 ]] && pid=$(<"$1") && started=$(started_at "$pid") && [[ $started == "$(cat "$(start_file "$1")" 2>/dev/null)" ]] &&
        printf '%s\n' "$pid"
}

pid_of() { living "$RUN/pids/$1"; }

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Remembers a port for a name. A remembered one that a stranger took is drawn again only while nothing relies on it.
port_of() { # name [wanted]
    local file="$RUN/ports/$1" port=
    [[ -s $file ]] && port=$(<"$file")
    if [[ -n ${2:-} && $port != "$2" ]] && ! pid_of "$1" >/dev/null; then port=$2; fi
    # Below the range from which Linux takes the ports of outgoing connections.
    while [[ -z $port ]] || { grep -qxs "$port" "$RUN"/ports/* && ! grep -qxs "$port" "$file"; }; do
        port=$((20000 + SRANDOM % 12000))
        ! listening "$port" || port=
    done
    # Written only when it is new, and whole: others may be reading it, and one that finds it empty would draw another port.
    [[ -s $file && $port == "$(<"$file")" ]] || { printf '%s\n' "$port" >"$file.$BASHPID" && mv -f "$file.$BASHPID" "$file"; }
    printf '%s\n' "$port"
}

# Forgets the ports of processes that are gone where somebody else listens now.
release_taken_ports() {
    local file
    for file in "$RUN"/ports/*; do
        [[ -e $file ]] && ! pid_of "${file##*/}" >/dev/null && listening "$(<"$file")" && rm -f "$file"
    done
    return 0
}

# Starts a command in a session of its own and notes its id, unless it lives.
launch_once() { # name command…
    local name=$1; shift
    pid_of "$name" >/dev/null && return
    setsid "$@" </dev/null >>"$RUN/logs/$name.log" 2>&1 9>&- &
    note_pid "$RUN/pids/$name" $!
}

# The same under a loop that starts it again whenever it dies; a loop that is missing takes over the process it finds.
launch_kept() { # name command…
    local name=$1; shift
    living "$RUN/loops/$name" >/dev/null && return
    setsid bash "$lib/keep.sh" "$RUN" "$name" "$@" </dev/null >>"$RUN/logs/$name.log" 2>&1 9>&- &
    note_pid "$RUN/loops/$name" $!
}

# Waits until the process lives and the check holds; launches it as often as it is found dead.
bring_up() { # seconds name check launch…
    local deadline=$((SECONDS + $1)) name=$2 check=$3; shift 3
    "$@" || return
    until pid_of "$name" >/dev/null && $check; do
        if ((SECONDS > deadline)); then
            say "$name did not become ready; the end of $RUN/logs/$name.log:"
            tail -n 20 "$RUN/logs/$name.log" >&2
            return 1
        fi
        sleep 0.2
        pid_of "$name" >/dev/null || "$@" || return
    done
}

# GET without curl, which a machine with only the SDK may not have.
answers_200() { # port path
    local line
    (
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
        IFS= read -r -t 5 line <&3
        [[ $line == 'HTTP/1.1 200'* ]]
    ) 2>/dev/null
}

stop_loops() { # name…
    local name pid
    for name in "$@"; do
        pid=$(living "$RUN/loops/$name") && kill -TERM "$pid" 2>/dev/null
    done
    for name in "$@"; do
        while living "$RUN/loops/$name" >/dev/null; do sleep 0.05; done
        forget "$RUN/loops/$name"
    done
}

# Signals all of them at once, waits, and kills what is left after the grace.
stop_processes() { # signal seconds name…
    local signal=$1 deadline=$((SECONDS + $2)) name pid; shift 2
    for name in "$@"; do
        pid=$(pid_of "$name") && kill -"$signal" "$pid" 2>/dev/null
    done
    for name in "$@"; do
        while pid=$(pid_of "$name"); do
            if ((SECONDS > deadline)); then
                say "$name does not stop; killed"
                kill -KILL "$pid" 2>/dev/null
            fi
            sleep 0.05
        done
        forget "$RUN/pids/$name"
    done
}
