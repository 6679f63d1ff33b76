//! An answer as XML, for those who ask for `.xml`.

use muster_core::Json;

/// Writes `<response>` around the answer's members. What has no name of its own, or a name that XML does not allow, is
/// an `<item>`.
pub(crate) fn write(answer: &Json) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    element(&mut text, "response", answer);
    text.push('\n');
    text
}

fn element(text: &mut String, name: &str, value: &Json) {
    let tag = if is_name(name) { name } else { "item" };
    text.push('<');
    text.push_str(tag);
    if tag != name && !name.is_empty() {
        text.push_str(" key=\"");
        text.push_str(&written(name));
        text.push('"');
    }
    text.push('>');
    match value {
        Json::Object(members) => members.iter().for_each(|(name, value)| element(text, name, value)),
        Json::Array(items) => items.iter().for_each(|item| element(text, "", item)),
        Json::String(it) => text.push_str(&written(it)),
        Json::Bool(it) => text.push_str(if *it { "1" } else { "" }),
        Json::Number(it) => text.push_str(&it.to_string()),
        Json::Null => {}
    }
    text.push_str("</");
    text.push_str(tag);
    text.push('>');
}

/// A text without what XML has no way to write, not even escaped: most control characters and two others.
fn written(text: &str) -> String {
    let allowed =
        |c: &char| matches!(c, '\n' | '\t' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    let mut written = String::with_capacity(text.len());
    for c in text.chars().filter(allowed) {
        match c {
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '&' => written.push_str("&amp;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&apos;"),
            c => written.push(c),
        }
    }
    written
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_core::json;

    #[test]
    fn every_value_has_an_element() {
        let answer = json!({ "result": { "get_user": { "ID": "1", "NAME": "<A & 'B'>" }, "7x\u{1}\"": [true, 2] } });
        assert_eq!(
            write(&answer).lines().nth(1),
            Some(
                "<response><result><get_user><ID>1</ID><NAME>&lt;A &amp; &apos;B&apos;&gt;</NAME></get_user>\
                 <item key=\"7x&quot;\"><item>1</item><item>2</item></item></result></response>"
            )
        );
    }
}
