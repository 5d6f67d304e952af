//! What a case looks like, for the description: made of the table of its fields.

use crate::base::UnixTime;
use crate::case::{By, Case, CaseNumber, Channel, Field, Opening, Presentation, Stage, Value};
use std::borrow::Cow;
use utoipa::openapi::schema::{ArrayBuilder, SchemaType};
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
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(0).expect("zero is a sequence"),
        at: UnixTime::default(),
        channel: Channel::Phone,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
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
