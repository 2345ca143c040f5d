#!/usr/bin/env python3
# Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
"""embed.py HEADER FILE...: each file as a text in the header, named like the file."""

import sys
from pathlib import Path

header, *files = sys.argv[1:]
lines = ["#pragma once", "#include <string_view>", "namespace recorded {"]
for file in map(Path, files):
    # A literal of its own for each line: together they are longer than every compiler has to take.
    lines.append(f"inline constexpr std::string_view {file.stem}[] = {{")
    lines += [f'R"text({line})text",' for line in file.read_text().splitlines()]
    lines.append("};")
lines.append("} // namespace recorded")
Path(header).write_text("\n".join(lines) + "\n")
