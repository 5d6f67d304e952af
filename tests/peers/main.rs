//! Tests: peers.
