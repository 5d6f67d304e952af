//! The table of the API: every path and method, what answers it, and who may use it. The router, the description and the
//! tests read it.
//!
//! | role | may |
//! |---|---|
//! | viewer | look at cases, calls and queues, and follow what happens to them |
//! | agent | and work on cases, hear recordings, take files, say whether they take calls |
//! | supervisor | and take cases and calls out as tables, say whether others take calls |
//! | admin | and read the audit log |
//! | auditor | look at everything but recordings and files, and read the audit log; change nothing |

use super::{
    Api, agents, attachment, audit, calls, cases, change, events, export, form, ladder, login, openapi,
    queues, recording, report,
};
use crate::web::access::Role;
use axum::http::Method;
use axum::routing::{MethodRouter, get, patch, post};
use std::sync::Arc;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{__dev::SchemaReferences, Path};

/// Who may use a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever comes.
    Anyone,
    /// Who has one of these roles.
    Roles(&'static [Role]),
}

/// What a path takes for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// None.
    None,
    /// JSON.
    Json,
    /// A file.
    File,
}

/// What a request to a path has to keep.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// What it is called, in the description and in the audit log.
    pub(super) name: String,
    pub(super) access: Access,
    pub(super) body: Body,
    /// Whether it is written down in the audit log; whatever changes something is.
    pub(super) is_audited: bool,
    /// Whether it changes something.
    pub(super) is_change: bool,
    /// Whether it becomes a WebSocket, which browsers open for pages of any site.
    pub(super) is_socket: bool,
    /// Whether it is done once under an `Idempotency-Key`.
    pub(super) is_once: bool,
}

/// A row of the table.
pub(super) struct Row {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) rule: Rule,
    pub(super) route: MethodRouter<Arc<Api>>,
    pub(super) operation: Operation,
    /// What its bodies refer to.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

const EVERYBODY: Access =
    Access::Roles(&[Role::Viewer, Role::Agent, Role::Supervisor, Role::Admin, Role::Auditor]);
const AT_WORK: Access = Access::Roles(&[Role::Agent, Role::Supervisor, Role::Admin]);
const TABLES: Access = Access::Roles(&[Role::Supervisor, Role::Admin, Role::Auditor]);
const AUDIT: Access = Access::Roles(&[Role::Admin, Role::Auditor]);

/// The table.
pub(super) fn rows() -> Vec<Row> {
    vec![
        row::<openapi::__path_openapi>(get(openapi::openapi), Access::Anyone),
        row::<login::__path_login>(post(login::login), Access::Anyone).takes(Body::Json),
        row::<login::__path_logout>(post(login::logout), EVERYBODY),
        row::<login::__path_me>(get(login::me), EVERYBODY),
        row::<cases::__path_list_cases>(get(cases::list_cases), EVERYBODY),
        row::<export::__path_export_cases>(get(export::export_cases), TABLES).audited(),
        row::<form::__path_open_case>(post(form::open_case), Access::Anyone).takes(Body::Json).once(),
        row::<cases::__path_show_case>(get(cases::show_case), EVERYBODY),
        row::<change::__path_edit_case>(patch(change::edit_case), AT_WORK).takes(Body::Json),
        row::<change::__path_write_timeline>(post(change::write_timeline), AT_WORK).takes(Body::Json).once(),
        row::<attachment::__path_list_attachments>(get(attachment::list_attachments), EVERYBODY),
        row::<attachment::__path_attach_file>(post(attachment::attach_file), AT_WORK)
            .takes(Body::File)
            .once(),
        row::<attachment::__path_take_attachment>(get(attachment::take_attachment), AT_WORK).audited(),
        row::<calls::__path_list_calls>(get(calls::list_calls), EVERYBODY),
        row::<export::__path_export_calls>(get(export::export_calls), TABLES).audited(),
        row::<calls::__path_show_call>(get(calls::show_call), EVERYBODY),
        row::<calls::__path_show_journal>(get(calls::show_journal), EVERYBODY),
        row::<ladder::__path_show_ladder>(get(ladder::show_ladder), EVERYBODY),
        row::<recording::__path_hear_recording>(get(recording::hear_recording), AT_WORK).audited(),
        row::<queues::__path_list_queues>(get(queues::list_queues), EVERYBODY),
        row::<agents::__path_list_agents>(get(agents::list_agents), EVERYBODY),
        row::<agents::__path_set_state>(post(agents::set_state), AT_WORK).takes(Body::Json),
        row::<events::__path_follow_events>(get(events::follow_events), EVERYBODY).socket(),
        row::<report::__path_show_report>(get(report::show_report), TABLES),
        row::<audit::__path_audit_log>(get(audit::audit_log), AUDIT),
    ]
}

fn row<P: Path + SchemaReferences>(route: MethodRouter<Arc<Api>>, access: Access) -> Row {
    let methods = P::methods();
    let method = openapi::method_of(methods.first().expect("an operation is described with its method"));
    let operation = P::operation();
    let name = operation.operation_id.clone().expect("an operation is described with its name");
    let mut schemas = Vec::new();
    P::schemas(&mut schemas);
    let is_change = method != Method::GET;
    let rule = Rule {
        name,
        access,
        body: Body::None,
        is_audited: is_change,
        is_change,
        is_socket: false,
        is_once: false,
    };
    Row { method, path: P::path(), rule, route, operation, schemas }
}

impl Row {
    /// Written down in the audit log, although nothing is changed.
    fn audited(mut self) -> Row {
        self.rule.is_audited = true;
        self
    }

    /// A WebSocket, for those who may open it from where they are.
    fn socket(mut self) -> Row {
        self.rule.is_socket = true;
        self
    }

    /// Done once under an `Idempotency-Key`.
    fn once(mut self) -> Row {
        self.rule.is_once = true;
        self
    }

    fn takes(mut self, body: Body) -> Row {
        self.rule.body = body;
        self
    }
}
