import pytest

from mappings.fhir.narrative import fault_of_div


def div(content: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'


@pytest.mark.parametrize(
    "content",
    [
        "texte",
        "<p>a &lt; b<br/></p><!-- note -->",
        '<a href="https://binome.example/x">x</a>',
        '<a href="#suite">x</a>',
        '<a href="urn:uuid:7d5a7a4e-8f3c-4a4e-9a53-0c6f5b1d2e3f">x</a>',
        '<img src="data:image/png;base64,AAAA" alt="x"/>',
        '<table class="t"><tr><td colspan="2" style="color: red">x</td></tr></table>',
        '<p style="background: url(data: image/png;base64,AAAA)">x</p>',
    ],
)
def test_admitted(content: str) -> None:
    assert fault_of_div(div(content)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "texte",
        "<div>sans espace de noms</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        div("<p>"),
        div("&nbsp;"),
        div(""),
        div("  "),
        div("<script>x</script>"),
        div('<p onclick="x()">x</p>'),
        div('<a href="javascript:x()">x</a>'),
        div('<a href=" java&#10;script:x()">x</a>'),
        div('<img src="http&#58;//x" srcset="y"/>'),
        div('<img src="data:image/svg+xml;base64,AAAA"/>'),
        div('<p style="background: url(https://x)">x</p>'),
        div('<p style="width: expression(x)">x</p>'),
        div('<iframe src="https://x"/>'),
        div('<svg xmlns="http://www.w3.org/2000/svg"/>x'),
        div("<?php x ?>x"),
        '<!DOCTYPE div [<!ENTITY a "b">]>' + div("&a;"),
    ],
)
def test_refused(text: str) -> None:
    assert fault_of_div(text)
