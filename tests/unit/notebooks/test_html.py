from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from nbformat import v4

from sandbox.notebooks import html, log_text, to_html
from sandbox.notebooks.sanitising import MAX_DEPTH, MAX_HTML_CHARS, safe_html
from sandbox.notebooks.text import plain_text

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()


def page(*outputs: Any, source: str = "x", markdown: str = "", **attachments: Any) -> str:
    cells = [v4.new_code_cell(source, outputs=list(outputs))]
    if markdown:
        cells.append(v4.new_markdown_cell(markdown, attachments=attachments))
    return to_html(v4.new_notebook(cells=cells))


def shown(**data: str) -> Any:
    bundle = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    return v4.new_output("display_data", bundle)


class Elements(HTMLParser):
    """Everything in a page that a browser could act upon."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(text: str) -> None:
    for tag, attributes in Elements(text).found:
        assert tag not in {"script", "iframe", "object", "embed", "base", "form", "link", "svg"}
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:image/").startswith("data:image/")
        assert "srcdoc" not in attributes
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data", "vb"))


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x></sCrIpT >",
    "<img src=x onerror=alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='data:text/html,<script>1</script>'>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href=' java\tscript:alert(1)'>a</a>",
    "<a href='jav&#x61;script:alert(1)'>a</a>",
    "<a href='data:text/html,x'>a</a>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<details open ontoggle=alert(1)>",
    "<style>@import 'http://127.0.0.1:9/'</style>",
    "<p style='background:url(http://127.0.0.1:9/)'>a</p>",
    "<p style='color:red;position:fixed'>a</p>",
    "<form action=http://127.0.0.1:9/><button>a</button></form>",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<link rel=stylesheet href=http://127.0.0.1:9/>",
    "<object data='javascript:1'></object><embed src=x>",
    "<p title='\"><script>alert(1)</script>'>a</p>",
    '<p title="a"onclick=alert(1)>a</p>',
    "<a/onclick=alert(1)/href='#'>a</a>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<b <script>alert(1)</script>>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</section></main></body><script>alert(1)</script>",
    "<plaintext><xmp><script>alert(1)</script></xmp>",
    "<img alt='`><script>alert(1)</script>' src=`x`>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_html_and_markdown_of_strangers_come_out_harmless(attack: str) -> None:
    for text in (page(shown(text_html=attack)), page(markdown=attack), page(source=attack)):
        assert_harmless(text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_streams_and_errors_are_escaped(attack: str) -> None:
    error = v4.new_output("error", ename=attack, evalue=attack, traceback=[attack])
    bare = v4.new_output("error", ename=attack, evalue=attack, traceback=[])
    stream = v4.new_output("stream", name="stdout", text=attack)
    assert_harmless(page(error, bare, stream, shown(text_plain=attack), shown(text_latex=attack)))


def test_the_page_forbids_scripts_and_loading_by_its_policy() -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page())
    assert "default-src &#x27;none&#x27;" in policy
    assert "img-src data:;" in policy
    assert "unsafe-inline" not in policy.replace("style-src &#x27;unsafe-inline&#x27;", "")


def test_nothing_of_another_host_is_named_by_the_page() -> None:
    assert not re.findall(r"https?://|//[a-z]", page(source="x = 1").replace('lang="en"', ""))


def test_a_table_of_pandas_is_still_a_table() -> None:
    table = "<style scoped>.dataframe { x }</style><table border='1'><tr><th>a</th><td>1</td></tr>"
    text = page(shown(text_html=f"<div>{table}</table></div>", text_plain="a"))
    assert "<table><tr><th>a</th><td>1</td></tr></table>" in text
    assert ".dataframe" not in text


def test_entities_and_characters_mean_what_they_meant() -> None:
    assert safe_html("a &amp; b &lt; c &eacute; \u2603 1 < 2") == "a &amp; b &lt; c é ☃ 1 &lt; 2"


def test_tags_are_balanced_whatever_comes() -> None:
    assert safe_html("</div><b><i>x</b>y</p>") == "<b><i>x</i></b>y"
    assert safe_html("<table><tr><td>x") == "<table><tr><td>x</td></tr></table>"


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a ",
        "<a href='",
        "<div>",
        "</p>",
        "<style>",
        "<b><i>",
        "<svg><style>",
        "<!",
        "&",
        "<",
    ],
)
def test_a_great_deal_of_broken_html_is_bounded_in_depth_and_length(piece: str) -> None:
    made = safe_html(piece * (2 * MAX_HTML_CHARS // len(piece)))
    assert len(made) <= 6 * MAX_HTML_CHARS
    depth = deepest = 0
    for tag in re.findall(r"</?[a-z]+", made):
        depth += -1 if tag.startswith("</") else 1
        deepest = max(deepest, depth)
    assert deepest <= MAX_DEPTH
    assert depth in {0, 1}  # the mark of the cut is its own paragraph


def test_images_are_what_they_say_or_are_not_shown() -> None:
    assert f'src="data:image/png;base64,{PNG}"' in page(shown(image_png=PNG, text_plain="x"))
    forged = page(shown(image_png='"><script>', text_plain="instead"))
    assert "instead" in forged
    assert "<img" not in forged
    wrong = base64.b64encode(b"<svg>").decode()
    assert "<img" not in page(shown(image_png=wrong, text_plain="x"))


def test_a_vector_image_is_an_image_and_no_markup() -> None:
    text = page(v4.new_output("display_data", {"image/svg+xml": "<svg onload='x'></svg>"}))
    assert 'src="data:image/svg+xml;base64,' in text
    assert "onload" not in text


@pytest.mark.parametrize("kind", ["application/javascript", "text/vnd.mermaid", "text/x</pre>"])
def test_types_that_are_not_shown_are_named(kind: str) -> None:
    text = page(v4.new_output("display_data", {kind: "</pre><script>1</script>"}))
    assert_harmless(text)
    assert kind.split("/", maxsplit=1)[0] in text


@pytest.mark.parametrize("target", ["../../etc/hostname", "/etc/hostname", "file:///etc/hostname"])
def test_markdown_embeds_no_file_and_loads_no_image(target: str) -> None:
    text = page(markdown=f"![alt text]({target})")
    assert "hostname" not in text
    assert "alt text" in text


def test_an_attachment_is_shown_when_it_is_an_image() -> None:
    markdown = "![a](attachment:a.png)"
    assert PNG in page(markdown=markdown, **{"a.png": {"image/png": PNG}})
    other = page(markdown=markdown, **{"a.png": {"text/html": "<script>1</script>"}})
    assert_harmless(other)
    assert "attachment:a.png" in other


def test_markdown_that_cannot_be_rendered_is_shown_as_it_stands() -> None:
    assert "a &lt; b" in page(markdown="a < b ![x](attachment:missing.png)")
    deep = page(markdown="> " * 5000 + "deep")
    assert "deep" in deep
    assert "long" in page(markdown="long " * 20_000)


def test_escapes_of_a_terminal_and_turned_text_do_not_reach_page_or_log() -> None:
    text = "\x1b]8;;javascript:x\x07link\x1b]8;;\x07 \x1b[2J\x1b]0;title\x07\u202eturned\x00\x9b31m"
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell("1", outputs=[v4.new_output("stream", name="stdout", text=text)])]
    )
    for made in (to_html(notebook), log_text(notebook)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
        assert "link" in made
        assert "javascript" not in made


def test_colours_stay_in_the_page() -> None:
    stream = v4.new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m")
    assert '<span class="ansi-red-fg">red</span>' in page(stream)


def test_a_progress_bar_is_shown_in_its_last_state_and_logged_in_all() -> None:
    stream = v4.new_output("stream", name="stderr", text="\r 10%\r 50%\r100%\ndone\r\n")
    text = page(stream)
    assert "100%" in text
    assert "50%" not in text
    assert plain_text("\r 10%\r 50%\b\b\b60%\ndone\r\n") == "\n 10%\n 50%\n60%\ndone\n"


def test_long_output_is_cut_in_the_page_and_that_is_told() -> None:
    stream = v4.new_output("stream", name="stdout", text="first" + "x" * 10**6 + "last")
    text = page(stream)
    assert len(text) < 200_000
    assert all(part in text for part in ("first", "last", "characters left out here"))


@pytest.mark.parametrize(
    "source",
    [
        "x = 1  # why\nprint(f'{x}', end='')",
        "%matplotlib inline\n!pip install six\nfiles = !ls",
        "%%bash\necho $HOME",
        "\n\n  <b>&amp;</b>",
        "def",
    ],
)
def test_code_is_marked_as_nbconvert_marks_it(source: str) -> None:
    from nbconvert.filters.highlight import Highlight2HTML

    assert Highlight2HTML(pygments_lexer="ipython3")(source) in page(source=source)


def test_without_ipython_code_is_marked_as_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from nbconvert.filters.highlight import Highlight2HTML
    from pygments import lexers
    from pygments.util import ClassNotFound

    find = lexers.get_lexer_by_name

    def without_ipython(name: str, **options: Any) -> Any:
        if name == "ipython3":
            raise ClassNotFound(name)
        return find(name, **options)

    highlighter = html._highlighter.__wrapped__  # noqa: SLF001 - it is cached
    monkeypatch.setattr(lexers, "get_lexer_by_name", without_ipython)
    marked = Highlight2HTML(pygments_lexer="python3")("x = [1]").replace("python3", "ipython3")
    assert highlighter()("x = [1]") == marked


def test_a_hostile_title_stays_in_the_title() -> None:
    notebook = v4.new_notebook(metadata={"title": "</title><script>1</script>"})
    assert_harmless(to_html(notebook))
    notebook.metadata.title = ["no", "text"]
    assert_harmless(to_html(notebook))


def test_the_log_has_all_output_as_plain_text_with_a_line_before_each_cell() -> None:
    cells = [
        v4.new_code_cell("a", outputs=[v4.new_output("stream", name="stdout", text="\x1b[1mhi\n")]),
        v4.new_code_cell("b"),
        v4.new_code_cell("c", outputs=[shown(text_plain="0.93"), shown(image_png=PNG)]),
    ]
    assert log_text(v4.new_notebook(cells=cells)) == (
        "--- cell 1 ---\nhi\n\n--- cell 3 ---\n0.93\n<image/png>\n"
    )
