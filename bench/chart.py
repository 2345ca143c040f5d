# Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
"""A chart of what one unit costs against how many there are, as SVG."""
import math
from html import escape

WIDTH, HEIGHT, LEFT, TOP, PLOT_W, PLOT_H = 980, 360, 60, 60, 360, 220
COLOURS = ['#1b6ca8', '#c8553d', '#3a7d44', '#7a4e9f']


def nice_top(value):
    step = 10 ** math.floor(math.log10(value))
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= value)


def panel(left, title, unit, series, most):
    """`series`: name -> [(subscriptions, value)]; the first axis is logarithmic."""
    values = [value for points in series.values() for _, value in points]
    top = nice_top(max(values)) if values else 1
    across = lambda count: left + PLOT_W * math.log10(count) / math.log10(most)
    up = lambda value: TOP + PLOT_H * (1 - value / top)
    out = [f'<text x="{left}" y="{TOP - 22}" class="title">{escape(title)}</text>']
    for part in range(5):
        value = top * part / 4
        out.append(f'<path d="M{left} {up(value):.1f}h{PLOT_W}" class="grid"/>'
                   f'<text x="{left - 8}" y="{up(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for power in range(int(math.log10(most)) + 1):
        out.append(f'<text x="{across(10 ** power):.1f}" y="{TOP + PLOT_H + 18}" text-anchor="middle">{10 ** power:,}</text>')
    out.append(f'<text x="{left + PLOT_W / 2}" y="{TOP + PLOT_H + 38}" text-anchor="middle">subscriptions ({escape(unit)})</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = ' '.join(f'{across(count):.1f},{up(value):.1f}' for count, value in sorted(points))
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{across(count):.1f}" cy="{up(value):.1f}" r="3" fill="{colour}"><title>{count:,}: {value:g}</title></circle>'
                for count, value in points]
        out.append(f'<text x="{left + 8 + number * 150}" y="{HEIGHT - 12}" fill="{colour}">{escape(name)}</text>')
    return '\n'.join(out)


def draw(path, panels, caption):
    """`panels`: [(title, unit, series)], at most two."""
    most = max([count for _, _, series in panels for points in series.values() for count, _ in points] + [10])
    body = '\n'.join(panel(LEFT + number * (PLOT_W + 120), *each, most) for number, each in enumerate(panels))
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<title>{escape(caption)}</title>
<style>.grid{{stroke:#ddd;fill:none}}.title{{font-size:14px;font-weight:bold}}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="{LEFT}" y="18">{escape(caption)}</text>
{body}
</svg>
''')
