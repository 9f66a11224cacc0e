"""The compiler of pages: PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1), equal bytes for equal pages.

It keeps what it made of its last ten documents, up to half a gigabyte, and nothing asks it to let go: a process that
lives on has its pages printed by one that ends.
"""

from typing import Final

import typst

from mappings.pdf.printed import Page

#: Only the bundled fonts: what a machine happens to have installed must not change a byte.
_FONTS: Final = typst.Fonts(include_system_fonts=False)


def compiled(page: Page) -> bytes:
    try:
        pdf = typst.compile(
            page.template.encode(),
            format="pdf",
            font_paths=_FONTS,
            ignore_system_fonts=True,
            sys_inputs=page.data,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=page.made,
        )
    except typst.TypstError:
        # from None: the compiler's message quotes the data
        raise RuntimeError("a template did not compile") from None
    assert isinstance(pdf, bytes)
    return pdf
