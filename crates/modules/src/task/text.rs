//! The marks of a description, `[b]` and the like, as HTML.

/// The marks that become elements. Everything else stays the text it is.
const MARKS: &[(&str, &str)] = &[
    ("[b]", "<b>"),
    ("[/b]", "</b>"),
    ("[i]", "<i>"),
    ("[/i]", "</i>"),
    ("[u]", "<u>"),
    ("[/u]", "</u>"),
    ("[s]", "<s>"),
    ("[/s]", "</s>"),
];

/// Writes a text as HTML in which nothing but its marks is an element.
pub(super) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let mark =
            MARKS.iter().find(|(mark, _)| rest.get(..mark.len()).is_some_and(|it| it.eq_ignore_ascii_case(mark)));
        if let Some((mark, element)) = mark {
            html.push_str(element);
            rest = &rest[mark.len()..];
            continue;
        }
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br />"),
            '\r' => {}
            other => html.push(other),
        }
        rest = &rest[letter.len_utf8()..];
    }
    html
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn marks_become_elements_and_nothing_else_does() {
        for (text, html) in [
            ("a [B]b[/B] c", "a <b>b</b> c"),
            (
                "<script>\n[i]x[/i] & [url]",
                "&lt;script&gt;<br />&lt;i&gt;".replace("&lt;i&gt;", "<i>x</i> &amp; [url]").as_str(),
            ),
            ("ё[", "ё["),
        ] {
            assert_eq!(to_html(text), html);
        }
    }
}
