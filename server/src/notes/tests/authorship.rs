//! Who wrote what, and taking it back for good.

use super::{Page, empty, person, reopened};
use crate::notes::NoteFault;
use crate::notes::document::Document;
use crate::notes::limits::MAX_CLIENTS_PER_SITTING;

#[test]
fn a_client_id_belongs_to_one_participant_for_ever() {
    let mut note = empty();
    note.bind(11, person(1)).expect("free");
    note.bind(11, person(1)).expect("hers");
    assert_eq!(note.bind(11, person(2)), Err(NoteFault::Taken));
    let ana = Page::stranger(1, 11);
    ana.sends(&mut note, &ana.types(0, "mine")).expect("typed");
    note.release(11);
    assert_eq!(note.bind(11, person(2)), Err(NoteFault::Taken));
    let folded = note.fold().expect("folds");
    let mut opened = Document::open(Some(&folded), [].into_iter(), [(11, person(1))]).expect("opens");
    assert_eq!(opened.bind(11, person(2)), Err(NoteFault::Taken));
    // Text whose author was lost is nobody's to claim.
    assert_eq!(reopened(&mut note).bind(11, person(2)), Err(NoteFault::Taken));
}

#[test]
fn nobody_writes_under_another_ones_name() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let ben = Page::of(&mut note, 2, 12);
    let forged = Page::stranger(2, 11).types(0, "I, Ana, say");
    assert_eq!(ben.sends(&mut note, &forged), Err(NoteFault::Foreign));
    // Nor may ben's connection name ana's client.
    assert_eq!(note.apply(person(2), 11, &forged), Err(NoteFault::Foreign));
    assert_eq!(note.text(), "");
    ana.sends(&mut note, &ana.types(0, "hers")).expect("typed");
}

#[test]
fn a_page_may_send_what_the_same_person_wrote_on_the_page_before() {
    let mut note = empty();
    let before = Page::of(&mut note, 1, 11);
    before.types(0, "offline ");
    let after = Page::of(&mut note, 1, 12);
    after.hears(&before.state());
    after.types(8, "and on");
    let applied = after.sends(&mut note, &after.state()).expect("both are hers");
    assert_eq!(note.text(), "offline and on");
    let mut clients = applied.new_clients;
    clients.sort();
    assert_eq!(clients, [(11, person(1)), (12, person(1))]);
}

#[test]
fn a_new_client_is_named_once() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let first = ana.sends(&mut note, &ana.types(0, "a")).expect("typed");
    assert_eq!(first.new_clients, [(11, person(1))]);
    let second = ana.sends(&mut note, &ana.types(0, "b")).expect("typed");
    assert_eq!(second.new_clients, []);
}

#[test]
fn one_person_brings_no_more_than_so_many_clients_in_one_sitting() {
    let mut note = empty();
    for client in 1..=MAX_CLIENTS_PER_SITTING as u64 {
        note.bind(client, person(1)).expect("within the limit");
    }
    assert_eq!(note.bind(900, person(1)), Err(NoteFault::TooManyClients));
    note.bind(901, person(2)).expect("others are not disturbed");
    // A page that went without a word does not count.
    note.release(1);
    note.bind(902, person(1)).expect("there is room again");
}

#[test]
fn taking_back_removes_all_of_mine_and_nothing_of_others() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let ana_again = Page::of(&mut note, 1, 13);
    let ben = Page::of(&mut note, 2, 12);
    let pages = [&ana, &ana_again, &ben];
    let mut say = |page: &Page, update: Vec<u8>| {
        let applied = page.sends(&mut note, &update).expect("typed");
        for other in pages.iter().filter(|other| other.client != page.client) {
            other.hears(&applied.update);
        }
    };
    say(&ana, ana.writes_paragraph(0, "ANA-ONE"));
    say(&ben, ben.types_into(0, 3, "ben-in-between"));
    say(&ana_again, ana_again.writes_paragraph(1, "ANA-TWO"));
    say(&ben, ben.writes_paragraph(2, "ben-alone"));
    say(&ana, ana.types_into(2, 3, "ANA🙂THREE"));
    say(&ana, ana.types(0, "ANA-PLAIN"));

    let updates = note.take_back(person(1)).expect("sound");
    assert_eq!(note.text(), "ben-in-between\n\nben-alone\n");
    for page in pages {
        for update in &updates {
            page.hears(update);
        }
        assert_eq!(
            page.rich(),
            "<paragraph>ben-in-between</paragraph><paragraph></paragraph><paragraph>ben-alone</paragraph>"
        );
        assert_eq!(page.plain(), "");
    }
    let folded = note.fold().expect("folds");
    for gone in ["ANA", "ONE", "TWO", "THREE", "PLAIN", "🙂"] {
        assert!(
            !folded.windows(gone.len()).any(|bytes| bytes == gone.as_bytes()),
            "{gone} is still there"
        );
    }
    assert_eq!(note.take_back(person(1)), Ok(vec![]));
    assert_eq!(note.take_back(person(7)), Ok(vec![]));
    // And the note lives on.
    let applied = ben.sends(&mut note, &ben.types_into(2, 0, "still ")).expect("typed");
    ana.hears(&applied.update);
    assert_eq!(ana.rich(), ben.rich());
}
