//! A real SQLite file and a real PostgreSQL through crashes, full disks, outages, newer schemas and readers.

mod archive;
mod customers;
mod following;
mod lists;
mod outages;
mod outbox;
mod pages;
mod samples;
mod schemas;
#[path = "../../tests/postgres/mod.rs"]
mod server;
mod writing;

use super::Store;
use crate::base::UnixTime;
use archive::{
    a_backup_restores_everything_into_either_database_and_no_number_comes_again,
    a_log_that_does_not_fit_is_found_and_keeps_nobody_from_a_backup, what_is_torn_or_missing_is_found,
    what_was_revoked_since_a_backup_stays_so_and_the_log_says_that_it_was_restored,
};
use customers::{
    a_contract_takes_the_place_of_the_one_before, contracts_are_found_by_every_key_and_by_the_hash_of_a_pin,
    contracts_are_kept_all_or_none,
};
use following::whoever_follows_is_told_what_is_new_on_disk_and_once;
use lists::{
    a_list_under_any_filter_is_that_of_a_walk_through_all_cases, pages_are_filtered_and_follow_one_another,
};
use outages::{
    a_reader_sees_whole_states_while_the_engine_writes, a_spool_is_emptied_while_writes_come_in,
    closing_waits_for_what_was_taken, stored, what_waits_in_the_spool_lands_before_anything_newer,
};
use outbox::{
    a_backup_tells_nobody_anything_again, a_clock_that_is_put_back_keeps_nothing_waiting,
    a_receiver_that_is_gone_takes_what_waited_with_it, every_attempt_tells_the_case_as_it_stood,
    everything_is_told_once_and_in_order_to_who_asked_for_it, one_engine_alone_takes_what_is_to_be_told,
    what_failed_keeps_its_case_waiting_and_no_other, what_is_not_written_is_not_told,
    what_lands_from_the_spool_is_told, what_was_given_up_is_shown_sent_again_and_in_the_end_forgotten,
    who_takes_nothing_is_given_up_with_all_that_is_as_old,
};
use pages::{calls_come_in_pages_by_time_each_once, the_cases_of_a_review_come_in_pages_each_once};
use samples::{call, case, number, rich_case, version};
use schemas::{a_newer_schema_is_refused_and_left_alone, cases_of_an_older_schema_are_listed_and_amended};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use writing::{
    a_clock_that_rang_under_an_earlier_program_is_read,
    a_later_state_replaces_an_earlier_one_in_one_batch_and_across, a_request_that_was_cut_off_stays_in_doubt,
    a_state_that_lands_again_changes_nothing_not_even_the_version,
    a_version_of_a_plan_is_kept_once_and_remembers_who_first_put_it_in_force, numbers_never_come_twice,
    what_is_written_comes_back_as_it_was, whatever_a_peer_called_its_call_comes_back,
};

const NOON: UnixTime = UnixTime::from_secs(1_770_692_400);
const PATIENCE: Duration = Duration::from_secs(30);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("data/deep/madoguchi.db").display())
}

async fn open(url: &str) -> Store {
    Store::open(url).await.expect("a store")
}

/// Each test with an empty database of either kind, and a place for its spool.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = super::folder();
                super::$name(&super::url(folder.path()), &folder.path().join("spool")).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let folder = super::folder();
                super::$name(&super::server::database().await, &folder.path().join("spool")).await;
            })*
        }
    };
}

mod access;

on_both! {
    what_is_written_comes_back_as_it_was,
    whoever_follows_is_told_what_is_new_on_disk_and_once,
    a_clock_that_rang_under_an_earlier_program_is_read,
    a_version_of_a_plan_is_kept_once_and_remembers_who_first_put_it_in_force,
    whatever_a_peer_called_its_call_comes_back,
    a_later_state_replaces_an_earlier_one_in_one_batch_and_across,
    numbers_never_come_twice,
    pages_are_filtered_and_follow_one_another,
    a_newer_schema_is_refused_and_left_alone,
    a_reader_sees_whole_states_while_the_engine_writes,
    closing_waits_for_what_was_taken,
    calls_come_in_pages_by_time_each_once,
    what_waits_in_the_spool_lands_before_anything_newer,
    a_spool_is_emptied_while_writes_come_in,
    a_request_that_was_cut_off_stays_in_doubt,
    a_list_under_any_filter_is_that_of_a_walk_through_all_cases,
    cases_of_an_older_schema_are_listed_and_amended,
    a_backup_restores_everything_into_either_database_and_no_number_comes_again,
    what_is_torn_or_missing_is_found,
    a_log_that_does_not_fit_is_found_and_keeps_nobody_from_a_backup,
    what_was_revoked_since_a_backup_stays_so_and_the_log_says_that_it_was_restored,
    a_state_that_lands_again_changes_nothing_not_even_the_version,
    the_cases_of_a_review_come_in_pages_each_once,
    contracts_are_found_by_every_key_and_by_the_hash_of_a_pin,
    contracts_are_kept_all_or_none,
    a_contract_takes_the_place_of_the_one_before,
    everything_is_told_once_and_in_order_to_who_asked_for_it,
    every_attempt_tells_the_case_as_it_stood,
    what_is_not_written_is_not_told,
    what_lands_from_the_spool_is_told,
    one_engine_alone_takes_what_is_to_be_told,
    what_failed_keeps_its_case_waiting_and_no_other,
    who_takes_nothing_is_given_up_with_all_that_is_as_old,
    what_was_given_up_is_shown_sent_again_and_in_the_end_forgotten,
    a_clock_that_is_put_back_keeps_nothing_waiting,
    a_receiver_that_is_gone_takes_what_waited_with_it,
    a_backup_tells_nobody_anything_again,
}
