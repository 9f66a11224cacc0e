"""The picture of a protocol in SVG 1.1 (https://www.w3.org/TR/SVG11/), to the point, for the screen and for print."""

from mappings.svg.drawing import picture_to_svg
from mappings.svg.layout import HEIGHT, WIDTH

__all__ = ["HEIGHT", "WIDTH", "picture_to_svg"]
