# Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
# Sourced by the tools: what this machine lacks, and how it comes.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tool=tools/$(basename "$0")
export CXX=${CXX:-g++}
packages=()
reasons=()

say() {
    printf '%s: %s\n' "$tool" "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# need PACKAGE WHY COMMAND...: PACKAGE (Debian's name) is missing unless COMMAND succeeds.
need() {
    local package=$1 why=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        packages+=("$package")
        reasons+=("$why")
    fi
}

program() {
    command -v "$1"
}

# Whether a line of preprocessor text compiles and links with these libraries.
links() {
    local text=$1
    shift
    printf '%s\nint main() {}\n' "$text" | $CXX -x c++ - -o /dev/null "${@/#/-l}"
}

header() {
    local name=$1
    shift
    links "#if !__has_include(<$name>)
#error missing
#endif" "$@"
}

recent_boost() {
    links '#include <boost/version.hpp>
#if BOOST_VERSION < 108100
#error too old
#endif'
}

need_to_build() {
    need g++ 'the compiler' program ${CXX##* }
    need meson 'configures the build' program meson
    need ninja-build 'runs the build' program ninja
    need pkg-config 'finds libraries' program pkg-config
    need libboost1.81-dev 'Asio: coroutines, sockets, timers; Beast: HTTP' recent_boost
    need libboost-json1.81-dev 'JSON of the service' header boost/json.hpp boost_json
    need libssl-dev 'TLS and decryption' header openssl/ssl.h ssl crypto
}

install_what_is_missing() {
    if ((${#packages[@]} == 0)); then
        return
    fi
    say "missing here:"
    local i
    for i in "${!packages[@]}"; do
        printf '    %-22s %s\n' "${packages[i]}" "${reasons[i]}" >&2
    done
    if ! (. /etc/os-release && [[ $ID == debian && $VERSION_ID == 12 ]]) 2>/dev/null; then
        die "install these, then start again. The names are those of Debian 12, where this tool installs them itself;" \
            "elsewhere take g++ 12 or newer, Meson 1.0.1, Ninja, pkg-config, Boost 1.81 with Boost.JSON," \
            "OpenSSL 3, and for the tests doctest 2.4 (tools/test --full: clang 19 with its sanitizers)."
    fi
    local as_root=()
    if ((EUID != 0)); then
        as_root=(sudo)
        program sudo >/dev/null || die "as root: apt-get update && apt-get install ${packages[*]}"
    fi
    # Other versions of a package may be there for a reason: nothing is removed.
    local install=(apt-get install -q -y --no-install-recommends --no-remove -o Dpkg::Use-Pty=0 "${packages[@]}")
    say "installing them with apt-get, which takes a minute or two"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}"; } >"$log" 2>&1
    then
        cat "$log" >&2
        rm "$log"
        die "that did not work. If another version of Boost is in the way, remove it and start again."
    fi
    rm "$log"
}

# configure FOLDER OPTION...: anew when the options are others; every other change is Ninja's business.
configure() {
    local build=$1 log
    shift
    # Meson finds ccache by itself only for a compiler that it chose itself.
    if [[ $CXX != ccache* ]] && program ccache >/dev/null; then
        local -x CXX="ccache $CXX"
    fi
    if [[ -f $build/build.ninja && -f $build/options && $(<"$build/options") == "$CXX $*" ]]; then
        return
    fi
    rm -rf "$build"
    log=$(mktemp)
    if ! meson setup "$build" "$root" "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -rf "$log" "$build"
        return 1
    fi
    rm "$log"
    echo "$CXX $*" >"$build/options"
}
