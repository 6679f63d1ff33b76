//! The OpenAPI description, made from the registry: what is declared is what is described.

use crate::{
    Json, Map, Method, Registry,
    error_v3::possible,
    field::{Entity, Field, Kind},
    json,
    method::{Access, Run, Shape},
};

/// The description of every method at `/rest/api/`, where calls take and answer JSON.
pub fn document(registry: &Registry, base_url: &str) -> Json {
    let mut schemas = Map::new();
    let mut tags = Vec::new();
    for module in registry.modules() {
        if !module.methods.is_empty() {
            tags.push(json!({ "name": module.name, "description": format!("Methods of the module {}", module.name) }));
        }
        for entity in module.entities {
            schemas.insert(entity.name.to_owned(), record_schema(entity));
        }
    }
    schemas.insert("error".to_owned(), error_schema());
    schemas.insert("time".to_owned(), time_schema());
    let mut paths = Map::new();
    for module in registry.modules() {
        for method in module.methods.iter().filter(|it| it.versions.answers(true)) {
            paths.insert(format!("/{}", method.name), json!({ "post": operation(method, module.name) }));
        }
    }
    json!({
        "openapi": "3.0.0",
        "info": {
            "title": "Muster REST API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every method of this Muster, at the REST 3.0 address. The same methods answer at /rest/ in \
                            the older envelope.",
        },
        "servers": [{
            "url": format!("{base_url}/rest/api/{{user_id}}/{{secret}}"),
            "variables": {
                "user_id": { "default": "1", "description": "The person who owns the incoming webhook" },
                "secret": { "default": "secret", "description": "The webhook's secret" },
            },
        }],
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn operation(method: &Method, module: &str) -> Json {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), answer(method));
    for codes in possible(method).chunk_by(|a, b| a.status == b.status) {
        let schema = json!({ "$ref": "#/components/schemas/error" });
        let names: Vec<_> = codes.iter().map(|it| it.name).filter(|it| !it.is_empty()).collect();
        let described = if names.is_empty() { "An error without a code".to_owned() } else { names.join(", ") };
        responses.insert(
            codes[0].status.to_string(),
            json!({ "description": described, "content": { "application/json": { "schema": schema } } }),
        );
    }
    let scopes = if method.scopes.is_empty() { "none".to_owned() } else { method.scopes.join(" or ") };
    let mut operation = json!({
        "operationId": method.name,
        "summary": method.about,
        "description": format!("Scope: {scopes}. {}", who(method)),
        "tags": [module],
        "requestBody": { "content": { "application/json": { "schema": request(method) } } },
        "responses": responses,
    });
    if method.access == Access::Write {
        operation["parameters"] = json!([{
            "name": "Idempotency-Key",
            "in": "header",
            "description": "1 to 255 printable ASCII characters; the same key and body answer the same and change nothing",
            "schema": { "type": "string", "maxLength": 255 },
        }]);
    }
    operation
}

fn who(method: &Method) -> String {
    use crate::call::Right;
    let right = match method.right {
        Right::Anyone => "Everyone may call it.",
        Right::Administer => "Needs an administrator.",
        Right::InvitePeople => "Needs the right to invite people.",
        Right::ConfirmPeople => "Needs the right to confirm people.",
        Right::EditPeople => "Needs the right to change people.",
        Right::ManagePeople => "Needs the right to manage people.",
        Right::ImportPeople => "Needs the right to import people.",
        Right::ExportPeople => "Needs the right to export people.",
        Right::CreateGroups => "Needs the right to create workgroups.",
        Right::ManageFields => "Needs the right to define custom fields.",
        Right::SeeContacts | Right::SeeAddress | Right::SeeBirthday | Right::SeeWorkPhones | Right::SeeCustom => {
            "Needs the right to see these fields of people."
        }
        Right::ManageGroups => "Needs the right to change any workgroup.",
        Right::ManageTasks => "Needs the right to change any task.",
        Right::ManageStructure => "Needs the right to change the company's structure.",
        Right::ManageApps => "Needs the right to manage apps.",
        Right::SeeAudit => "Needs the right to read the audit log.",
    };
    if method.app_only.is_some() { format!("Only for apps. {right}") } else { right.to_owned() }
}

fn request(method: &Method) -> Json {
    if let Run::Batch = method.run {
        let call = json!({
            "type": "object",
            "properties": { "method": { "type": "string" }, "query": { "type": "object" } },
            "required": ["method"],
        });
        return json!({ "type": "array", "items": call });
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    for param in method.params {
        let mut schema = match param.kind {
            "any" => json!({}),
            "array" => json!({ "type": "array", "items": {} }),
            kind => json!({ "type": kind }),
        };
        schema["description"] = param.about.into();
        properties.insert(param.name.to_owned(), schema);
        if param.required {
            required.push(param.name);
        }
    }
    if let Some(entity) = method.entity.filter(|_| method.takes_fields) {
        for field in entity.fields.iter().filter(|it| it.writable) {
            properties.entry(entity.shown_name(field)).or_insert_with(|| sent_schema(field));
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn answer(method: &Method) -> Json {
    let record = match method.entity {
        Some(entity) if !method.takes_fields => json!({ "$ref": format!("#/components/schemas/{}", entity.name) }),
        _ => json!({}),
    };
    let result = match method.shape {
        Shape::Record => json!({ "type": "object", "properties": { "item": record } }),
        Shape::List => json!({
            "type": "object",
            "properties": {
                "items": { "type": "array", "items": record },
                "total": { "type": "integer" },
                "next": { "type": "integer" },
            },
        }),
        Shape::Id => json!({ "type": "object", "properties": { "id": { "type": "integer" } } }),
        Shape::Flag => json!({ "type": "object", "properties": { "result": { "type": "boolean" } } }),
        Shape::Value => json!({}),
        Shape::Address => json!({ "type": "string" }),
        Shape::Document => json!({ "type": "object" }),
    };
    let envelope = match method.shape {
        Shape::Document => result,
        _ => json!({
            "type": "object",
            "properties": { "result": result, "time": { "$ref": "#/components/schemas/time" } },
            "required": ["result", "time"],
        }),
    };
    json!({ "description": "What the method answers", "content": { "application/json": { "schema": envelope } } })
}

fn record_schema(entity: &Entity) -> Json {
    let shown = entity.fields.iter().filter(|it| it.is_shown());
    let properties: Map<String, Json> =
        shown.map(|it| (entity.shown_name(it).into_owned(), shown_schema(it))).collect();
    json!({ "type": "object", "properties": properties })
}

fn shown_schema(field: &Field) -> Json {
    let mut schema = match field.kind {
        Kind::Int => json!({ "type": "integer" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::YesNo => json!({ "type": "string", "enum": ["Y", "N"] }),
        Kind::Real => json!({ "type": "number" }),
        Kind::ZeroOne => json!({ "type": "string", "enum": ["1", "0"] }),
        Kind::Choice(choices) => {
            json!({ "type": "string", "enum": choices.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
        }
        Kind::Id
        | Kind::User
        | Kind::File
        | Kind::Text
        | Kind::OneOf(_)
        | Kind::Date
        | Kind::Instant(_)
        | Kind::Image => {
            json!({ "type": "string" })
        }
    };
    if field.is_many() {
        schema = json!({ "type": "array", "items": schema });
    }
    if field.nullable {
        schema["nullable"] = true.into();
    }
    schema["description"] = field.title.into();
    schema
}

fn sent_schema(field: &Field) -> Json {
    let mut schema = match field.kind {
        Kind::Image => json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 }),
        Kind::OneOf(choices) => json!({ "type": "string", "enum": choices }),
        Kind::Text => json!({ "type": "string", "maxLength": field.max }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        _ => return shown_schema(field),
    };
    schema["description"] = field.title.into();
    schema
}

fn error_schema() -> Json {
    json!({
        "type": "object",
        "properties": { "error": {
            "type": "object",
            "properties": {
                "code": { "type": "string" },
                "message": { "type": "string" },
                "validation": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "field": { "type": "string" }, "message": { "type": "string" } },
                } },
            },
            "required": ["code", "message"],
        } },
        "required": ["error"],
    })
}

fn time_schema() -> Json {
    json!({
        "type": "object",
        "properties": {
            "start": { "type": "number" },
            "finish": { "type": "number" },
            "duration": { "type": "number" },
            "processing": { "type": "number" },
            "date_start": { "type": "string", "format": "date-time" },
            "date_finish": { "type": "string", "format": "date-time" },
            "operating_reset_at": { "type": "integer" },
            "operating": { "type": "number" },
        },
    })
}
