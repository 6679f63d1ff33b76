//! `placement.bind` and `placement.unbind`.

use super::{MAX_COUNT, NOT_FOUND, USER_MODE};
use crate::{address, app::calling};
use muster_core::{
    Answer, Call, Json, Map, Result,
    error::{ARGUMENT, Error},
    json,
    module::Placement,
    params::{read_text, wrong},
};
use muster_db::Sql;

/// The most widgets of one app.
const MOST: i64 = 200;
/// The most characters of a title, a description or a group.
const LONGEST: usize = 255;
/// The most bytes of the options, and of the texts by language, as JSON.
const LONGEST_JSON: usize = 16 << 10;
/// The texts of a widget.
const TEXTS: [&str; 3] = ["TITLE", "DESCRIPTION", "GROUP_NAME"];

fn missing(name: &'static str) -> Error {
    ARGUMENT.say(format!("Argument '{name}' is null or empty")).about(name)
}

/// The place that was named. One that the app's scopes do not open does not exist for it.
fn read_place(call: &Call<'_, '_>) -> Result<&'static Placement> {
    let name = match call.params.get("PLACEMENT") {
        None | Some(Json::Null) => return Err(missing("PLACEMENT")),
        Some(Json::String(name)) if name.is_empty() => return Err(missing("PLACEMENT")),
        Some(Json::String(name)) => name,
        Some(_) => {
            let said = "The value of an argument 'PLACEMENT' must be of type string";
            return Err(ARGUMENT.say(said).about("PLACEMENT"));
        }
    };
    let mut places = call.registry.placements();
    let place = places.find(|it| it.name.eq_ignore_ascii_case(name));
    place.filter(|it| it.scope.is_none_or(|scope| call.caller.holds(scope))).ok_or_else(|| NOT_FOUND.error())
}

/// Puts a widget in a place.
pub(super) fn bind(call: &mut Call<'_, '_>) -> Result<Answer> {
    let app_id = calling(call)?;
    let place = read_place(call)?;
    let handler = call.params.text("HANDLER")?.ok_or_else(|| missing("HANDLER"))?;
    address::check(&handler).map_err(|err| err.about("HANDLER"))?;
    let options = read_options(call, place)?;
    let user_id = read_user(call)?;
    if user_id != 0 && !place.personal {
        return Err(USER_MODE.error());
    }
    let texts = Texts::read(&call.params.iter().map(|(name, it)| (name.to_owned(), it.clone())).collect())?;
    let languages = read_languages(call)?;
    call.tx.lock("placements")?;
    make_room(call, app_id, (place, user_id, &handler))?;
    call.tx.run(&Sql::with(
        "insert into placements
             (app_id, placement, user_id, handler, title, description, group_name, lang_all, options, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            app_id.into(),
            place.name.into(),
            user_id.into(),
            handler.into(),
            texts.0[0].as_str().into(),
            texts.0[1].as_str().into(),
            texts.0[2].as_str().into(),
            languages.to_string().into(),
            options.to_string().into(),
            call.now.into(),
        ],
    ))?;
    Ok(true.into())
}

/// Sees that there is room for one more widget. One with the same address replaces the earlier one, unless the place holds
/// a single widget.
fn make_room(call: &mut Call<'_, '_>, app_id: i64, (place, user_id, handler): (&Placement, i64, &str)) -> Result<()> {
    let here = [app_id.into(), place.name.into(), user_id.into()];
    let count = "select count(*) from placements where app_id = $1 and placement = $2 and user_id = $3";
    if place.single && call.tx.int(&Sql::with(count, here.clone()))? > 0 {
        return Err(MAX_COUNT.error());
    }
    let mut same = Sql::with("delete from placements where app_id = $1 and placement = $2 and user_id = $3", here);
    call.tx.run(same.push(" and handler = ").bind(handler))?;
    if call.tx.int(&Sql::with("select count(*) from placements where app_id = $1", [app_id.into()]))? >= MOST {
        return Err(MAX_COUNT.say(format!("an application has at most {MOST} widgets")));
    }
    Ok(())
}

/// Takes widgets out of a place.
pub(super) fn unbind(call: &mut Call<'_, '_>) -> Result<Answer> {
    let place = read_place(call)?;
    let mut sql = Sql::new("delete from placements where app_id = ");
    sql.bind(calling(call)?).push(" and placement = ").bind(place.name);
    if let Some(handler) = call.params.text("HANDLER")? {
        sql.push(" and handler = ").bind(handler);
    }
    // Whoever it is for may have left.
    if let Some(user_id) = call.params.int("USER_ID")? {
        sql.push(" and user_id = ").bind(user_id);
    }
    let removed = call.tx.run(&sql)?;
    // The original counts each once when it is found and once when it is removed.
    Ok(json!({ "count": removed * 2 }).into())
}

/// `USER_ID`: someone who exists, or 0.
fn read_user(call: &mut Call<'_, '_>) -> Result<i64> {
    let Some(id) = call.params.int("USER_ID")?.filter(|id| *id != 0) else { return Ok(0) };
    let known = Sql::with("select count(*) from users where id = $1 and active = 1", [id.into()]);
    if call.tx.int(&known)? == 0 {
        return Err(ARGUMENT.say(format!("USER_ID: there is no active person with the ID {id}")).about("USER_ID"));
    }
    Ok(id)
}

/// `OPTIONS`: whatever the app says, within bounds, and what the place has to know.
fn read_options(call: &Call<'_, '_>, place: &Placement) -> Result<Json> {
    let mut options = match call.params.get("OPTIONS") {
        Some(Json::Object(options)) => options.clone(),
        None | Some(Json::Null) => Map::new(),
        Some(Json::Array(items)) if items.is_empty() => Map::new(),
        Some(_) => return Err(wrong("OPTIONS", "an object")),
    };
    if let Some((name, code)) = place.required_option {
        let url = options.get(name).and_then(Json::as_str).unwrap_or_default();
        address::check(url).map_err(|_| code.error())?;
    }
    if let Some(kept) = place.options {
        options.retain(|name, _| kept.contains(&name.as_str()));
    }
    bounded("OPTIONS", Json::Object(options))
}

/// `LANG_ALL`: the three texts by the codes of languages.
fn read_languages(call: &Call<'_, '_>) -> Result<Json> {
    let sent = match call.params.get("LANG_ALL") {
        Some(Json::Object(sent)) => sent,
        None | Some(Json::Null) => return Ok(json!({})),
        Some(Json::Array(items)) if items.is_empty() => return Ok(json!({})),
        Some(_) => return Err(wrong("LANG_ALL", "an object with the codes of languages")),
    };
    let mut languages = Map::new();
    for (language, texts) in sent {
        let is_code = (2..=5).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
        let Some(texts) = texts.as_object().filter(|_| is_code) else {
            return Err(wrong("LANG_ALL", "an object with the codes of languages"));
        };
        let Texts([title, description, group]) = Texts::read(texts)?;
        let shown = json!({ "TITLE": title, "DESCRIPTION": description, "GROUP_NAME": group });
        languages.insert(language.to_lowercase(), shown);
    }
    bounded("LANG_ALL", Json::Object(languages))
}

fn bounded(name: &'static str, value: Json) -> Result<Json> {
    if value.to_string().len() > LONGEST_JSON {
        return Err(wrong(name, "at most 16 KB"));
    }
    Ok(value)
}

/// The three texts of a widget, empty where none was sent.
struct Texts([String; 3]);

impl Texts {
    fn read(sent: &Map<String, Json>) -> Result<Texts> {
        let mut texts = [const { String::new() }; 3];
        for (text, name) in texts.iter_mut().zip(TEXTS) {
            *text = match sent.get(name) {
                None | Some(Json::Null) => String::new(),
                Some(value) => read_text(value).ok_or_else(|| wrong(name, "a text"))?,
            };
            if text.chars().count() > LONGEST {
                return Err(ARGUMENT.say(format!("{name} must not exceed {LONGEST} characters")).about(name));
            }
        }
        Ok(Texts(texts))
    }
}
