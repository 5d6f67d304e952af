//! What a case looks like, for the description: made of the table of its fields.

use super::form;
use crate::base::UnixTime;
use crate::case::{By, Case, CaseNumber, Channel, Field, Opening, Presentation, Stage, Value};
use std::borrow::Cow;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, SchemaType};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A case without its timeline.
pub(super) struct CaseShape;
/// A case with its timeline.
pub(super) struct WholeCaseShape;

impl PartialSchema for CaseShape {
    fn schema() -> RefOr<Schema> {
        case().build().into()
    }
}

impl ToSchema for CaseShape {
    fn name() -> Cow<'static, str> {
        "Case".into()
    }
}

impl PartialSchema for WholeCaseShape {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let entry = ObjectBuilder::new()
            .property("at", moment().build())
            .property("by", text().description(Some("`caller`, `plan`, `engine`, `agent:NAME`")))
            .property("event", text().description(Some("what happened; its details stand beside it")))
            .property(
                "due",
                moment().description(Some("of a clock that rang: when it is or was due")).build(),
            )
            .required("at")
            .required("by")
            .required("event");
        let timeline = ArrayBuilder::new().items(entry).description(Some("what happened, oldest first"));
        case().property("timeline", timeline).required("timeline").build().into()
    }
}

impl ToSchema for WholeCaseShape {
    fn name() -> Cow<'static, str> {
        "WholeCase".into()
    }
}

/// Fields that the desk writes anew.
pub(super) struct ChangesShape;
/// The web form.
pub(super) struct FormShape;

impl PartialSchema for ChangesShape {
    fn schema() -> RefOr<Schema> {
        let written = Field::ALL
            .iter()
            .filter(|field| blank().amend(UnixTime::default(), &By::Engine, &[(field.name, None)]).is_ok());
        let object = written.fold(object(), |object, field| object.property(field.name, shape(field)));
        object.build().into()
    }
}

impl ToSchema for ChangesShape {
    fn name() -> Cow<'static, str> {
        "CaseChanges".into()
    }
}

impl PartialSchema for FormShape {
    fn schema() -> RefOr<Schema> {
        let fields = form::fields().filter_map(|name| Field::named(name).ok());
        let form = fields.fold(object(), |form, field| form.property(field.name, shape(field)));
        let form = form.property("severity", one_of(&["S3", "S4"]));
        form::NEEDED.into_iter().fold(form, ObjectBuilder::required).build().into()
    }
}

impl ToSchema for FormShape {
    fn name() -> Cow<'static, str> {
        "CaseForm".into()
    }
}

/// An object with no other members than those that are named.
fn object() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn case() -> ObjectBuilder {
    let fixed = ObjectBuilder::new()
        .description(Some("A case: every name is always there, what is unknown is null."))
        .property("number", number())
        .property("stage", one_of(Stage::NAMES))
        .property("channel", one_of(Channel::NAMES))
        .property("opened_at", moment());
    let with = Field::ALL.iter().fold(fixed, |case, field| case.property(field.name, shape(field)));
    let with = with.property("end_cause", nullable(Type::String).description(Some("why the call ended")));
    let always = ["number", "stage", "channel", "opened_at", "end_cause"];
    let names = always.into_iter().chain(Field::ALL.iter().map(|field| field.name));
    names.fold(with, ObjectBuilder::required)
}

/// Nine digits beginning with 6, the last a check digit.
pub(super) fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^6[0-9]{8}$"))
}

fn moment() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format))
}

/// One of these words.
pub(super) fn one_of(names: &[&'static str]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names.to_vec()))
}

fn nullable(of: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([of, Type::Null]))
}

/// A field's shape: that of the first value of several kinds which it takes. A field that takes none of them has words
/// of its own.
fn shape(field: &Field) -> Schema {
    const TRIED: [&str; 4] = ["true", "1", "1770685200000", "org:x"];
    let mut case = blank();
    let takes = |case: &mut Case, text: &str| {
        case.change(UnixTime::default(), By::Engine, field.name, Some(text)).is_ok()
    };
    let taken = TRIED.iter().any(|text| takes(&mut case, text));
    let value = if taken { (field.read)(&case) } else { None };
    let object = match value {
        None | Some(Value::Text(_)) => nullable(Type::String),
        Some(Value::Flag(_)) => nullable(Type::Boolean),
        Some(Value::Number(_)) => nullable(Type::Integer),
        Some(Value::Moment(_)) => {
            nullable(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        }
        Some(Value::Entitlement(_)) => entitlement(),
    };
    object.description(Some((field.takes)())).build().into()
}

/// A case of which nothing is known.
fn blank() -> Case {
    Case::open(Opening {
        number: CaseNumber::from_sequence(0).expect("zero is a sequence"),
        at: UnixTime::default(),
        channel: Channel::Phone,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    })
}

fn entitlement() -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    nullable(Type::Object)
        .property("kind", text())
        .property("value", text())
        .property("verified", ObjectBuilder::new().schema_type(Type::Boolean))
        .required("kind")
        .required("value")
        .required("verified")
}
