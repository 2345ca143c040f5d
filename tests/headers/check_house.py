#!/usr/bin/env python3
# Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
"""Check the order of the house from the text of its headers; each violation is a line file:line: what.

    check_house.py rules INCLUDE                 who may include whom, and what keeps out of where
    check_house.py bodies INCLUDE                each .ipp is included by a header and by src.hpp
    check_house.py headers INCLUDE HEADER...     the list of public headers is complete
    check_house.py version INCLUDE VERSION       version.hpp agrees
    check_house.py tests TESTS FILE...           no test file is left out of the build
"""

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

# A file belongs to the first row that fits (x.hpp and impl/x.ipp are one), and includes its own row and those named.
# `*` stays inside a folder, a name that ends in `/` holds what is below it.
ROWS = [
    # row           files                                                       may include
    ("bodies",      ["ringtail/src.hpp"],                                       "umbrella top core transport net protocol crypto vocabulary"),
    ("sandbox",     ["ringtail/sandbox.hpp", "ringtail/sandbox/"],              "vocabulary"),
    ("umbrella",    ["ringtail.hpp"],                                           "top vocabulary"),
    ("top",         ["ringtail/client.hpp", "ringtail/subscription.hpp",
                     "ringtail/environment.hpp",
                     "ringtail/authorization_request.hpp"],                     "core net protocol crypto vocabulary"),
    ("transport",   ["ringtail/pubnub.hpp", "ringtail/pooled_pubnub.hpp", "ringtail/pubnub_pool/",
                     "ringtail/websocket.hpp", "ringtail/webhook.hpp", "ringtail/webhook_receiver.hpp"],  "net protocol crypto vocabulary"),
    ("core",        ["ringtail/core/"],                                         "net protocol crypto vocabulary"),
    ("net",         ["ringtail/net/"],                                          "protocol crypto vocabulary"),
    ("protocol",    ["ringtail/protocol/"],                                     "crypto vocabulary"),
    ("crypto",      ["ringtail/crypto/"],                                       "vocabulary"),
    ("vocabulary",  ["ringtail/*.hpp", "ringtail/detail/", "ringtail/events/"], ""),
]

INPUT_OUTPUT = r"<boost/(asio|beast)[/.]"
CLOCK = r"::now\s*\("
# What keeps out of which rows ("*": all). An include line is matched as `#include <x>`.
KEEPS_OUT = [
    # rows                  what it must not match                                                  because
    ("protocol crypto",     INPUT_OUTPUT,                                                           "no Asio here"),
    ("vocabulary",          r"<boost/(beast/|asio\.hpp|asio/(?!awaitable\.hpp|any_io_executor\.hpp))", "no I/O here"),
    ("protocol crypto",     CLOCK,                                                                  "the time is a parameter"),
    ("*",                   r"<(iostream|regex|boost/(asio|beast)\.hpp)>",                          "too heavy for a header"),
    ("*",                   r"(&&|\|\|) *!?co_await",                                                "g++ 12 miscompiles it when it optimizes"),
    ("*",                   r"#include \"",                                                         "say <ringtail/...>"),
    ("*",                   r"^\s*(inline\s+)?namespace\s*\{",                                      "another type in each unit"),
]

INCLUDE_LINE = re.compile(r'^\s*#\s*include\s*([<"][^>"]+[>"])')


def header_of(name):
    """The header that a body belongs to; a header itself."""
    return name.replace("/impl/", "/").removesuffix(".ipp") + ".hpp" if name.endswith(".ipp") else name


def row_of(name):
    header = header_of(name)
    for row, patterns, may_include in ROWS:
        for pattern in patterns:
            if header.startswith(pattern) if pattern.endswith("/") else (
                    fnmatchcase(header, pattern) and header.count("/") == pattern.count("/")):
                return row, [row] + may_include.split()
    return None, []


def without_comments(text):
    """Comments become blanks, so that lines keep their numbers."""
    blank = lambda found: found.group() if found.group()[0] in "\"'" else re.sub(r"[^\n]", " ", found.group())
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'"
    return re.sub(pattern, blank, text, flags=re.S)


class House:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.files = {}
        for path in sorted(self.root.rglob("*.[hi]pp")):
            self.files[path.relative_to(self.root).as_posix()] = without_comments(path.read_text()).split("\n")
        self.violations = 0

    def complain(self, name, line, what):
        self.violations += 1
        print(f"{self.root.name}/{name}:{line}: {what}")

    def includes(self, name):
        for number, line in enumerate(self.files[name], 1):
            if found := INCLUDE_LINE.match(line):
                yield number, found.group(1)

    def rules(self):
        for name, lines in self.files.items():
            row, may_include = row_of(name)
            if row is None:
                self.complain(name, 1, "belongs to no row of the house")
                continue
            for number, target in self.includes(name):
                target = target[1:-1]
                if target not in self.files:
                    if target.startswith("ringtail"):
                        self.complain(name, number, f"{target} does not exist")
                elif row_of(target)[0] not in may_include:
                    self.complain(name, number, f"{row} must not include {row_of(target)[0]} ({target})")
            for number, line in enumerate(lines, 1):
                for rows, pattern, because in KEEPS_OUT:
                    if (rows == "*" or row in rows.split()) and re.search(pattern, line):
                        self.complain(name, number, f"{line.strip()}: {because}")

    def bodies(self):
        included = {name: {target[1:-1] for _, target in self.includes(name)} for name in self.files}
        for name in self.files:
            if name.endswith(".ipp"):
                source = "ringtail/sandbox/src.hpp" if row_of(name)[0] == "sandbox" else "ringtail/src.hpp"
                if name not in included[source]:
                    self.complain(name, 1, f"is not in {source}")
                if not any(name in targets for other, targets in included.items()
                           if other.endswith(".hpp") and not other.endswith("/src.hpp")):
                    self.complain(name, 1, "is not included by a header")

    def headers(self, *listed):
        public = [name for name in self.files if name.endswith(".hpp") and not name.endswith("/src.hpp")
                  and (name.count("/") < 2 or name.startswith("ringtail/events/"))]
        for name in sorted(set(public) - set(listed)):
            self.complain(name, 1, "is missing from the list in tests/headers/meson.build")
        for name in sorted(set(listed) - set(public)):
            self.complain(name, 1, "is listed in tests/headers/meson.build, but is no public header")

    def version(self, expected):
        name = "ringtail/version.hpp"
        if f'#define RINGTAIL_VERSION "{expected}"' not in self.files[name]:
            self.complain(name, 1, f"meson.build says {expected}")


    def tests(self, *listed):
        # headers/ has targets of its own.
        found = [path.relative_to(self.root).as_posix() for path in self.root.rglob("*.cpp")]
        for name in sorted(set(found) - set(listed)):
            if not name.startswith("headers/") and "/node_modules/" not in name:
                self.complain(name, 1, "is not in tests/meson.build")


def main(arguments):
    checks = ("rules", "bodies", "headers", "version", "tests")
    if len(arguments) < 2 or arguments[0] not in checks:
        sys.exit(__doc__)
    check, root, *rest = arguments
    house = House(root)
    getattr(house, check)(*rest)
    print(f"{check}: {house.violations} violations")
    return 1 if house.violations else 0


sys.exit(main(sys.argv[1:]))
