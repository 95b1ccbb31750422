"""What somebody writes, and the elements that it becomes, as `markdown_page.js` writes them down."""

from __future__ import annotations

WITHIN_LINES = [
    # marks
    ("plain, a & b", "plain, a & b"),
    ("**bold** and *one* or _the other_", "strong{bold} and em{one} or em{the other}"),
    ("***both***", "em{strong{both}}"),
    ("**bold *within***", "strong{bold em{within}}"),
    ("__under__ ~~struck~~", "u{under} s{struck}"),
    ("__*~~all~~*__", "u{em{s{all}}}"),
    ("**over\ntwo lines**", "strong{over⏎two lines}"),
    ("snake_case_name stays, _so_called_ does not", "snake_case_name stays, em{so_called} does not"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    ("||hidden **too**||", "span.spoiler{span.spoiler-text{hidden strong{too}}}"),
    # what is not closed
    ("**bold, never closed", "**bold, never closed"),
    ("a ||b __c ~~d `e", "a ||b __c ~~d `e"),
    ("**a *b __c", "**a *b __c"),
    ("|| || ****", "span.spoiler{span.spoiler-text{ }} ****"),
    ("**" * 30, "**" * 30),
    # code
    ("`**not bold**` ``a`b``", "code.md-code{**not bold**} code.md-code{a`b}"),
    ("**a `**` b**", "strong{a code.md-code{**} b}"),
    ("```\nfenced\n```", "code.md-code{fenced}"),
    # escapes, as the bot writes them for what members wrote
    (r"\*a\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\`", "*a* _b_ ~~c~~ ||d|| `e`"),
    (r"https\:\/\/example.com \<\@1\> \[a\]\(b\) c\\d", r"https://example.com <@1> [a](b) c\d"),
    (r"C:\Users ¯\_(ツ)_/¯", r"C:\Users ¯\_(ツ)_/¯"),
    ("zero\u200bwidth and e\u0301", "zero\u200bwidth and e\u0301"),
    # links
    ("[the **docs**](https://example.com/a_(b))", "a.md-link(https://example.com/a_(b)){the strong{docs}}"),
    ('[a](http://example.com "why")', "a.md-link(http://example.com){a}"),
    ("see https://example.com/x_y_z.", "see a.md-link(https://example.com/x_y_z){https://example.com/x_y_z}."),
    ("(https://example.com/)", "(a.md-link(https://example.com/){https://example.com/})"),
    ("<https://example.com>", "a.md-link(https://example.com){https://example.com}"),
    ("**https://a.example**", "strong{a.md-link(https://a.example){https://a.example}}"),
    ("ftp://example.com [a](mailto:b@example.com)", "ftp://example.com [a](mailto:b@example.com)"),
    # mentions
    ("<@1> <@!1> <@&2> <#3>", "span.mention{@Ada} span.mention{@Ada} span.mention{@Makers} button.mention{#clips}"),
    ("<@9> <@&9> <#9>", "span.mention{@9} span.mention{@9} button.mention{#9}"),
    ("@everyone, @here", "span.mention{@everyone}, span.mention{@here}"),
    ("</video:5> </jobs show:6>", "button.mention{/video} button.mention{/jobs show}"),
    ("<:boat:77> <a:wave_2:78>", ":boat: :wave_2:"),
    ("<t:86400:t> <t:86400:q>", "time.md-time{01:00} <t:86400:q>"),
    ("<t:9999999999999999>", "<t:9999999999999999>"),
    # hostile
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ("[x](javascript:alert(1)) <javascript:alert(1)>", "[x](javascript:alert(1)) <javascript:alert(1)>"),
    ("[x](data:text/html,y) [x](//evil.example)", "[x](data:text/html,y) [x](//evil.example)"),
    (
        "[https://bank.example](https://evil.example)",
        "[a.md-link(https://bank.example){https://bank.example}]"
        "(a.md-link(https://evil.example){https://evil.example})",
    ),
    (
        '[x](https://e.example" onclick="alert(1))',
        '[x](a.md-link(https://e.example){https://e.example}" onclick="alert(1))',
    ),
    ("\u202egnp.exe **a** \u202c", "\u202egnp.exe strong{a} \u202c"),
    ("https://e.example/\u202egnp", "a.md-link(https://e.example/){https://e.example/}\u202egnp"),
]

BLOCKS = [
    ("a\nb\n\nc", "div.md-text{a⏎b⏎⏎c}"),
    ("# One\n## Two\n### **Three**\n#### four", "h3{One} h4{Two} h5{strong{Three}} div.md-text{#### four}"),
    ("#none\n-#none", "div.md-text{#none⏎-#none}"),
    ("text\n-# job `ab12`", "div.md-text{text} small.md-small{job code.md-code{ab12}}"),
    ("a\n\n# b\n\nc", "div.md-text{a⏎⏎} h3{b} div.md-text{⏎c}"),
    ("> a\n> **b**\nc", "blockquote.md-quote{div.md-text{a⏎strong{b}}} div.md-text{c}"),
    ("a\n>>> b\n- c", "div.md-text{a} blockquote.md-quote{div.md-text{b} ul.md-list{li{div.md-text{c}}}}"),
    ("a\n>b", "div.md-text{a⏎>b}"),
    (
        "- **Renewal:** weekly\n  - on Mondays\n- c",
        "ul.md-list{li{div.md-text{strong{Renewal:} weekly} ul.md-list{li{div.md-text{on Mondays}}}}"
        " li{div.md-text{c}}}",
    ),
    ("- a\n  goes on\nb", "ul.md-list{li{div.md-text{a⏎goes on}}} div.md-text{b}"),
    ("3. c\n4. d\n* e", "ol.md-list(3){li{div.md-text{c}} li{div.md-text{d}}} ul.md-list{li{div.md-text{e}}}"),
    (r"\- a" + "\n" + r"1\. b" + "\n" + r"\# c", "div.md-text{- a⏎1. b⏎# c}"),
    (
        "a:\n```py\n# no heading\n- *x*\n```\nb",
        "div.md-text{a:} pre.md-pre(py){code{# no heading\n- *x*}} div.md-text{b}",
    ),
    ("```\nnever closed\n- a", "div.md-text{```⏎never closed} ul.md-list{li{div.md-text{a}}}"),
    ("> ```\n> <b>\n> ```", "blockquote.md-quote{pre.md-pre{code{<b>}}}"),
]
