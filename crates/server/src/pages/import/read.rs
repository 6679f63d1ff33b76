//! Reading a file of people: its encoding, its separators, its lines.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8};

/// The most people of one file: they are added in one transaction.
pub(super) const MOST_ROWS: usize = 10_000;
/// The most bytes of a file.
pub(super) const MOST_BYTES: usize = 8 << 20;
/// The most columns of a file.
const MOST_COLUMNS: usize = 200;

/// What is wrong with a file as a whole: the name of a message.
pub(super) type Problem = &'static str;

/// The lines of a file.
pub(super) struct Table {
    /// What the columns are called.
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A line.
pub(super) struct Row {
    /// Its number, as editors count.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// What a column holds: without spaces around it, and without the apostrophe that keeps spreadsheets from taking it for
    /// a formula, as Muster's own files have it.
    pub(super) fn cell(&self, column: usize) -> &str {
        let cell = self.cells.get(column).map_or("", |it| it.trim());
        match cell.strip_prefix('\'') {
            Some(rest) if rest.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) => {
                rest.trim()
            }
            _ => cell,
        }
    }
}

/// The text of a file, whatever its encoding. `domain` is where such files come from mostly, `ru` for example.
pub(super) fn decode(bytes: &[u8], domain: &'static str) -> Result<String, Problem> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(bytes, true);
            detector.guess(Some(domain.as_bytes()), Utf8Detection::Deny)
        }
    };
    let (text, _, is_broken) = encoding.decode(bytes);
    let is_text = !is_broken && text.chars().all(|it| !it.is_control() || matches!(it, '\n' | '\r' | '\t'));
    if is_text { Ok(text.into_owned()) } else { Err("import-no-text") }
}

/// What stands between values: what the first line has most of, outside of quotes.
fn separator(text: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts.iter_mut().filter(|it| it.0 == byte).for_each(|it| it.1 += 1),
        }
    }
    // Of equally many the first one counts, which is the comma.
    counts.into_iter().rev().max_by_key(|it| it.1).map_or(b',', |it| it.0)
}

/// The line that a record is in. The reader counts from where it began to look, before empty lines.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let passed = text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|it| matches!(it, b'\n' | b'\r'));
    position.line() + passed.filter(|it| **it == b'\n').count() as u64
}

/// The lines of a text. Empty ones are passed over.
pub(super) fn parse(text: &str) -> Result<Table, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new();
    reader.delimiter(separator(text.trim_start_matches(['\r', '\n']))).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let (mut header, mut rows) = (None, Vec::new());
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err("import-no-table"),
        }
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|it| it.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, |it| line_of(text, it));
        match header {
            None => header = Some(cells),
            Some(_) if rows.len() >= MOST_ROWS => return Err("import-too-many"),
            Some(_) => rows.push(Row { line, cells }),
        }
    }
    let header: Vec<String> = header.ok_or("import-empty")?.iter().map(|it| it.trim().to_owned()).collect();
    match (header.len(), rows.len()) {
        (_, 0) => Err("import-empty"),
        (MOST_COLUMNS.., _) => Err("import-no-table"),
        _ => Ok(Table { header, rows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{UTF_16LE, WINDOWS_1251, WINDOWS_1252};

    #[test]
    fn files_of_every_encoding_are_read() {
        let russian = "Имя;Фамилия;Эл. почта\r\nАнна;Иванова;anna@example.com\r\nЁж;Щукин;hedgehog@example.com\r\n";
        let german = "First name,Last name,E-mail\nJürgen,Müller,juergen@example.com\nAndré,Größe,andre@example.com\n";
        let utf_16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(russian.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let windows = |encoding: &'static Encoding, text| encoding.encode(text).0.into_owned();
        for (bytes, domain, expected) in [
            (russian.as_bytes().to_vec(), "com", russian),
            (format!("\u{feff}{russian}").into_bytes(), "com", russian),
            (windows(WINDOWS_1251, russian), "ru", russian),
            (windows(WINDOWS_1251, russian), "com", russian),
            (windows(WINDOWS_1252, german), "com", german),
            (utf_16, "com", russian),
        ] {
            assert_eq!(decode(&bytes, domain).as_deref(), Ok(expected));
        }
        for wrong in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"PK\x03\x04\x14\0\x06\0", b"a,b\n1,\0\n"] {
            assert_eq!(decode(wrong, "com"), Err("import-no-text"));
        }
        assert_eq!(UTF_16LE.name(), "UTF-16LE");
    }

    #[test]
    fn lines_are_read_whatever_separates_them() {
        for text in [
            "Name,E-mail\nA,a@b.cd\n\n , \nB,b@b.cd\n",
            "Name;E-mail\r\nA;a@b.cd\r\n\r\n;\r\nB;b@b.cd",
            "\u{feff}\"Name\"\t\"E-mail\"\nA\ta@b.cd\n\n\t\nB\tb@b.cd\n",
            "\"Name\";\"E-mail\"\nA;a@b.cd\n\n;;\nB;b@b.cd\n",
        ] {
            let table = parse(text).ok().unwrap();
            assert_eq!(table.header, ["Name", "E-mail"], "{text}");
            let rows: Vec<(u64, &str, &str)> = table.rows.iter().map(|it| (it.line, it.cell(0), it.cell(1))).collect();
            assert_eq!(rows, [(2, "A", "a@b.cd"), (5, "B", "b@b.cd")], "{text}");
        }
        let quoted = parse("a,b,c\n\"x, \"\"y\"\"\",\"two\nlines\",'+49 30\n1,2\n").ok().unwrap();
        assert_eq!(quoted.rows[0].cells, ["x, \"y\"", "two\nlines", "'+49 30"]);
        assert_eq!((quoted.rows[0].cell(2), quoted.rows[1].line, quoted.rows[1].cell(2)), ("+49 30", 4, ""));
        for (text, problem) in [("", "import-empty"), ("\n\n", "import-empty"), ("a,b\n", "import-empty")] {
            assert_eq!(parse(text).err(), Some(problem), "{text:?}");
        }
        let many = format!("a\n{}", "1\n".repeat(MOST_ROWS + 1));
        assert_eq!(parse(&many).err(), Some("import-too-many"));
    }
}
