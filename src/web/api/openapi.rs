//! The description of the API (OpenAPI 3.1), made of the table: what is served is described, with who may use it.

use super::page::OF_LISTS;
use super::table::{Access, Body, Row, rows};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::LazyLock;
use utoipa::openapi::Type;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, Required,
    ResponseBuilder,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Why a request was not done (RFC 9457). Members of its kind may stand beside these.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it is described, not made")]
pub(super) struct ProblemBody {
    /// Which kind: `urn:madoguchi:KIND`.
    r#type: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    detail: String,
}

/// The query of an export: what its list takes, but for what is a list's alone, and how the table is written.
pub(super) struct ExportParams<T>(PhantomData<T>);

impl<T: IntoParams> IntoParams for ExportParams<T> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = T::into_params(place);
        params.retain(|param| !OF_LISTS.contains(&param.name.as_str()));
        let param = ParameterBuilder::new().name("format").parameter_in(ParameterIn::Query);
        params.push(param.required(Required::True).schema(Some(format())).build());
        params
    }
}

fn format() -> ObjectBuilder {
    super::shape::one_of(&["csv", "json"])
}

/// The description.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "access",
    responses((status = 200, description = "this description", body = Object))
)]
pub(super) async fn openapi() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(description);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The description as JSON with a line end.
pub fn description() -> String {
    let mut text = document().to_pretty_json().expect("a description has string keys only");
    text.push('\n');
    text
}

fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("madoguchi")
        .description(Some(
            "Cases, calls and queues of a support desk. Every refusal is a problem detail (RFC 9457). Lists go by `next`: \
             the page after begins with `cursor` set to it.",
        ))
        .version("1");
    let mut components = Components::new();
    components.schemas.insert("Problem".to_string(), ProblemBody::schema());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(super::guard::COOKIE));
    components.add_security_scheme("login", SecurityScheme::ApiKey(cookie));
    let mut items: BTreeMap<String, PathItem> = BTreeMap::new();
    for row in rows() {
        components.schemas.extend(row.schemas.iter().cloned());
        let (path, method) = (row.path.clone(), http_method(&row.method));
        let item = PathItem::new(method, described(row));
        items.entry(path).or_default().merge_operations(item);
    }
    let paths = items.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    OpenApiBuilder::new().info(info.build()).paths(paths).components(Some(components)).build()
}

/// The operation with what its rule means for whoever asks.
fn described(row: Row) -> Operation {
    let mut operation = row.operation;
    let mut refusals = vec![("503", "the store does not answer, or too much is asked at once")];
    if let Access::Roles(roles) = row.rule.access {
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let whom = format!("For: {}.", names.join(", "));
        let more = operation.description.take().map_or(whom.clone(), |text| format!("{text}\n\n{whom}"));
        operation.description = Some(more);
        let none: [String; 0] = [];
        operation.security = Some(vec![
            SecurityRequirement::new("token", none.clone()),
            SecurityRequirement::new("login", none),
        ]);
        refusals.extend([("401", "nobody knows who asks"), ("403", "the role may not do this")]);
    }
    if row.rule.is_change || row.rule.is_socket {
        refusals.push(("403", "a page of another host asks"));
    }
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        refusals.push(("400", "a value of the path or the query is wrong"));
    }
    if row.rule.is_once {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("for a day, the same request with the same key is answered as it was"))
            .schema(Some(
                ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128)),
            ));
        operation.parameters.get_or_insert_default().push(key.build().into());
        refusals.extend([("400", "the key cannot be used"), ("409", "it is being done")]);
    }
    if row.rule.body == Body::Json {
        refusals.extend([
            ("400", "the body is no JSON"),
            ("408", "the body came too slowly"),
            ("413", "the body is too long"),
            ("415", "the body is said to be something else than JSON"),
            ("422", "a value of the body is wrong"),
        ]);
    }
    if row.rule.body == Body::File {
        refusals.extend([
            ("408", "the file came too slowly"),
            ("413", "the file is too long"),
            ("415", "no such file may be put to a case"),
            ("422", "the file is empty"),
        ]);
    }
    for (status, why) in refusals {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            ResponseBuilder::new().description(why).content(crate::web::problem::MEDIA_TYPE, problem);
        operation.responses.responses.entry(status.to_string()).or_insert(response.build().into());
    }
    operation
}

fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PATCH => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}

/// A method of a description as HTTP has it.
pub(super) fn method_of(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Patch => Method::PATCH,
        _ => Method::GET,
    }
}
