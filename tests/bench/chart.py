"""A small line chart as SVG: readable on light and dark pages, and the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 760, 320, 56, 34, 40, 16
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")


def line_chart(
    title: str,
    x_name: str,
    y_name: str,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    *,
    line_at: float | None = None,
) -> str:
    """An SVG of named lines of (x, y) points, both from zero; `line_at` draws a dashed level, such as a limit."""
    x_top = max(x for points in lines.values() for x, _ in points) or 1.0
    y_top = max([y for points in lines.values() for _, y in points] + [line_at or 0.0]) * 1.05 or 1.0
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> str:
        return f"{LEFT + wide * x / x_top:.1f},{TOP + high * (1 - y / y_top):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 20 * len(lines)}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT + 20 * len(lines)}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{title}</text>',
    ]
    for tick in _ticks(y_top):
        start, end = place(0, tick).split(","), place(x_top, tick).split(",")
        parts.append(f'<path d="M{start[0]} {start[1]}H{end[0]}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{float(start[1]) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in _ticks(x_top):
        x, y = place(tick, 0).split(",")
        parts.append(f'<path d="M{x} {y}v4" stroke="#666"/>')
        parts.append(f'<text x="{x}" y="{float(y) + 17:.1f}" text-anchor="middle">{tick:g}</text>')
    if line_at is not None:
        parts.append(f'<path d="M{place(0, line_at)}L{place(x_top, line_at)}" stroke="#666" stroke-dasharray="6 4"/>')
    for number, (name, points) in enumerate(lines.items()):
        colour, row = COLOURS[number % len(COLOURS)], HEIGHT + 20 * number + 6
        drawn = "L".join(place(x, min(max(value, 0), y_top)) for x, value in points)
        parts.append(f'<path d="M{drawn}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        parts.append(f'<path d="M{LEFT} {row - 4}h24" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{LEFT + 32}" y="{row}">{name}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end" fill="#444">{x_name}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end" fill="#444">{y_name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _ticks(top: float) -> list[float]:
    raw = top / 5
    power = 10.0 ** len(str(int(raw))) / 10 if raw >= 1 else 0.1
    step = next((step for factor in (1, 2, 5, 10) if (step := factor * power) >= raw), 10 * power)
    return [step * i for i in range(int(top / step) + 1)]
