"""Turns any picture of a page into SVG."""

from service.present.blocks import Market, Picture, SiteMap, Steps
from service.present.pictures.intervals import interval, within_market
from service.present.pictures.site_map import site_map
from service.present.pictures.svg import Element
from service.present.pictures.waterfall import waterfall


def drawn(shown: Picture | Market | Steps | SiteMap) -> Element | None:
    """Draw a picture; None where it has nothing to show, which its caption then says."""
    match shown:
        case SiteMap():
            return site_map(shown)
        case Picture():
            return interval(shown)
        case Market():
            return within_market(shown)
        case Steps():
            return waterfall(shown)
