"""MEI to SVG by verovio, run as a program of its own: a list of MEI texts in, a list of SVG texts out.

Verovio is compiled code that can end the process it runs in, so it never runs in a notebook's kernel.
"""

import json
import sys

OPTIONS = {
    "adjustPageHeight": True,
    "breaks": "auto",
    "footer": "none",
    "header": "none",
    "pageHeight": 60000,
    "pageWidth": 2200,
    "pageMarginBottom": 40,
    "pageMarginLeft": 20,
    "pageMarginRight": 20,
    "pageMarginTop": 40,
    "scale": 40,
    "svgViewBox": True,
    "xmlIdSeed": 1,
}


def main() -> None:
    """Draw what comes on standard input; an SVG is empty where verovio could not read the MEI."""
    import verovio

    texts = json.load(sys.stdin)
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    images = []
    for number, text in enumerate(texts, 1):
        toolkit.setOptions({**OPTIONS, "xmlIdSeed": number})
        images.append(toolkit.renderToSVG(1) if toolkit.loadData(text) else "")
    json.dump(images, sys.stdout)


if __name__ == "__main__":
    main()
