//! The directory as a file: the people that were asked for, in the columns that are shown, as far as the visitor may see
//! them. However many there are, they are read page by page while the file is on its way.

use super::{
    Asker,
    asked::Asked,
    cells::{Style, cell},
    columns::{self, Column, References, chosen, custom_fields, title},
    directory::style,
    records, text,
};
use crate::pages::{Reply, Visit};
use muster_core::{Caller, Json, Result, error::INTERNAL, json, list::PAGE};
use muster_modules::{audit::deeds::EXPORT, user::USER};
use rust_xlsxwriter::{Format, Workbook};
use std::io::{Seek as _, Write, copy};

/// The most rows of a sheet, its heading among them; the format allows for 1,048,576.
const SHEET_ROWS: u32 = 1_000_000;
/// The most characters of a cell in that format.
const CELL_CHARS: usize = 32_767;

/// What goes into a file.
struct File {
    caller: Caller,
    filter: Json,
    columns: Vec<Column>,
    heading: Vec<String>,
    style: Style,
}

impl File {
    fn asked_for(visit: &Visit<'_>) -> Result<File> {
        let custom = custom_fields(visit)?;
        let columns = chosen(visit, &custom)?;
        let names = ["LAST_NAME", "NAME"].into_iter().filter_map(|name| USER.field(name));
        let mut heading: Vec<String> = names.map(|it| title(visit.language, it)).collect();
        heading.extend(columns.iter().map(|it| it.title.clone()));
        visit.note(&EXPORT, "")?;
        Ok(File {
            caller: visit.caller()?.clone(),
            filter: Asked::read(visit, &custom).filter(visit)?,
            columns,
            heading,
            style: style(visit, true),
        })
    }

    /// Gives every row to `take`, in the order of the IDs: what is added or dismissed meanwhile shifts nothing.
    fn each_row(&self, app: &crate::App, mut take: impl FnMut(Vec<String>) -> Result<()>) -> Result<()> {
        let asker = Asker { app, caller: &self.caller };
        let mut references = References::new(&asker, &self.columns)?;
        let select = columns::fields(&self.columns);
        let mut last = 0;
        loop {
            let filter = json!([self.filter, { ">ID": last }]);
            let people = records(asker.call(
                "user.get",
                json!({ "FILTER": filter, "ORDER": { "ID": "ASC" }, "SELECT": select, "START": -1, "ADMIN_MODE": "Y" }),
            )?);
            references.look_up(&asker, &self.columns, &people)?;
            for person in &people {
                let mut row = vec![text(person, "LAST_NAME"), text(person, "NAME")];
                row.extend(self.columns.iter().map(|it| cell(&self.style, it, person, &references)));
                take(row)?;
                last = text(person, "ID").parse().unwrap_or(i64::MAX);
            }
            if people.len() < PAGE as usize {
                return Ok(());
            }
        }
    }
}

pub(super) fn csv(visit: &Visit<'_>) -> Result<Reply> {
    let file = File::asked_for(visit)?;
    Ok(Reply::long_file("text/csv; charset=utf-8", "people.csv", move |app, sink| {
        let failed = |err: std::io::Error| INTERNAL.error().because(err);
        // Spreadsheets take a file without this mark for one of their own old encodings.
        sink.write_all("\u{feff}".as_bytes()).map_err(failed)?;
        sink.write_all(csv_line(&file.heading).as_bytes()).map_err(failed)?;
        file.each_row(app, |row| sink.write_all(csv_line(&row).as_bytes()).map_err(failed))
    }))
}

/// A line of values in quotes.
pub(crate) fn csv_line(row: &[String]) -> String {
    let cells: Vec<String> = row.iter().map(|it| csv_cell(it)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A value in quotes. What a spreadsheet would take for a formula begins with an apostrophe.
fn csv_cell(value: &str) -> String {
    let begins = value.trim_start_matches([' ', '\u{a0}', '\u{feff}']);
    let guard =
        if begins.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) { "'" } else { "" };
    format!("\"{guard}{}\"", value.replace('"', "\"\""))
}

pub(super) fn xlsx(visit: &Visit<'_>) -> Result<Reply> {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let file = File::asked_for(visit)?;
    Ok(Reply::long_file(KIND, "people.xlsx", move |app, sink| {
        let failed = |err: std::io::Error| INTERNAL.error().because(err);
        // The format needs to go back to its beginning, so it is put together beside the memory first.
        let mut whole = tempfile::tempfile().map_err(failed)?;
        write_xlsx(&file, app, &mut whole)?;
        whole.rewind().map_err(failed)?;
        copy(&mut whole, sink).map(drop).map_err(failed)
    }))
}

/// Writes every value as a text, which no program carries out.
fn write_xlsx(file: &File, app: &crate::App, whole: &mut std::fs::File) -> Result<()> {
    let failed = |err: rust_xlsxwriter::XlsxError| INTERNAL.error().because(err);
    let bold = Format::new().set_bold();
    let mut book = Workbook::new();
    let (mut row_number, mut sheet_number) = (SHEET_ROWS, 0);
    let begin = |book: &mut Workbook, number: usize| {
        let sheet = book.add_worksheet_with_constant_memory()?;
        let name = if number == 0 { "Muster".to_owned() } else { format!("Muster {}", number + 1) };
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, title) in (0u16..).zip(&file.heading) {
            sheet.set_column_width(column, 24)?.write_string_with_format(0, column, title, &bold)?;
        }
        Ok::<_, rust_xlsxwriter::XlsxError>(())
    };
    let mut write = |book: &mut Workbook, row: Option<Vec<String>>| {
        if row_number >= SHEET_ROWS {
            begin(book, sheet_number)?;
            (row_number, sheet_number) = (1, sheet_number + 1);
        }
        let Some(row) = row else { return Ok(()) };
        let sheet = book.worksheet_from_index(sheet_number - 1)?;
        for (column, value) in (0u16..).zip(row).filter(|it| !it.1.is_empty()) {
            let value: String = value.chars().take(CELL_CHARS).collect();
            sheet.write_string(row_number, column, value)?;
        }
        row_number += 1;
        Ok(())
    };
    // The heading is there even where there is no one.
    write(&mut book, None).map_err(failed)?;
    file.each_row(app, |row| write(&mut book, Some(row)).map_err(failed))?;
    book.save_to_writer(whole).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn no_spreadsheet_carries_out_what_someone_is_called() {
        for (value, expected) in [
            ("plain", "\"plain\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("=1+1", "\"'=1+1\""),
            ("+49 30 1", "\"'+49 30 1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            (" =1", "\"' =1\""),
            ("＝1", "\"'＝1\""),
            ("two\nlines", "\"two\nlines\""),
            ("", "\"\""),
        ] {
            assert_eq!(csv_line(&[value.to_owned()]), format!("{expected}\r\n"), "{value:?}");
        }
    }
}
