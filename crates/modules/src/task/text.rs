//! The marks of descriptions and comments (`BBCode`) as HTML.
//!
//! Whatever a text says, the HTML is balanced and has no elements but those of `write_open`, and nothing of the text
//! becomes an element by itself. What is no mark, is not closed, or is closed within something else stays the text it is.

/// A mark that encloses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Bold,
    Italic,
    Underlined,
    Struck,
    Quote,
    List,
    NumberedList,
    Link,
    Person,
}

/// The marks that enclose others, by their names.
const MARKS: &[(&str, Mark)] = &[
    ("b", Mark::Bold),
    ("i", Mark::Italic),
    ("u", Mark::Underlined),
    ("s", Mark::Struck),
    ("quote", Mark::Quote),
    ("list", Mark::List),
    ("url", Mark::Link),
    ("user", Mark::Person),
];

/// The most elements inside each other. Browsers have a bound too, beyond which they put things elsewhere.
const DEEPEST: usize = 40;
/// The most characters of an address.
const LONGEST_ADDRESS: usize = 2000;

/// A piece of a text. `source` is how it is written there.
#[derive(Debug, Clone, Copy)]
enum Piece<'t> {
    Text(&'t str),
    Open {
        mark: Mark,
        argument: &'t str,
        source: &'t str,
    },
    Close {
        mark: Mark,
        source: &'t str,
    },
    /// `[*]`, with which an item of a list begins.
    Item {
        source: &'t str,
    },
    /// `[url]` around nothing but an address.
    Address(&'t str),
    /// What stands in `[code]`, where marks mean nothing.
    Code(&'t str),
}

/// Writes a text as HTML.
pub fn to_html(text: &str) -> String {
    let pieces = read(text);
    let partners = pair(&pieces);
    let mut html = String::with_capacity(text.len() + text.len() / 8 + 16);
    let mut open: Vec<Mark> = Vec::new();
    // Of marks that are written as text, the one that closes them is too.
    let mut is_text = vec![false; pieces.len()];
    for (place, piece) in pieces.iter().enumerate() {
        let partner = partners[place].filter(|it| !is_text[*it]);
        match *piece {
            Piece::Text(text) => write_text(&mut html, text),
            Piece::Open { mark, argument, .. } if partner.is_some() && fits(&open, mark) => {
                write_open(&mut html, mark, argument);
                open.push(mark);
            }
            Piece::Close { mark, .. } if partner.is_some() => {
                let mark = open.pop().unwrap_or(mark);
                write_close(&mut html, mark);
            }
            Piece::Item { .. } if matches!(open.last(), Some(Mark::List | Mark::NumberedList)) => {
                trim_break(&mut html);
                if !html.ends_with("<li>") {
                    html.push_str("</li><li>");
                }
            }
            Piece::Address(address) if fits(&open, Mark::Link) => {
                write_open(&mut html, Mark::Link, address);
                write_text(&mut html, address);
                html.push_str("</a>");
            }
            Piece::Address(address) => write_text(&mut html, address),
            Piece::Code(code) => {
                html.push_str("<pre>");
                escape(&mut html, code);
                html.push_str("</pre>");
            }
            Piece::Open { source, .. } | Piece::Close { source, .. } | Piece::Item { source } => {
                is_text[place] = true;
                write_text(&mut html, source);
            }
        }
    }
    html
}

/// Whether an element may stand inside these. There are no links in links.
fn fits(open: &[Mark], mark: Mark) -> bool {
    let is_link = |it: Mark| matches!(it, Mark::Link | Mark::Person);
    open.len() < DEEPEST && !(is_link(mark) && open.iter().any(|it| is_link(*it)))
}

fn write_open(html: &mut String, mark: Mark, argument: &str) {
    match mark {
        Mark::Bold => html.push_str("<b>"),
        Mark::Italic => html.push_str("<i>"),
        Mark::Underlined => html.push_str("<u>"),
        Mark::Struck => html.push_str("<s>"),
        Mark::Quote => html.push_str("<blockquote>"),
        // What stands before the first item is one too: nothing else may stand in a list.
        Mark::List => html.push_str("<ul><li>"),
        Mark::NumberedList => html.push_str("<ol><li>"),
        Mark::Link => {
            html.push_str("<a href=\"");
            escape(html, argument);
            html.push_str("\" rel=\"noopener noreferrer nofollow\">");
        }
        Mark::Person => html.extend(["<a href=\"/company/personal/user/", argument, "/\">"]),
    }
}

fn write_close(html: &mut String, mark: Mark) {
    if matches!(mark, Mark::Quote | Mark::List | Mark::NumberedList) {
        trim_break(html);
    }
    html.push_str(match mark {
        Mark::Bold => "</b>",
        Mark::Italic => "</i>",
        Mark::Underlined => "</u>",
        Mark::Struck => "</s>",
        Mark::Quote => "</blockquote>",
        Mark::List => "</li></ul>",
        Mark::NumberedList => "</li></ol>",
        Mark::Link | Mark::Person => "</a>",
    });
}

/// Takes the end of a line away before what begins a line of its own.
fn trim_break(html: &mut String) {
    if html.ends_with("<br />") {
        html.truncate(html.len() - "<br />".len());
    }
}

fn write_text(html: &mut String, text: &str) {
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            html.push_str("<br />");
        }
        escape(html, line);
    }
}

fn escape(html: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\r' => {}
            other => html.push(other),
        }
    }
}

/// Takes a text apart. Each mark that may mean something is a piece, and all between them is text.
fn read(text: &str) -> Vec<Piece<'_>> {
    // ASCII alone, so that places in it are places in the text.
    let lower = text.to_ascii_lowercase();
    let last_code_end = lower.rfind("[/code]").unwrap_or(0);
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = text[at..].find('[').map(|it| at + it) {
        // A mark ends before another one begins, on the same line.
        let end = text[next + 1..].find(['[', ']', '\n']).map(|it| next + 1 + it);
        let Some(end) = end.filter(|it| text[*it..].starts_with(']')) else {
            at = next + 1;
            continue;
        };
        let (inside, after) = (&text[next + 1..end], end + 1);
        let found = match inside.to_ascii_lowercase().as_str() {
            "code" if next < last_code_end => {
                let end = lower[after..].find("[/code]").map(|it| after + it);
                end.map(|end| (Piece::Code(&text[after..end]), end + "[/code]".len()))
            }
            "url" => read_address(text, &lower, after),
            _ => read_mark(inside, &text[next..after]).map(|it| (it, after)),
        };
        let Some((piece, mut after)) = found else {
            at = after;
            continue;
        };
        if from < next {
            pieces.push(Piece::Text(&text[from..next]));
        }
        pieces.push(piece);
        after += blank_after(&piece, &text[after..]);
        (from, at) = (after, after);
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces
}

/// How much of what follows a piece is only there because it stands on a line of its own.
fn blank_after(piece: &Piece<'_>, rest: &str) -> usize {
    let is_list = |mark: &Mark| matches!(mark, Mark::List | Mark::NumberedList);
    match piece {
        Piece::Open { mark, .. } if is_list(mark) => rest.len() - rest.trim_start().len(),
        Piece::Open { mark: Mark::Quote, .. } | Piece::Code(_) => line_end(rest),
        Piece::Close { mark, .. } if is_list(mark) || *mark == Mark::Quote => line_end(rest),
        _ => 0,
    }
}

fn line_end(rest: &str) -> usize {
    let end = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
    end.map_or(0, |it| rest.len() - it.len())
}

/// A mark by what stands in its brackets.
fn read_mark<'t>(inside: &'t str, source: &'t str) -> Option<Piece<'t>> {
    if inside == "*" {
        return Some(Piece::Item { source });
    }
    let of = |name: &str| MARKS.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1);
    if let Some(name) = inside.strip_prefix('/') {
        return of(name).map(|mark| Piece::Close { mark, source });
    }
    let (name, argument) = inside.split_once('=').map_or((inside, None), |(name, argument)| (name, Some(argument)));
    let (mark, argument) = match (of(name)?, argument) {
        (Mark::Link, Some(argument)) => (Mark::Link, address(argument)?),
        (Mark::Person, Some(argument)) => (Mark::Person, person(argument)?),
        (Mark::Link | Mark::Person, None) => return None,
        (Mark::List, Some("1")) => (Mark::NumberedList, ""),
        (_, Some(_)) => return None,
        (mark, None) => (mark, ""),
    };
    Some(Piece::Open { mark, argument, source })
}

/// The address between `[url]` and `[/url]`, with where the latter ends.
fn read_address<'t>(text: &'t str, lower: &str, from: usize) -> Option<(Piece<'t>, usize)> {
    let within = lower.as_bytes().get(from..)?;
    let end = within.iter().take(LONGEST_ADDRESS + 1).position(|it| *it == b'[')?;
    lower[from + end..].starts_with("[/url]").then_some(())?;
    let address = address(&text[from..from + end])?;
    Some((Piece::Address(address), from + end + "[/url]".len()))
}

/// An address to follow: of the web, of a mailbox, or a path of this host. Nothing else is one, such as `javascript:` or
/// `//elsewhere`; browsers pass over blanks and read `\` as `/`, so neither may be in it.
fn address(sent: &str) -> Option<&str> {
    let sent = sent.trim();
    let begins = |with: &str| sent.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    let is_path = sent.starts_with('/') && !sent.starts_with("//");
    let is_whole = sent.chars().all(|it| !it.is_whitespace() && !it.is_control() && it != '\\');
    let leads = is_path || begins("http://") || begins("https://") || begins("mailto:");
    Some(sent).filter(|it| leads && is_whole && it.len() <= LONGEST_ADDRESS)
}

fn person(sent: &str) -> Option<&str> {
    let sent = sent.trim();
    let is_number = (1..=18).contains(&sent.len()) && sent.bytes().all(|it| it.is_ascii_digit());
    Some(sent).filter(|it| is_number && !it.starts_with('0'))
}

/// The place of the mark that closes each one that opens, and the other way round. A mark between two that belong
/// together belongs to none outside them.
fn pair(pieces: &[Piece<'_>]) -> Vec<Option<usize>> {
    let kind = |mark: Mark| if mark == Mark::NumberedList { Mark::List } else { mark };
    let mut partners = vec![None; pieces.len()];
    let mut open: Vec<(Mark, usize)> = Vec::new();
    // How many of each are open: whoever closes what is not open does not look through all that is.
    let mut counts = [0usize; 9];
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open { mark, .. } => {
                open.push((kind(*mark), place));
                counts[kind(*mark) as usize] += 1;
            }
            Piece::Close { mark, .. } if counts[*mark as usize] > 0 => {
                while let Some((opened, at)) = open.pop() {
                    counts[opened as usize] -= 1;
                    if opened == *mark {
                        (partners[at], partners[place]) = (Some(place), Some(at));
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests;
