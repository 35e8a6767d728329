"""Draw the icons of phones and feed readers from catalog/static/catalog/icon.svg; run by hand.

    python tools/draw_icons.py

Round corners where the icon stands alone; full to the edges, and smaller within, where a phone
cuts its own shape out of it (maskable icons, and Apple's).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from catalog.outward.raster import rasterise  # noqa: E402

PLACE = ROOT / "catalog" / "static" / "catalog"
GROUND = "#17513f"
SAFE = 0.76
"""The part of a maskable icon that every shape leaves visible."""


def main() -> None:
    drawing = (PLACE / "icon.svg").read_text(encoding="utf-8")
    for size in (192, 512):
        _save(rasterise(drawing, width=size, height=size), f"icon-{size}.png")
    for size, name in ((512, "icon-maskable-512.png"), (180, "apple-touch-icon.png")):
        picture = Image.new("RGBA", (size, size), GROUND)
        inner = round(size * SAFE)
        within = (size - inner) // 2
        picture.alpha_composite(rasterise(drawing, width=inner, height=inner), (within, within))
        _save(picture, name)


def _save(picture: Image.Image, name: str) -> None:
    picture.quantize(64, method=Image.Quantize.FASTOCTREE).save(PLACE / name, optimize=True)


if __name__ == "__main__":
    main()
