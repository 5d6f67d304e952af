//! Tests: dialplan.
