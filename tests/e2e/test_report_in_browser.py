"""A report in a real browser: it fits a narrow and a wide screen, asks for nothing, and runs nothing."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from running import Demonstrated

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")

FRAME = """<!doctype html><title>frame</title>
<iframe id="report" src="{report}" style="width:{width}px;height:900px;border:0"></iframe>
<script>
document.getElementById("report").addEventListener("load", (event) => {{
  const page = event.target.contentDocument, view = event.target.contentWindow;
  const wide = [...page.querySelectorAll("svg.drawn")].map((one) => one.getBoundingClientRect().width);
  document.body.append(Object.assign(document.createElement("pre"), {{
    id: "seen",
    textContent: JSON.stringify({{
      scroll: page.documentElement.scrollWidth,
      client: page.documentElement.clientWidth,
      pictures: wide,
      asked: view.performance.getEntriesByType("resource").map((one) => one.name),
    }}),
  }}));
}});
</script>"""


def seen(report: Path, width: int, folder: Path) -> dict[str, Any]:
    """Open a report in a frame of this width, and measure it."""
    frame = folder / f"frame-{width}.html"
    frame.write_text(FRAME.format(report=report.as_uri(), width=width), encoding="utf-8")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom")
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(  # noqa: S603 - the browser that was found
        [str(BROWSER), *flags, profile, "--virtual-time-budget=4000", frame.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return json.loads(unescape(found[1]))


@pytest.mark.parametrize("width", [390, 1280])
def test_a_valuation_fits_the_screen(demonstrated: Demonstrated, tmp_path: Path, width: int) -> None:
    found = seen(demonstrated.data / "demo" / "ames.html", width, tmp_path)
    assert found["scroll"] <= found["client"] <= width
    assert len(found["pictures"]) == 3 + 8 + 1
    assert all(250 <= one <= width for one in found["pictures"])
    assert found["asked"] == []
