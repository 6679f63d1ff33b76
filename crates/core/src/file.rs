//! Files: pictures with their copies and whatever else is uploaded, kept in the database so that every node serves them.

use crate::{Call, Json, Result, params::read_text, picture::Picture};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use muster_db::{Sql, Tx, Value};

/// What a file that is no picture is served as: never as something that a browser would run.
const ANY_CONTENT: &str = "application/octet-stream";

/// Stores a picture and its copies. The answer, `key/name`, is what a field keeps.
///
/// The key is unguessable: whoever has a picture's address may see it, as with the original.
pub fn store(call: &mut Call<'_, '_>, picture: &Picture) -> Result<String> {
    let key = call.chance.token();
    store_at(call.tx, &key, picture, call.now)?;
    Ok(format!("{key}/{}", picture.name))
}

/// Stores a picture under a key of the caller's choice.
pub fn store_at(tx: &mut Tx<'_>, key: &str, picture: &Picture, now: i64) -> Result<()> {
    tx.run(&Sql::with(
        "insert into files (file_key, name, content_type, created_at) values ($1, $2, $3, $4)",
        [key.into(), picture.name.as_str().into(), picture.content_type.into(), now.into()],
    ))?;
    for (copy, content) in &picture.copies {
        tx.run(&Sql::with(
            "insert into file_copies (file_key, copy_name, content) values ($1, $2, $3)",
            [key.into(), (*copy).into(), content.clone().into()],
        ))?;
    }
    Ok(())
}

/// Stores any file. It is served as what no browser runs, whatever its name says.
pub fn store_any(call: &mut Call<'_, '_>, name: String, bytes: Vec<u8>) -> Result<String> {
    store(call, &Picture { name, content_type: ANY_CONTENT, copies: vec![("original", bytes)] })
}

/// Reads a file that was sent as `[name, base64]`, or as the same two under the key `fileData`.
pub fn read_sent(sent: &Json, most: usize) -> Result<(String, Vec<u8>), String> {
    let pair = match sent {
        Json::Object(map) => map.get("fileData").unwrap_or(sent),
        other => other,
    };
    let expected = || "an array of a file name and its Base64 content".to_owned();
    let Some([name, content]) = pair.as_array().map(Vec::as_slice) else { return Err(expected()) };
    let (Some(name), Some(content)) = (read_text(name), read_text(content)) else { return Err(expected()) };
    if content.len() / 4 * 3 > most + 3 {
        return Err(format!("a file of at most {most} bytes"));
    }
    let bytes = STANDARD.decode(content.trim()).map_err(|_| expected())?;
    Ok((safe_name(&name), bytes))
}

/// A file's name with only what needs no escaping in an address.
fn safe_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let safe: String = name.chars().filter(is_safe).take(100).collect();
    let safe = safe.trim_matches('.');
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

/// Deletes what a field kept.
pub fn delete(tx: &mut Tx<'_>, stored: &str) -> Result<()> {
    let key = stored.split('/').next().unwrap_or_default();
    tx.run(&Sql::with("delete from file_copies where file_key = $1", [key.into()]))?;
    tx.run(&Sql::with("delete from files where file_key = $1", [key.into()]))?;
    Ok(())
}

/// A copy of a file as it is served: its content type and its bytes.
pub fn load(tx: &mut Tx<'_>, key: &str, copy: &str) -> Result<Option<(String, Vec<u8>)>> {
    let row = tx.row(&Sql::with(
        "select f.content_type, c.content from files f join file_copies c on c.file_key = f.file_key
         where f.file_key = $1 and c.copy_name = $2",
        [key.into(), copy.into()],
    ))?;
    Ok(row.and_then(|mut row| match row.take(1) {
        Value::Bytes(content) => Some((row.text(0).to_owned(), content)),
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_file_is_a_name_and_base64() {
        let read = |sent: Json| read_sent(&sent, 10);
        assert_eq!(read(json!(["../ü a.txt", "aGk="])).unwrap(), ("a.txt".to_owned(), b"hi".to_vec()));
        assert_eq!(read(json!({ "fileData": ["x", "aGk="] })).unwrap().0, "x");
        for bad in [json!("aGk="), json!(["x"]), json!(["x", "!!"]), json!(["x", "aGkaGkaGkaGkaGkaGkaGk="])] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}
