//! The store's contract: one story, told to SQLite and to PostgreSQL.
//!
//! Every rule is a function over a [`Ground`], so that it cannot know which engine it stands on; the list at the end runs each on both. What is
//! about SQLite's files alone is in `files`.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

mod accounts;
mod audit;
mod commands;
mod erasure;
mod files;
mod ground;
mod journal;
mod keys;
mod links;
mod log;
mod notes;
mod owners;
mod practices;
mod retention;

use ground::Ground;
use tests::postgres::Postgres;

macro_rules! stories {
    ($($about:ident { $($story:ident),* $(,)? })*) => {
        mod sqlite {
            $(mod $about {
                use super::super::$about;
                use super::super::ground::Ground;

                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() { $about::$story(Ground::sqlite()).await; })*
            })*
        }
        /// One server for all stories: starting one takes a second.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_story_on_postgresql() {
            let Some(server) = Postgres::start_or_report() else { return };
            $($(
                let begun = std::time::Instant::now();
                // Names of databases end at 63 bytes.
                let name = stringify!($story);
                let ground = Ground::postgres(&server, &name[..name.len().min(60)]);
                // Begun in a function of its own: without the optimiser this one would have room on its stack for all of them at once.
                let told = |ground| -> std::pin::Pin<Box<dyn Future<Output = ()>>> { Box::pin($about::$story(ground)) };
                told(ground).await;
                eprintln!("postgresql: {} took {:?}", stringify!($story), begun.elapsed());
            )*)*
        }
    };
}

stories! {
    journal {
        what_was_appended_is_replayed_in_order,
        a_store_that_was_not_closed_opens_with_everything_acknowledged,
        an_owner_at_the_wrong_place_writes_nothing,
        events_are_never_changed_and_never_deleted,
        a_room_opens_from_its_snapshot_and_the_events_after_it,
        a_room_that_knows_where_somebody_is_is_found_when_it_is_time_and_not_before,
        a_closed_store_says_that_it_is_unavailable,
    }
    owners {
        an_older_owner_never_writes,
        a_room_is_claimed_by_one_living_node_at_a_time,
        a_room_goes_to_a_living_node_that_takes_it_and_to_nobody_while_it_has_one,
        what_was_begun_on_one_node_ends_on_another_once_and_is_sealed,
        tables_that_a_later_release_added_to_are_worked_with_and_others_are_not,
        who_looks_sees_every_node_its_rooms_and_which_is_silent,
        a_room_is_anybodys_once_its_nodes_lease_is_over_by_the_databases_clock,
        a_ticket_is_used_once_on_whichever_node_and_the_newest_of_a_login_count,
        what_ended_on_one_node_is_heard_on_another,
        a_practice_cannot_write_into_a_room_of_another,
    }
    commands {
        a_command_said_twice_gets_the_same_answer,
        of_many_equal_commands_at_one_moment_one_is_written,
        a_fenced_room_and_a_repeated_command_cost_the_neighbours_nothing,
        a_row_the_database_refuses_costs_only_its_own_room,
    }
    audit {
        audit_records_are_numbered_without_a_gap_and_never_changed,
        an_audit_record_is_a_leaf_and_stays_one_when_it_is_emptied,
        whoever_waits_for_the_book_goes_along_with_the_next_and_hears_it,
        what_was_begun_is_noted_once_as_it_ended_or_as_cut_off,
    }
    retention {
        one_day_before_its_term_everything_is_there_and_one_day_after_it_is_gone_and_counted,
        what_a_hold_stands_on_outlives_every_term,
        a_clock_that_jumped_removes_nothing_by_itself,
        what_goes_because_its_term_is_over_is_counted_and_noted_with_it,
        answers_go_by_their_own_term_while_the_room_lives_on,
        answers_stay_while_somebody_was_in_the_room_within_a_day,
        who_owns_a_room_again_has_only_the_keys_that_are_left,
        a_link_or_a_process_note_is_something_done_in_a_room,
        a_hold_that_was_set_meanwhile_keeps_the_audit_book,
    }
    erasure {
        what_is_left_of_an_emptied_event_is_read_in_its_place,
        an_erasure_ends_links_and_is_done_once_and_a_hold_is_seen,
        of_a_forgotten_sitting_only_the_count_is_left_and_nothing_opens,
    }
    log {
        what_was_recorded_is_in_the_log_once_and_in_its_order,
        stores_that_log_at_once_number_no_leaf_twice,
        leaves_are_never_changed_and_never_deleted,
        a_destroyed_sitting_leaves_the_log_whole_and_says_in_it_that_it_went,
    }
    keys {
        a_ciphertext_opens_only_at_its_own_place,
        damaged_rows_are_faults_and_not_panics,
        another_root_key_is_noticed_at_the_start,
        after_a_rotation_the_old_stays_readable_and_the_new_is_under_new_keys,
        what_is_sealed_for_a_person_is_gone_with_their_key,
    }
    notes {
        a_note_is_loaded_as_it_was_written_and_folded,
        notes_and_actions_of_one_moment_are_all_kept,
    }
    accounts {
        the_first_run_happens_once,
        an_account_is_found_by_its_address_however_it_is_typed,
        a_room_keeps_its_pack_and_its_facilitator,
        a_reset_takes_every_factor_and_login_and_says_who_did_it,
        a_passkey_is_read_back_as_its_last_use_left_it,
        a_login_opens_its_rooms_until_it_ends,
    }
    links {
        a_members_link_opens_a_seat_on_every_device_until_it_is_revoked,
        a_facilitator_keeps_their_login_when_a_link_they_tried_is_revoked,
        a_single_use_link_works_once_however_many_come_at_one_moment,
        a_link_signs_in_a_bounded_number_of_browsers_and_the_oldest_gives_way,
        a_device_is_listed_and_ended_by_itself_and_a_link_renewed_is_the_same_persons,
        a_pin_is_tried_so_often_on_a_device_and_goes_with_its_person,
        an_erased_persons_name_is_gone_from_links_and_seats,
    }
    practices {
        nothing_of_one_practice_is_found_from_another,
        a_colleagues_link_makes_one_account_however_many_come_at_one_moment,
        a_practice_keeps_an_administrator_and_a_room_its_lead,
        who_is_taken_out_has_no_account_no_login_and_no_room_from_that_moment,
        a_part_in_a_team_is_a_place_and_another_kind_of_part_another_place,
        a_look_in_needs_a_second_person_in_time_and_ends_by_itself,
    }
}
