//! Methods: what a client can call, declared once in a const table and read by dispatch, documentation and tests.

use crate::{
    Call, Caller, Code, Json, Map, Params, Result, Settings,
    call::Right,
    error::{ACCESS_DENIED, INSUFFICIENT_SCOPE, WRONG_AUTH_TYPE},
    field::Entity,
    picture::{self, Pictures},
};
use std::borrow::Cow;

/// Scopes whose methods are closed to people from outside the company, whatever a webhook or token holds.
///
/// What is not named here (workgroups, chats, the calendar) is open to them, and shows them what they share.
pub const CLOSED_TO_EXTRANET: &[&str] = &["crm"];

/// Which transaction a method runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// One that cannot change anything.
    Read,
    /// One that commits if the method returns `Ok`.
    Write,
}

/// How a method is carried out.
#[derive(Clone, Copy)]
pub enum Run {
    /// By this function.
    Method(fn(&mut Call<'_, '_>) -> Result<Answer>),
    /// By the door that was called: it takes calls apart, each change in a transaction of its own.
    Batch,
}

/// The shape of a result, from which REST 3.0's uniform envelope and the documentation are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One record of the entity.
    Record,
    /// A page of records.
    List,
    /// The ID of something new.
    Id,
    /// Whether it worked.
    Flag,
    /// Something of the method's own.
    Value,
    /// The address of a file. At `/rest/` the caller is sent there, at `/rest/api/` and in a batch it is told.
    Address,
    /// A document that is the whole answer, without an envelope.
    Document,
}

/// Which addresses a method answers at. Two methods may share a name if no address has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// `/rest/` and `/rest/api/`.
    All,
    /// Only `/rest/`: at `/rest/api/` there is another method of this name.
    Two,
    /// Only `/rest/api/`.
    Three,
}

impl Versions {
    /// Whether a method answers at `/rest/api/` or, if not `is_v3`, at `/rest/`.
    pub fn answers(self, is_v3: bool) -> bool {
        match self {
            Versions::All => true,
            Versions::Two => !is_v3,
            Versions::Three => is_v3,
        }
    }
}

/// A parameter that is not simply a field of an entity.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name; any case is accepted.
    pub name: &'static str,
    /// Its type as OpenAPI knows it: `string`, `integer`, `boolean`, `array`, `object`, or `any`.
    pub kind: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether the method refuses to work without it.
    pub required: bool,
}

/// A parameter that may be left out.
pub const fn param(name: &'static str, kind: &'static str, about: &'static str) -> Param {
    Param { name, kind, about, required: false }
}

impl Param {
    /// The method refuses to work without it.
    pub const fn required(self) -> Param {
        Param { required: true, ..self }
    }
}

/// What is said to someone who lacks the right to call a method.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The kind of error.
    pub code: &'static Code,
    /// The words.
    pub text: &'static str,
}

/// A method.
#[derive(Clone, Copy)]
pub struct Method {
    /// Its name, as the documentation writes it; any case is accepted.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The caller needs one of these scopes; empty means that every recognized caller may call.
    pub scopes: &'static [&'static str],
    /// The caller needs this right.
    pub right: Right,
    /// What is said to a caller without it.
    pub refusal: Refusal,
    /// What is said to a caller that is no app, if only apps may call.
    pub app_only: Option<Refusal>,
    /// What is said of a picture that cannot be read, where the documentation has words for it.
    pub bad_picture: Option<Refusal>,
    /// The transaction it runs in.
    pub access: Access,
    /// Whether the audit log tells of it: it changes something that people or programs decided to change.
    pub is_audited: bool,
    /// The kind of object that it changes and the parameter that names the object, where these are not the module's name
    /// and the first number that is required.
    pub object: Option<(&'static str, &'static str)>,
    /// Which addresses it answers at.
    pub versions: Versions,
    /// Its parameters, beside those that come from `entity`.
    pub params: &'static [Param],
    /// The entity whose writable fields are parameters, or whose records are answered.
    pub entity: Option<&'static Entity>,
    /// Whether the entity's writable fields are parameters.
    pub takes_fields: bool,
    /// The shape of its result.
    pub shape: Shape,
    /// The member of the result at `/rest/` that holds what it answers; empty if that is the result itself.
    pub member: &'static str,
    /// Whether its parameters may come in their order, without their names.
    pub positional: bool,
    /// The errors of its own, beside those that any method can answer with.
    pub errors: &'static [&'static Code],
    /// Whether it is about whoever calls and no one else, so that they see what others may be kept from seeing.
    pub of_oneself: bool,
    /// What carries it out.
    pub run: Run,
}

const fn method(name: &'static str, access: Access, run: Run) -> Method {
    Method {
        name,
        about: "",
        scopes: &[],
        right: Right::Anyone,
        refusal: Refusal { code: &ACCESS_DENIED, text: "Access denied!" },
        app_only: None,
        bad_picture: None,
        access,
        is_audited: matches!(access, Access::Write),
        object: None,
        versions: Versions::All,
        params: &[],
        entity: None,
        takes_fields: false,
        shape: Shape::Value,
        member: "",
        positional: false,
        errors: &[],
        of_oneself: false,
        run,
    }
}

/// A method that changes nothing.
pub const fn read(name: &'static str, run: fn(&mut Call<'_, '_>) -> Result<Answer>) -> Method {
    method(name, Access::Read, Run::Method(run))
}

/// A method that changes something.
pub const fn write(name: &'static str, run: fn(&mut Call<'_, '_>) -> Result<Answer>) -> Method {
    method(name, Access::Write, Run::Method(run))
}

/// The method that carries out others.
pub const fn batch(name: &'static str) -> Method {
    method(name, Access::Read, Run::Batch)
}

impl Method {
    /// What it does, in a sentence.
    pub const fn about(self, about: &'static str) -> Method {
        Method { about, ..self }
    }

    /// The caller needs one of these scopes.
    pub const fn scopes(self, scopes: &'static [&'static str]) -> Method {
        Method { scopes, ..self }
    }

    /// The caller needs this right, and is told this without it.
    pub const fn right(self, right: Right, code: &'static Code, text: &'static str) -> Method {
        Method { right, refusal: Refusal { code, text }, ..self }
    }

    /// The audit log says nothing of it: what it writes is what every reader leaves behind, and no decision of anyone.
    pub const fn routine(self) -> Method {
        Method { is_audited: false, ..self }
    }

    /// It is about whoever calls and no one else: no field is hidden that is only hidden from others.
    pub const fn of_oneself(self) -> Method {
        Method { of_oneself: true, ..self }
    }

    /// For the audit log: it changes an object of this kind, which this parameter names.
    pub const fn changes(self, kind: &'static str, param: &'static str) -> Method {
        Method { object: Some((kind, param)), ..self }
    }

    /// Only an app may call, with one of its tokens.
    pub const fn in_app(self) -> Method {
        let text = "Current authorization type is denied for this method Application context required";
        self.in_app_or(&WRONG_AUTH_TYPE, text)
    }

    /// The same, where the documentation has other words for a caller that is no app.
    pub const fn in_app_or(self, code: &'static Code, text: &'static str) -> Method {
        Method { app_only: Some(Refusal { code, text }), ..self }
    }

    /// A picture that cannot be read is refused with this.
    pub const fn bad_picture(self, code: &'static Code, text: &'static str) -> Method {
        Method { bad_picture: Some(Refusal { code, text }), ..self }
    }

    /// Only for REST 3.0.
    pub const fn only_v3(self) -> Method {
        Method { versions: Versions::Three, ..self }
    }

    /// Not for REST 3.0, which has another method of this name.
    pub const fn only_v2(self) -> Method {
        Method { versions: Versions::Two, ..self }
    }

    /// At `/rest/`, what it answers is in this member of the result.
    pub const fn within(self, member: &'static str) -> Method {
        Method { member, ..self }
    }

    /// Its parameters may come in their order, without their names.
    pub const fn positional(self) -> Method {
        Method { positional: true, ..self }
    }

    /// Its parameters.
    pub const fn params(self, params: &'static [Param]) -> Method {
        Method { params, ..self }
    }

    /// It answers with this shape of this entity's records.
    pub const fn answers(self, shape: Shape, entity: &'static Entity) -> Method {
        Method { shape, entity: Some(entity), ..self }
    }

    /// The entity's writable fields are parameters.
    pub const fn takes_fields(self, entity: &'static Entity, shape: Shape) -> Method {
        Method { takes_fields: true, entity: Some(entity), shape, ..self }
    }

    /// The shape of its result.
    pub const fn shape(self, shape: Shape) -> Method {
        Method { shape, ..self }
    }

    /// The errors of its own.
    pub const fn errors(self, errors: &'static [&'static Code]) -> Method {
        Method { errors, ..self }
    }

    /// The parameters by their names. Clients of older methods send them in the documented order instead: as a list, or
    /// under names of their own.
    pub fn named<'a>(&self, params: &'a Params) -> Cow<'a, Params> {
        let is_known = |name: &str| self.params.iter().any(|it| it.name == name);
        if !self.positional || params.iter().any(|(name, _)| is_known(name)) {
            return Cow::Borrowed(params);
        }
        Cow::Owned(params.renamed(self.params.iter().map(|it| it.name)))
    }

    /// The parameter that names the object: the first number that is required.
    pub fn id_param(&self) -> Option<&'static str> {
        self.params.iter().find(|it| it.required && it.kind == "integer").map(|it| it.name)
    }

    /// An answer as it is at `/rest/`. An empty list in place of a record says that there is no record.
    pub fn dress(&self, mut answer: Answer) -> Answer {
        let is_nothing = self.shape == Shape::Record && answer.result.as_array().is_some_and(Vec::is_empty);
        if self.member.is_empty() || is_nothing {
            return answer;
        }
        match &mut answer.text {
            // In its place: it may be long, and whoever wrote it has left room.
            Some(text) => {
                text.insert_str(0, &format!("{{\"{}\":", self.member));
                text.push('}');
            }
            None => answer.result = Json::Object(Map::from_iter([(self.member.to_owned(), answer.result)])),
        }
        answer
    }

    /// Decodes the pictures among the parameters. This takes long, so it happens before the transaction.
    pub fn decode_pictures(&self, params: &Params, settings: &Settings) -> Result<Pictures> {
        let Some(entity) = self.entity.filter(|_| self.takes_fields) else { return Ok(Pictures::new()) };
        picture::decode_all(entity, params, settings).map_err(|err| match self.bad_picture {
            Some(refusal) => refusal.code.say(refusal.text).about(err.argument.unwrap_or_default()),
            None => err,
        })
    }

    /// Whether the caller's scopes are enough to call it.
    pub fn is_open_to(&self, caller: &Caller) -> bool {
        self.scopes.is_empty() || caller.holds_any(self.scopes)
    }

    /// The one place where scope and right are checked.
    pub fn check(&self, caller: &Caller) -> Result<()> {
        if !self.is_open_to(caller) {
            return Err(INSUFFICIENT_SCOPE.error());
        }
        if caller.extranet && self.scopes.iter().any(|it| CLOSED_TO_EXTRANET.contains(it)) {
            return Err(ACCESS_DENIED.error());
        }
        if let (Some(refusal), None) = (self.app_only, caller.app()) {
            return Err(refusal.code.say(refusal.text));
        }
        if !caller.may(self.right) {
            return Err(self.refusal.code.say(self.refusal.text));
        }
        Ok(())
    }
}

/// What a method answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The result itself.
    pub result: Json,
    /// The result as JSON text, if it was written straight as what goes out; `result` is null then. A page of records
    /// has thousands of values, and making each of them first costs more than finding them.
    pub text: Option<String>,
    /// How many records pass the filter, for a list.
    pub total: Option<i64>,
    /// Where the next page starts, if there is one.
    pub next: Option<i64>,
}

impl Answer {
    /// The same answer with its result as a value, however it was written.
    #[must_use]
    pub fn parsed(mut self) -> Answer {
        if let Some(text) = self.text.take() {
            self.result = serde_json::from_str(&text).unwrap_or_default();
        }
        self
    }
}

impl<T: Into<Json>> From<T> for Answer {
    fn from(result: T) -> Self {
        Answer { result: result.into(), ..Answer::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Via;

    #[test]
    fn some_modules_are_closed_to_outsiders() {
        let caller = |extranet| Caller {
            user_id: 1,
            admin: false,
            extranet,
            rights: crate::right::Rights::USUAL,
            scopes: vec!["crm".to_owned(), "calendar".to_owned()],
            via: Via::Webhook(1),
            expires_at: None,
        };
        let deals = read("crm.item.list", |_| Ok(true.into())).scopes(&["crm"]);
        let meetings = read("calendar.event.get", |_| Ok(true.into())).scopes(&["calendar"]);
        assert!(deals.check(&caller(false)).is_ok());
        assert_eq!(deals.check(&caller(true)).unwrap_err().code, &ACCESS_DENIED);
        assert!(meetings.check(&caller(true)).is_ok());
    }
}
