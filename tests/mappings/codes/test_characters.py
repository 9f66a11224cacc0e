"""What we say can be printed is drawn by the fonts; the rest is refused."""

import json

import pikepdf
import pytest
import typst

from mappings.codes import characters
from mappings.codes.characters import is_printable, is_printable_text


@pytest.mark.parametrize("text", ["", "L’Haÿ-les-Roses", "ŒUVRE – « ½ ≤ 3 € »", "Łódź", "e\u0301"])
def test_printable(text) -> None:
    assert is_printable(text)


@pytest.mark.parametrize("text", ["漢", "😀", "\t", "\x00", "a\nb", "\u202e", "\u200b", "\ufeff", "ע", "\ud800"])
def test_not_printable(text) -> None:
    assert not is_printable(text)


def test_a_text_may_have_several_lines() -> None:
    assert is_printable_text("a\nb")
    assert not is_printable_text("a\rb")


@pytest.mark.parametrize("style", ['weight: "regular"', 'weight: "semibold"', 'weight: "bold"'])
def test_every_printable_character_has_a_glyph(style, tmp_path) -> None:
    every = [chr(code) for code in range(0x2300) if is_printable(chr(code))]
    assert len(every) > 1000
    template = (
        f'#set page(width: 400pt, height: auto)\n#set text(font: "Libertinus Serif", fallback: false, {style})\n'
        "#for character in json(bytes(sys.inputs.characters)) [x#character;x \\ ]"
    )
    pdf = typst.compile(
        template.encode(),
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        sys_inputs={"characters": json.dumps(every)},
        pdf_tags=False,
        timestamp=0,
    )
    path = tmp_path / "characters.pdf"
    path.write_bytes(pdf)
    with pikepdf.open(path) as document:
        shown = b"".join(
            bytes(piece)
            for page in document.pages
            for instruction in pikepdf.parse_content_stream(page)
            if str(instruction.operator) in ("Tj", "TJ")
            for operand in instruction.operands
            for piece in (operand if isinstance(operand, pikepdf.Array) else [operand])
            if isinstance(piece, pikepdf.String)
        )
    glyphs = [shown[index : index + 2] for index in range(0, len(shown), 2)]
    assert len(glyphs) > len(every)
    # glyph 0 is the empty box
    assert b"\0\0" not in glyphs


def test_the_set_names_no_control_character() -> None:
    assert not any(is_printable(chr(code)) for code in (*range(0x20), *range(0x7F, 0xA0)))
    assert characters.is_printable(" ")
