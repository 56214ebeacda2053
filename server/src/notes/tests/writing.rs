//! The everyday: typing, joining, folding, and everybody reading the same.

use yrs::{Text as _, Transact as _, XmlElementPrelim, XmlFragment as _, XmlOut, XmlTextPrelim};

use super::{Dice, Page, empty, person, reopened, seeds};
use crate::notes::NoteFault;
use crate::notes::document::Document;
use crate::notes::limits::{MAX_TEXT_BYTES, MAX_UPDATE_BYTES};

#[test]
fn what_one_writes_the_others_read() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let ben = Page::of(&mut note, 2, 12);
    let update = ana.writes_paragraph(0, "hello");
    let applied = ana.sends(&mut note, &update).expect("a paragraph");
    ben.hears(&applied.update);
    assert_eq!(ben.rich(), "<paragraph>hello</paragraph>");
    assert_eq!(note.text(), "hello\n");
}

#[test]
fn a_latecomer_is_given_everything_and_somebody_who_returns_only_what_is_new() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let first = ana.sends(&mut note, &ana.types(0, "one")).expect("typed");
    let ben = Page::stranger(2, 12);
    ben.hears(&first.update);
    let second = ana.types(3, " two");
    ana.sends(&mut note, &second).expect("typed");

    let all = note.state_for(&[]).expect("everything");
    let late = Page::stranger(3, 13);
    late.hears(&all);
    assert_eq!(late.plain(), "one two");

    let known = yrs::updates::encoder::Encode::encode_v1(&yrs::ReadTxn::state_vector(&ben.doc.transact()));
    let difference = note.state_for(&known).expect("the difference");
    assert!(difference.len() < all.len());
    ben.hears(&difference);
    assert_eq!(ben.plain(), "one two");
}

#[test]
fn everything_is_encoded_once_until_something_changes() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    ana.sends(&mut note, &ana.types(0, "one")).expect("typed");
    let first = note.state_for(&[]).expect("state");
    assert_eq!(first.as_ptr(), note.state_for(&[0]).expect("state").as_ptr());
    ana.sends(&mut note, &ana.types(0, "two")).expect("typed");
    assert_ne!(first, note.state_for(&[]).expect("state"));
}

#[test]
fn an_update_that_was_taken_already_changes_nothing() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let update = ana.types(0, "once");
    assert!(!ana.sends(&mut note, &update).expect("typed").update.is_empty());
    let again = ana.sends(&mut note, &update).expect("known");
    assert!(again.update.is_empty() && again.new_clients.is_empty());
    assert_eq!(note.text(), "once");
}

#[test]
fn a_page_that_was_cut_off_sends_one_update_with_old_and_new() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    ana.sends(&mut note, &ana.types(0, "abc")).expect("typed");
    ana.types(3, "def");
    let all = ana.state();
    let applied = ana.sends(&mut note, &all).expect("half of it is known");
    let ben = Page::stranger(2, 12);
    ben.hears(&note.state_for(&[]).expect("state"));
    assert_eq!((note.text().as_str(), ben.plain().as_str()), ("abcdef", "abcdef"));
    assert!(applied.update.len() < all.len());
}

#[test]
fn what_the_editor_writes_is_taken() {
    // Headings, lists with attributes, line breaks, bold and italic: everything in the schema.
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let root = ana.doc.get_or_insert_xml_fragment("content");
    let update = ana.edits(|t| {
        use yrs::Xml as _;
        let heading = root.push_back(t, XmlElementPrelim::empty("heading"));
        heading.insert_attribute(t, "level", 2);
        let run = heading.push_back(t, XmlTextPrelim::new("Title and more"));
        let bold = yrs::types::Attrs::from([(
            "strong".into(),
            yrs::Any::from(std::collections::HashMap::<String, yrs::Any>::new()),
        )]);
        run.format(t, 0, 5, bold);
        let list = root.push_back(t, XmlElementPrelim::empty("ordered_list"));
        list.insert_attribute(t, "order", 1);
        let item = list.push_back(t, XmlElementPrelim::empty("list_item"));
        let paragraph = item.push_back(t, XmlElementPrelim::empty("paragraph"));
        paragraph.push_back(t, XmlTextPrelim::new("one"));
        paragraph.push_back(t, XmlElementPrelim::empty("hard_break"));
        paragraph.push_back(t, XmlTextPrelim::new("two"));
    });
    ana.sends(&mut note, &update).expect("the schema");
    let relabel = ana.edits(|t| {
        use yrs::Xml as _;
        let Some(XmlOut::Element(heading)) = root.get(t, 0) else {
            panic!("the heading")
        };
        heading.insert_attribute(t, "level", 3);
        let Some(XmlOut::Text(run)) = heading.get(t, 0) else {
            panic!("its text")
        };
        run.format(
            t,
            2,
            3,
            yrs::types::Attrs::from([("strong".into(), yrs::Any::Null), ("em".into(), true.into())]),
        );
    });
    ana.sends(&mut note, &relabel)
        .expect("an attribute over an attribute, a mark in a mark");
    assert_eq!(note.text(), "Title and more\none\ntwo\n");
    let ben = Page::stranger(2, 12);
    ben.hears(&note.state_for(&[]).expect("state"));
    assert_eq!(ben.rich(), ana.rich());
    reopened(&mut note);
}

#[test]
fn folding_keeps_the_text_and_forgets_what_was_deleted() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    ana.sends(&mut note, &ana.types(0, "keep SECRET keep")).expect("typed");
    ana.sends(&mut note, &ana.deletes(5, 7)).expect("deleted");
    let folded = note.fold().expect("folds");
    assert!(!folded.windows(6).any(|bytes| bytes == b"SECRET"));
    let opened = Document::open(Some(&folded), [].into_iter(), []).expect("opens");
    assert_eq!(opened.text(), "keep keep");
}

#[test]
fn a_note_opens_from_a_fold_and_the_updates_after_it() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    ana.sends(&mut note, &ana.types(0, "a")).expect("typed");
    let folded = note.fold().expect("folds");
    let updates: Vec<_> = ["b", "c"]
        .iter()
        .map(|text| ana.sends(&mut note, &ana.types(1, text)).expect("typed").update)
        .collect();
    let mut opened = Document::open(
        Some(&folded),
        updates.iter().map(|update| update.as_ref()),
        [(11, person(1))],
    )
    .expect("opens");
    assert_eq!(opened.text(), "acb");
    // And goes on from there.
    ana.sends(&mut opened, &ana.types(3, "!")).expect("typed on");
    assert_eq!(opened.text(), "acb!");
}

#[test]
fn stored_bytes_that_are_no_note_are_a_fault_and_not_a_panic() {
    for bytes in [&b"rubbish"[..], &[], &[1, 1, 5, 3, 0x84, 5, 2, 1, b'x', 0]] {
        assert!(Document::open(Some(bytes), [].into_iter(), []).is_err());
    }
}

#[test]
fn text_typed_into_a_paragraph_that_somebody_deletes_meanwhile_is_taken_and_gone() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let ben = Page::of(&mut note, 2, 12);
    let paragraph = ana.sends(&mut note, &ana.writes_paragraph(0, "here")).expect("written");
    ben.hears(&paragraph.update);
    let root = ana.doc.get_or_insert_xml_fragment("content");
    let deletion = ana.edits(|t| root.remove_range(t, 0, 1));
    let typed = ben.types_into(0, 4, " and there");
    let deleted = ana.sends(&mut note, &deletion).expect("deleted");
    for mut note in [reopened(&mut note), note] {
        note.bind(12, person(2)).expect("free or ben's");
        let applied = ben.sends(&mut note, &typed).expect("honest, if late");
        assert_eq!(note.text(), "");
        let (late, other) = (Page::stranger(3, 13), Page::stranger(4, 14));
        late.hears(&note.state_for(&[]).expect("state"));
        for update in [&paragraph.update, &deleted.update, &applied.update] {
            other.hears(update);
        }
        assert_eq!((late.rich(), other.rich()), (String::new(), String::new()));
    }
}

#[test]
fn a_full_note_takes_deletions_and_then_text_again() {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    let page = "x".repeat(MAX_UPDATE_BYTES - 100);
    let mut written = 0;
    while written + page.len() <= MAX_TEXT_BYTES {
        ana.sends(&mut note, &ana.types(written as u32, &page))
            .expect("there is room");
        written += page.len();
    }
    let before = note.state_for(&[]).expect("state");
    let ben = Page::of(&mut note, 2, 12);
    ben.hears(&before);
    assert_eq!(ben.sends(&mut note, &ben.types(0, &page)), Err(NoteFault::Full));
    assert_eq!(note.state_for(&[]).expect("state"), before);
    ana.sends(&mut note, &ana.deletes(0, written as u32))
        .expect("a deletion");
    ana.sends(&mut note, &ana.types(0, "room again")).expect("room again");
}

/// Five pages edit at random, hear each other late, and end with the same text: through the note, which re-encodes all.
#[test]
fn pages_that_edit_at_the_same_time_end_with_the_same_text() {
    for seed in seeds(200) {
        let mut dice = Dice(seed);
        let mut note = empty();
        let pages: Vec<_> = (0..5)
            .map(|n| Page::of(&mut note, n, 1 + dice.roll() % 1_000_000 + n as u64))
            .collect();
        let mut stored = Vec::new();
        let mut heard = vec![0; pages.len()];
        for _ in 0..60 {
            let who = dice.below(pages.len());
            let page = &pages[who];
            let update = random_edit(&mut dice, page);
            // Its own updates arrive in order; what others sent arrives whenever.
            let applied = page
                .sends(&mut note, &update)
                .unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            stored.push((who, applied.update));
            let hearer = dice.below(pages.len());
            let until = heard[hearer] + dice.below(stored.len() - heard[hearer] + 1);
            for (_, update) in stored[heard[hearer]..until]
                .iter()
                .filter(|(author, update)| *author != hearer && !update.is_empty())
            {
                pages[hearer].hears(update);
            }
            heard[hearer] = until;
            if dice.below(40) == 0 {
                let authors = pages.iter().map(|page| (page.client, page.person));
                let folded = note.fold().expect("folds");
                note = Document::open(Some(&folded), [].into_iter(), authors).expect("opens");
            }
        }
        for (hearer, page) in pages.iter().enumerate() {
            for (_, update) in stored[heard[hearer]..]
                .iter()
                .filter(|(author, update)| *author != hearer && !update.is_empty())
            {
                page.hears(update);
            }
        }
        let late = Page::stranger(9, 99);
        late.hears(&note.state_for(&[]).expect("state"));
        for page in &pages {
            assert_eq!((page.plain(), page.rich()), (late.plain(), late.rich()), "seed {seed}");
        }
    }
}

pub(super) fn random_edit(dice: &mut Dice, page: &Page) -> Vec<u8> {
    let root = page.doc.get_or_insert_xml_fragment("content");
    let paragraphs = root.len(&page.doc.transact());
    let words = ["a", "wort", "ein Satz ", "né", "🙂", "\u{5e9}\u{5dc}"];
    let word = words[dice.below(words.len())];
    match dice.below(8) {
        0 => page.writes_paragraph(dice.below(paragraphs as usize + 1) as u32, word),
        1 if paragraphs > 2 => {
            let at = dice.below(paragraphs as usize) as u32;
            page.edits(|t| root.remove_range(t, at, 1))
        }
        2..5 if paragraphs > 0 => page.types_into(dice.below(paragraphs as usize) as u32, 0, word),
        5 => {
            let plain = page.plain();
            let (at, rest) = random_boundary(dice, &plain);
            let length = rest.chars().take(dice.below(5)).map(char::len_utf16).sum::<usize>();
            page.deletes(at, length as u32)
        }
        _ => {
            let (at, _) = random_boundary(dice, &page.plain());
            page.types(at, word)
        }
    }
}

/// Somewhere between two characters, as a cursor is: the place in UTF-16 units, and the text behind it.
fn random_boundary<'a>(dice: &mut Dice, text: &'a str) -> (u32, &'a str) {
    let skipped = dice.below(text.chars().count() + 1);
    let at = text.chars().take(skipped).map(char::len_utf16).sum::<usize>();
    let byte = text.char_indices().nth(skipped).map_or(text.len(), |(byte, _)| byte);
    (at as u32, &text[byte..])
}
