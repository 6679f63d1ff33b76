//! What marks become, and what nothing becomes.

use super::{DEEPEST, to_html};
use proptest::{prelude::*, sample::select};
use std::time::{Duration, Instant};

const REL: &str = "rel=\"noopener noreferrer nofollow\"";

#[test]
fn marks_become_elements_and_nothing_else_does() {
    for (text, html) in [
        ("a [B]b[/B] c", "a <b>b</b> c"),
        ("<script>\n[i]x[/i] & [url]", "&lt;script&gt;<br /><i>x</i> &amp; [url]"),
        ("ё[", "ё["),
        ("it's \"so\"\r\n", "it&#39;s &quot;so&quot;<br />"),
        ("[u][s]x[/s][/u]", "<u><s>x</s></u>"),
        // What is not closed, or closed elsewhere, is text.
        ("[b]x", "[b]x"),
        ("x[/b]", "x[/b]"),
        ("[b][i]x[/b][/i]", "<b>[i]x</b>[/i]"),
        ("a[i] = b[i]", "a[i] = b[i]"),
        ("[b", "[b"),
        ("[b\n]x[/b]", "[b<br />]x[/b]"),
        ("[font=Arial]x[/font] [b=1]x[/b]", "[font=Arial]x[/font] [b=1]x[/b]"),
    ] {
        assert_eq!(to_html(text), html, "{text}");
    }
}

#[test]
fn lists_quotes_and_code_are_blocks() {
    for (text, html) in [
        ("[list]\n[*]one\n[*]two\n[/list]\nend", "<ul><li>one</li><li>two</li></ul>end"),
        ("[LIST=1][*]one[/LIST]", "<ol><li>one</li></ol>"),
        ("[list]first[*]second[/list]", "<ul><li>first</li><li>second</li></ul>"),
        ("[list]", "[list]"),
        ("[list][/list]", "<ul><li></li></ul>"),
        ("[*]x", "[*]x"),
        ("[list][*][b]x[*]y[/b][/list]", "<ul><li><b>x[*]y</b></li></ul>"),
        ("[list][*]a[list=1][*]b[/list][*]c[/list]", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>"),
        ("[quote]\nso\n[/quote]\nno", "<blockquote>so</blockquote>no"),
        ("[code]\n[b]<x>[/b]\n[/code]\ny", "<pre>\n[b]&lt;x&gt;[/b]\n</pre>y"),
        ("[code]x", "[code]x"),
        ("[b][code][/b][/code][/b]", "<b><pre>[/b]</pre></b>"),
    ] {
        assert_eq!(to_html(text), html, "{text}");
    }
}

#[test]
fn links_lead_to_addresses_and_people() {
    let link = |to: &str, text: &str| format!("<a href=\"{to}\" {REL}>{text}</a>");
    for (text, html) in [
        ("[USER=5]Ada <A>[/USER]", "<a href=\"/company/personal/user/5/\">Ada &lt;A&gt;</a>"),
        ("[user=x]A[/user] [user]A[/user] [user=05]A[/user]", "[user=x]A[/user] [user]A[/user] [user=05]A[/user]"),
        (
            "[url]https://a.example/?x=1&y=2[/url]",
            &link("https://a.example/?x=1&amp;y=2", "https://a.example/?x=1&amp;y=2"),
        ),
        ("[url=/tasks/1/][b]x[/b][/url]", &link("/tasks/1/", "<b>x</b>")),
        ("[url=mailto:a@b.example]x[/url]", &link("mailto:a@b.example", "x")),
        ("[url=HTTP://a.example]x[/url]", &link("HTTP://a.example", "x")),
        ("[url=https://a.example/\"onclick=x]y[/url]", &link("https://a.example/&quot;onclick=x", "y")),
        ("[url=/a][url=/b]x[/url]", "[url=/a]<a href=\"/b\" rel=\"noopener noreferrer nofollow\">x</a>"),
        ("[url=/a][user=5]x[/user] [url]/b[/url][/url]", &link("/a", "[user=5]x[/user] /b")),
    ] {
        assert_eq!(to_html(text), html, "{text}");
    }
}

#[test]
fn no_link_leads_where_it_should_not() {
    for to in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "evil.example",
        "ftp://x",
        "file:///etc/passwd",
        "https://a.example/ onclick=x",
        "",
        "&#106;avascript:x",
        "http:evil.example",
        "http:/evil.example",
    ] {
        for text in [format!("[url={to}]x[/url]"), format!("[url]{to}[/url]")] {
            assert!(!to_html(&text).contains("<a"), "{text}");
        }
    }
}

#[test]
fn what_is_deep_or_long_is_read_quickly() {
    let deep = to_html(&format!("{}x{}", "[b]".repeat(9000), "[/b]".repeat(9000)));
    assert_eq!((deep.matches("<b>").count(), deep.matches("</b>").count()), (DEEPEST, DEEPEST));
    check(&deep);
    let began = Instant::now();
    for part in [
        "[b]",
        "[/b]",
        "[url]",
        "[code]",
        "[list]",
        "[url=/a]",
        "[[",
        "[*]",
        "[b][/i]",
        "[code][/code]",
        "[quote][/list]",
    ] {
        check(&to_html(&part.repeat(65_535 / part.len())));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// Panics unless this has only elements that a text may have, each closed where it belongs.
fn check(html: &str) {
    let (mut open, mut rest): (Vec<&str>, &str) = (Vec::new(), html);
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let (text, tag) = (&rest[..start], &rest[start + 1..end]);
        check_text(text);
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        match name {
            "br" => assert_eq!(tag, "br /"),
            "a" => check_link(tag),
            _ => assert!(["b", "i", "u", "s", "blockquote", "pre", "ul", "ol", "li"].contains(&tag), "{tag} in {html}"),
        }
        assert!(name != "a" || !open.contains(&"a"), "a link in a link: {html}");
        let is_in_list = matches!(open.last(), Some(&("ul" | "ol")));
        assert_eq!(name == "li", is_in_list, "items stand in lists, and nothing else does: {html}");
        if name != "br" {
            open.push(name);
        }
    }
    check_text(rest);
    assert!(open.is_empty(), "{open:?} are open: {html}");
}

fn check_text(text: &str) {
    assert!(!text.contains(['<', '>', '"', '\'']), "{text}");
}

fn check_link(tag: &str) {
    let to = tag.strip_prefix("a href=\"").and_then(|it| it.split_once('"'));
    let (to, more) = to.expect("a link has an address");
    let is_person =
        to.strip_prefix("/company/personal/user/").is_some_and(|it| it.trim_end_matches('/').parse::<u64>().is_ok());
    assert!(more == format!(" {REL}") || (more.is_empty() && is_person), "{tag}");
    let lower = to.to_lowercase();
    let leads = ["http://", "https://", "mailto:"].iter().any(|it| lower.starts_with(it));
    assert!(leads || (to.starts_with('/') && !to.starts_with("//")), "{tag}");
    assert!(!to.contains(['\\', ' ', '\t', '\n', '<', '>', '\'']), "{tag}");
}

/// What a text with HTML looks like: its letters, without line ends.
fn letters(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        rest = after.split_once('>').map_or("", |it| it.1);
    }
    text.push_str(rest);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

fn piece() -> impl Strategy<Value = String> {
    let marks = [
        "[b]",
        "[/b]",
        "[I]",
        "[/i]",
        "[u]",
        "[/u]",
        "[s]",
        "[/s]",
        "[url]",
        "[/url]",
        "[url=https://a.example/?\"]",
        "[url=javascript:x]",
        "[url=/tasks/1/]",
        "https://a.example/",
        "[user=5]",
        "[/user]",
        "[user=x]",
        "[list]",
        "[list=1]",
        "[*]",
        "[/list]",
        "[quote]",
        "[/quote]",
        "[code]",
        "[/code]",
        "[",
        "]",
        "\n",
        "\r\n",
        "<b>",
        "</b>",
        "<script>",
        "\"",
        "'",
        "&",
        "&lt;",
        " ",
        "x",
        "ё",
        "[unknown]",
    ];
    prop_oneof![4 => select(marks.to_vec()).prop_map(str::to_owned), 1 => ".{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever comes in, only elements of the list come out, balanced; and what has no marks is read as it was written.
    #[test]
    fn html_is_always_balanced(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        check(&to_html(&text));
        let plain = text.replace(['[', ']'], "");
        prop_assert_eq!(letters(&to_html(&plain)), plain.replace(['\r', '\n'], ""));
    }
}
