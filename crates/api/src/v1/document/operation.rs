//! One operation: a method of an address.

use super::Schemas;
use crate::v1::{LONGEST_CURSOR, LONGEST_KEY, MOST_ENTRIES, Page, USUAL_ENTRIES};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// An operation. Every one needs credentials, and may be refused for what [`ANYWHERE`] lists.
pub struct Operation {
    /// The method, in lower case.
    pub method: &'static str,
    /// The address, with its parameters in braces.
    pub path: &'static str,
    /// What may select its entries or change its answer.
    pub parameters: Vec<Value>,
    id: &'static str,
    summary: &'static str,
    needs: &'static str,
    body: Option<Value>,
    answers: Map<String, Value>,
}

/// Of which statuses control may answer any request.
const ANYWHERE: [u16; 6] = [400, 401, 403, 429, 500, 503];

impl Operation {
    /// A method of an address. `needs` is the right that it takes, in words.
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        needs: &'static str,
        summary: &'static str,
    ) -> Self {
        let operation = Self {
            method,
            path,
            parameters: Vec::new(),
            id,
            summary,
            needs,
            body: None,
            answers: Map::new(),
        };
        ANYWHERE.into_iter().fold(operation, Self::problem)
    }

    /// With a part of the address.
    pub(super) fn part<T: JsonSchema>(
        mut self,
        schemas: &mut Schemas,
        name: &'static str,
        description: &'static str,
    ) -> Self {
        let schema = schemas.requests.subschema_for::<T>();
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        }));
        self.problem(404)
    }

    /// With the members of `T` as parameters, none of which is required.
    pub(super) fn filter<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        let schema = schemas.requests.root_schema_for::<T>().to_value();
        let members = schema["properties"].as_object();
        for (name, schema) in members.into_iter().flatten() {
            let mut schema = schema.clone();
            let description = schema["description"].take();
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("description");
                schema.remove("default");
            }
            self.parameters.push(json!({
                "name": name, "in": "query", "description": description, "schema": schema,
            }));
        }
        self
    }

    /// With a page of entries as the answer.
    pub(super) fn page<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.parameters.push(json!({
            "name": "limit", "in": "query", "description": "The most entries of the page.",
            "schema": { "type": "integer", "minimum": 1, "maximum": MOST_ENTRIES, "default": USUAL_ENTRIES },
        }));
        self.parameters.push(json!({
            "name": "cursor", "in": "query",
            "description": "The `next` of the page before, which had the same parameters and the same user. Another one: 422.",
            "schema": { "type": "string", "maxLength": LONGEST_CURSOR },
        }));
        let next = "The address of the next page, as in RFC 8288, unless it is the last one.";
        self.answer::<Page<T>>(schemas, 200, "A page.")
            .header(200, "Link", next)
            .problem(422)
    }

    /// With a body in JSON.
    pub(super) fn body<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        let schema = schemas.requests.subschema_for::<T>();
        self.body = Some(json!({
            "required": true, "content": { "application/json": { "schema": schema } },
        }));
        [408, 413, 415, 422].into_iter().fold(self, Self::problem)
    }

    /// With a header of the request, which may be missing.
    pub(super) fn head(mut self, name: &str, description: &str, schema: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "header", "description": description, "schema": schema,
        }));
        self
    }

    /// Creates something: may have an `Idempotency-Key`.
    pub(super) fn creates<T: JsonSchema>(self, schemas: &mut Schemas, description: &str) -> Self {
        self.head(
            "Idempotency-Key",
            "An equal request with the same key, within 7 days, is not carried out again. 409: an equal one \
             is being carried out. 422: the key belongs to another request.",
            json!({ "type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": LONGEST_KEY }),
        )
        .answer::<T>(schemas, 201, description)
        .header(201, "Location", "The address of what was created, if it has one.")
        .problem(409)
    }

    /// Changes something only in a version that the client knows.
    pub(super) fn conditional(self) -> Self {
        let tags = json!({ "type": "string", "maxLength": 1024 });
        self.head(
            "If-Match",
            "Only if the present version is one of these, or with `*` if there is any.",
            tags.clone(),
        )
        .head(
            "If-None-Match",
            "Only if the present version is none of these, or with `*` if there is none.",
            tags,
        )
        .problem(412)
    }

    /// With a stream of events as the answer.
    pub(super) fn stream(mut self, description: &str) -> Self {
        let answer = json!({
            "description": description,
            "content": { "text/event-stream": { "schema": { "type": "string" } } },
        });
        self.answers.insert("200".to_owned(), answer);
        self
    }

    /// With an answer without a body.
    pub(super) fn empty(mut self, status: u16, description: &str) -> Self {
        let answer = json!({ "description": description });
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// With an answer in JSON.
    pub(super) fn answer<T: JsonSchema>(
        mut self,
        schemas: &mut Schemas,
        status: u16,
        description: &str,
    ) -> Self {
        let schema = schemas.answers.subschema_for::<T>();
        let answer = json!({
            "description": description,
            "content": { "application/json": { "schema": schema } },
        });
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// With a header of an answer.
    pub(super) fn header(mut self, status: u16, name: &str, description: &str) -> Self {
        let answer = &mut self.answers[&status.to_string()];
        answer["headers"][name] =
            json!({ "description": description, "schema": { "type": "string" } });
        self
    }

    /// With a status of failure.
    pub(super) fn problem(mut self, status: u16) -> Self {
        let reference = json!({ "$ref": format!("#/components/responses/{status}") });
        self.answers.insert(status.to_string(), reference);
        self
    }

    /// What the document has of it.
    pub(super) fn description(self) -> Value {
        let tag = self.path.split('/').nth(2).unwrap_or_default();
        let mut description = json!({
            "operationId": self.id,
            "tags": [tag],
            "summary": self.summary,
            "description": format!("Needs {}.", self.needs),
            "responses": self.answers,
        });
        if let Some(body) = self.body {
            description["requestBody"] = body;
        }
        if !self.parameters.is_empty() {
            description["parameters"] = self.parameters.into();
        }
        description
    }
}
