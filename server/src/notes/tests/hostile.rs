//! What somebody might try. After a refusal the note is byte for byte what it was; after anything else all replicas agree.

use super::{Dice, Page, empty, person, seeds, writing::random_edit};
use crate::notes::NoteFault;
use crate::notes::document::Document;
use crate::notes::limits::{MAX_DEPTH, MAX_PIECES_PER_UPDATE, MAX_UPDATE_BYTES};

/// Writes updates that no page would: each byte as the attacker wants it.
#[derive(Default, Clone)]
struct Forge(Vec<u8>);

impl Forge {
    fn number(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }
    fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }
    fn string(self, text: &str) -> Self {
        let mut forge = self.number(text.len() as u64);
        forge.0.extend(text.as_bytes());
        forge
    }
    /// One section of `pieces` pieces by this client from this clock on.
    fn section(pieces: u64, client: u64, clock: u64) -> Self {
        Self::default().number(1).number(pieces).number(client).number(clock)
    }
    /// A piece in the named root.
    fn in_root(self, kind: u8, root: &str) -> Self {
        self.byte(kind).number(1).string(root)
    }
    /// A piece in the list of this element.
    fn in_node(self, kind: u8, client: u64, clock: u64) -> Self {
        self.byte(kind).number(0).number(client).number(clock)
    }
    /// A piece behind this id.
    fn behind(self, kind: u8, client: u64, clock: u64) -> Self {
        self.byte(0x80 | kind).number(client).number(clock)
    }
    /// A piece between two ids.
    fn between(self, kind: u8, left: (u64, u64), right: (u64, u64)) -> Self {
        self.byte(0xc0 | kind)
            .number(left.0)
            .number(left.1)
            .number(right.0)
            .number(right.1)
    }
    fn element(self, name: &str) -> Self {
        self.byte(3).string(name)
    }
    /// No deletions.
    fn done(self) -> Vec<u8> {
        self.number(0).0
    }
}

const DELETED: u8 = 1;
const STRING: u8 = 4;
const FORMAT: u8 = 6;
const TYPE: u8 = 7;
const ANY: u8 = 8;
const ATTRIBUTE: u8 = 0x20;
const TEXT_NODE: u8 = 6;

/// A note with a paragraph (element 11:0, text node 11:1, text from 11:2) and plain text (11:7 to 11:11), and a page of
/// somebody else, client 12, that knows all of it.
fn note() -> (Document, Page) {
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    ana.sends(&mut note, &ana.writes_paragraph(0, "hello"))
        .expect("written");
    ana.sends(&mut note, &ana.types(0, "plain")).expect("typed");
    let mallory = Page::of(&mut note, 2, 12);
    mallory.hears(&note.state_for(&[]).expect("state"));
    (note, mallory)
}

/// Every update here is refused, for this reason, and changes nothing.
fn is_refused(bytes: &[u8], because: NoteFault) {
    let (mut note, mallory) = note();
    let before = note.state_for(&[]).expect("state");
    assert_eq!(mallory.sends(&mut note, bytes).map(|_| ()), Err(because), "{bytes:x?}");
    let fresh = note.fold().expect("still sound");
    assert_eq!(before, fresh);
    mallory
        .sends(&mut note, &mallory.types(0, "honest"))
        .expect("the note still takes honest text");
}

#[test]
fn the_twenty_seven_bytes_that_hang_a_browser_are_refused() {
    let bytes = [
        0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 0, 0x16, 2, 0, 0, 1, 0xfd, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0,
    ];
    is_refused(&bytes, NoteFault::Unreadable);
}

#[test]
fn bytes_that_are_no_update_are_refused() {
    is_refused(&[], NoteFault::Unreadable);
    is_refused(&[0xff; 20], NoteFault::Unreadable);
    // Something behind the end.
    is_refused(&[0, 0, 0], NoteFault::Unreadable);
    // The same client twice, an empty section, a piece without length, text that is not UTF-8.
    is_refused(&[2, 1, 12, 0, 0, 1, 1, 12, 1, 0, 1, 0], NoteFault::Unreadable);
    is_refused(&[1, 0, 12, 0, 0], NoteFault::Unreadable);
    is_refused(&[1, 1, 12, 0, 0, 0, 0], NoteFault::Unreadable);
    is_refused(
        &[1, 1, 12, 0, STRING, 1, 4, b't', b'e', b'x', b't', 2, 0xc0, 0x80, 0],
        NoteFault::Unreadable,
    );
    // A client id beyond 53 bits, a clock beyond 32, a range that wraps around.
    is_refused(&Forge::section(1, 1 << 53, 0).done(), NoteFault::Unreadable);
    is_refused(&Forge::section(1, 12, 1 << 32).done(), NoteFault::Unreadable);
    is_refused(
        &Forge::default()
            .number(0)
            .number(1)
            .number(11)
            .number(1)
            .number(u32::MAX.into())
            .number(2)
            .0,
        NoteFault::Unreadable,
    );
}

#[test]
fn announcing_more_than_there_is_costs_nothing() {
    for count in [1_u64 << 16, 1 << 24, (1 << 32) - 1] {
        is_refused(&Forge::default().number(count).0, NoteFault::Unreadable);
        is_refused(&Forge::section(count, 12, 0).0, NoteFault::Unreadable);
        is_refused(&Forge::default().number(0).number(count).0, NoteFault::Unreadable);
        let (mut note, _) = note();
        assert_eq!(
            note.state_for(&Forge::default().number(count).0),
            Err(NoteFault::Unreadable)
        );
    }
    is_refused(&vec![0; MAX_UPDATE_BYTES + 1], NoteFault::TooLarge);
    let garbage = Forge([0, 1].repeat(MAX_PIECES_PER_UPDATE + 1));
    let many = Forge([Forge::section(MAX_PIECES_PER_UPDATE as u64 + 1, 12, 0).0, garbage.0].concat());
    is_refused(&many.done(), NoteFault::TooLarge);
    is_refused(
        &Forge::section(1, 12, 0).byte(0).number(1 << 31).done(),
        NoteFault::TooLarge,
    );
}

#[test]
fn what_leans_on_nothing_is_refused_and_not_kept_for_later() {
    let root = |clock| Forge::section(1, 12, clock).in_root(STRING, "text").string("x");
    is_refused(&root(1).done(), NoteFault::Gap);
    is_refused(
        &Forge::section(1, 12, 0).behind(STRING, 11, 99).string("x").done(),
        NoteFault::Gap,
    );
    is_refused(
        &Forge::section(1, 12, 0).behind(STRING, 77, 0).string("x").done(),
        NoteFault::Gap,
    );
    is_refused(
        &Forge::section(1, 12, 0)
            .between(STRING, (11, 7), (77, 0))
            .string("x")
            .done(),
        NoteFault::Gap,
    );
    is_refused(
        &Forge::section(1, 12, 0).in_node(STRING, 77, 0).string("x").done(),
        NoteFault::Gap,
    );
    // Leaning on itself, or on what comes later.
    is_refused(
        &Forge::section(1, 12, 0).behind(STRING, 12, 0).string("x").done(),
        NoteFault::Gap,
    );
    is_refused(
        &Forge::section(1, 12, 0).behind(STRING, 12, 1).string("x").done(),
        NoteFault::Gap,
    );
    // A hole in the middle.
    is_refused(
        &Forge::section(2, 12, 0)
            .byte(10)
            .number(1)
            .in_root(STRING, "text")
            .string("x")
            .done(),
        NoteFault::Gap,
    );
}

#[test]
fn two_clients_that_lean_on_each_other_are_refused() {
    let (mut note, mallory) = note();
    note.bind(13, person(2)).expect("free");
    let circle = Forge::default()
        .number(2)
        .number(1)
        .number(13)
        .number(0)
        .behind(STRING, 12, 0)
        .string("x")
        .number(1)
        .number(12)
        .number(0)
        .behind(STRING, 13, 0)
        .string("y")
        .done();
    assert_eq!(mallory.sends(&mut note, &circle).map(|_| ()), Err(NoteFault::Gap));
}

#[test]
fn deleting_what_is_not_there_is_refused() {
    let deletes = |client: u64, start: u64, length: u64| {
        Forge::default()
            .number(0)
            .number(1)
            .number(client)
            .number(1)
            .number(start)
            .number(length)
            .0
    };
    is_refused(&deletes(77, 0, 1), NoteFault::Gap);
    is_refused(&deletes(11, 0, 100), NoteFault::Gap);
    is_refused(&deletes(11, 99, 1), NoteFault::Gap);
    // Out of order, or the same client twice.
    is_refused(
        &Forge::default()
            .number(0)
            .number(1)
            .number(11)
            .number(2)
            .number(5)
            .number(1)
            .number(3)
            .number(1)
            .0,
        NoteFault::Unreadable,
    );
    is_refused(&[0, 2, 11, 1, 0, 1, 11, 1, 1, 1], NoteFault::Unreadable);
}

#[test]
fn our_schema_and_nothing_else_is_taken() {
    let piece = || Forge::section(1, 12, 0);
    is_refused(
        &piece().in_root(STRING, "other").string("x").done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece().in_root(STRING, "__proto__").string("x").done(),
        NoteFault::Forbidden,
    );
    for name in ["script", "image", "a", "Paragraph", "", "constructor", "UNDEFINED"] {
        is_refused(
            &piece().in_root(TYPE, "content").element(name).done(),
            NoteFault::Forbidden,
        );
    }
    // Array, map, text, fragment, hook, weak link, document.
    for node in [0, 1, 2, 4, 5, 7, 9, 15] {
        is_refused(
            &piece().in_root(TYPE, "content").byte(node).string("paragraph").done(),
            NoteFault::Forbidden,
        );
    }
    // JSON, binary, embed, values, a document, a move and what may be invented.
    for kind in [2, 3, 5, 9, 11, 12, 13, 14, 15, 16, 20, 31] {
        is_refused(&piece().in_root(kind, "text").string("{}").done(), NoteFault::Forbidden);
    }
    for (mark, value) in [
        ("link", "{}"),
        ("strong", "{\"href\":\"javascript:1\"}"),
        ("em", "\"x\""),
        ("__proto__", "{}"),
    ] {
        is_refused(
            &piece().in_root(FORMAT, "text").string(mark).string(value).done(),
            NoteFault::Forbidden,
        );
    }
    for key in ["style", "onclick", "__proto__", "constructor"] {
        let update = piece()
            .byte(ANY | ATTRIBUTE)
            .number(0)
            .number(11)
            .number(0)
            .string(key)
            .number(1)
            .byte(125)
            .byte(1);
        is_refused(&update.done(), NoteFault::Forbidden);
    }
    // Values with text in them, big, negative, many.
    let level = || {
        piece()
            .byte(ANY | ATTRIBUTE)
            .number(0)
            .number(11)
            .number(0)
            .string("level")
    };
    is_refused(&level().number(1).byte(119).string("2").done(), NoteFault::Forbidden);
    is_refused(&level().number(1).byte(118).number(0).done(), NoteFault::Forbidden);
    is_refused(&level().number(1).byte(125).byte(0x41).done(), NoteFault::Forbidden);
    is_refused(
        &level().number(1).byte(125).byte(0xff).byte(0xff).byte(1).done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &level().number(2).byte(125).byte(1).byte(125).byte(1).done(),
        NoteFault::Forbidden,
    );
}

#[test]
fn everything_stands_where_it_can_stand() {
    let piece = || Forge::section(1, 12, 0);
    // Text between blocks, a block in text, text in a block without a text node, a text node at the root.
    is_refused(
        &piece().in_root(STRING, "content").string("x").done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece().in_root(TYPE, "text").element("paragraph").done(),
        NoteFault::Forbidden,
    );
    is_refused(&piece().in_node(STRING, 11, 0).string("x").done(), NoteFault::Forbidden);
    is_refused(
        &piece().in_root(TYPE, "content").byte(TEXT_NODE).done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece().behind(TYPE, 11, 3).element("paragraph").done(),
        NoteFault::Forbidden,
    );
    // Inside a character, an attribute in a list, a value in a list, text as a value, attributes of text.
    is_refused(&piece().in_node(STRING, 11, 3).string("x").done(), NoteFault::Forbidden);
    is_refused(
        &piece().in_node(ANY, 11, 0).number(1).byte(125).byte(1).done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece()
            .byte(STRING | ATTRIBUTE)
            .number(0)
            .number(11)
            .number(0)
            .string("level")
            .string("x")
            .done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece()
            .byte(ANY | ATTRIBUTE)
            .number(0)
            .number(11)
            .number(1)
            .string("level")
            .number(1)
            .byte(125)
            .byte(1)
            .done(),
        NoteFault::Forbidden,
    );
    // Between two neighbours that are in different lists: the engine would tie the lists together.
    is_refused(
        &piece().between(STRING, (11, 3), (11, 8)).string("x").done(),
        NoteFault::Forbidden,
    );
    is_refused(
        &piece().between(STRING, (11, 0), (11, 8)).string("x").done(),
        NoteFault::Forbidden,
    );
    // The first half is known and stands elsewhere.
    let (mut note, mallory) = note();
    mallory.sends(&mut note, &mallory.types(0, "ab")).expect("typed");
    let half = Forge::section(1, 12, 0).in_node(STRING, 11, 1).string("abcd").done();
    assert_eq!(mallory.sends(&mut note, &half).map(|_| ()), Err(NoteFault::Forbidden));
}

#[test]
fn elements_nest_to_a_depth_and_no_further() {
    let nested = |depth: u8| {
        let first = Forge::section(depth.into(), 12, 0)
            .in_root(TYPE, "content")
            .element("bullet_list");
        (1..depth)
            .fold(first, |forge, n| {
                forge.in_node(TYPE, 12, u64::from(n) - 1).element("bullet_list")
            })
            .done()
    };
    let (mut note, mallory) = note();
    mallory
        .sends(&mut note, &nested(MAX_DEPTH))
        .expect("deep enough for anybody");
    is_refused(&nested(MAX_DEPTH + 1), NoteFault::TooDeep);
    is_refused(&nested(200), NoteFault::TooDeep);
    let deeper = Forge::section(1, 12, MAX_DEPTH.into())
        .in_node(TYPE, 12, u64::from(MAX_DEPTH) - 1)
        .element("paragraph");
    assert_eq!(
        mallory.sends(&mut note, &deeper.done()).map(|_| ()),
        Err(NoteFault::TooDeep)
    );
}

#[test]
fn nobody_cuts_an_emoji_in_half() {
    let (mut note, mallory) = note();
    mallory.sends(&mut note, &mallory.types(0, "🙂🙂")).expect("typed");
    let before = note.state_for(&[]).expect("state");
    let deletes = |start: u64, length: u64| {
        Forge::default()
            .number(0)
            .number(1)
            .number(12)
            .number(1)
            .number(start)
            .number(length)
            .0
    };
    let cuts = [
        Forge::section(1, 12, 4)
            .between(STRING, (12, 0), (12, 1))
            .string("x")
            .done(),
        Forge::section(1, 12, 4).behind(STRING, 12, 2).string("x").done(),
        Forge::section(1, 12, 4)
            .between(STRING, (12, 1), (12, 3))
            .string("x")
            .done(),
        deletes(3, 1),
        deletes(0, 1),
        // The known part ends within the character.
        Forge::section(1, 12, 3).in_root(STRING, "text").string("🙂").done(),
    ];
    for cut in &cuts {
        assert_eq!(mallory.sends(&mut note, cut).map(|_| ()), Err(NoteFault::Forbidden));
    }
    let mut opened = Document::open(Some(&before), [].into_iter(), [(12, person(2))]).expect("opens");
    for cut in &cuts {
        assert_eq!(mallory.sends(&mut opened, cut).map(|_| ()), Err(NoteFault::Forbidden));
    }
    assert_eq!(note.state_for(&[]).expect("state"), before);
    mallory.sends(&mut note, &deletes(2, 2)).expect("a whole one");
    assert_eq!(note.text(), "🙂plainhello\n");
}

#[test]
fn an_update_that_would_keep_the_engine_busy_is_refused() {
    // Twenty thousand single characters, none of which can be joined to another …
    let mut note = empty();
    let ana = Page::of(&mut note, 1, 11);
    for _ in 0..1_000 {
        let update = ana.edits(|t| {
            let root = yrs::WriteTxn::get_or_insert_text(t, "text");
            for _ in 0..20 {
                yrs::Text::insert(&root, t, 0, "x");
            }
        });
        ana.sends(&mut note, &update).expect("slow typing, backwards");
    }
    // … and somebody who wants each of a thousand pieces compared with all of them.
    let mallory = Page::of(&mut note, 2, 12);
    let busy = (0..1_000).fold(Forge::section(1_000, 12, 0), |forge, _| {
        forge.in_root(STRING, "text").string("y")
    });
    assert_eq!(
        mallory.sends(&mut note, &busy.done()).map(|_| ()),
        Err(NoteFault::TooCostly)
    );
    let one = Forge::section(1, 12, 0).in_root(STRING, "text").string("y");
    mallory.sends(&mut note, &one.done()).expect("one is no attack");
}

/// Whatever was done: the pages that followed, a latecomer and the note itself hold the same, and it opens again.
fn all_agree(note: &mut Document, follower: &Page, what: &str) {
    let late = Page::stranger(8, 98);
    late.hears(&note.state_for(&[]).expect("state"));
    assert_eq!(late.plain(), follower.plain(), "{what}");
    assert_eq!(late.rich(), follower.rich(), "{what}");
    let folded = note.fold().expect("folds");
    let opened = Document::open(Some(&folded), [].into_iter(), []).expect("opens");
    assert_eq!(opened.text(), note.text(), "{what}");
}

#[test]
fn bytes_changed_at_random_are_refused_or_taken_by_all_alike() {
    let mut taken = 0;
    for seed in seeds(200) {
        let mut dice = Dice(seed);
        let (mut note, mallory) = note();
        let follower = Page::stranger(7, 97);
        follower.hears(&note.state_for(&[]).expect("state"));
        let mut page = mallory;
        for round in 0..100 {
            let mut bytes = random_edit(&mut dice, &page);
            for _ in 0..1 + dice.below(3) {
                let at = dice.below(bytes.len());
                match dice.below(4) {
                    0 => bytes[at] ^= 1 << dice.below(8),
                    1 => bytes[at] = dice.roll() as u8,
                    2 => bytes.insert(at, dice.roll() as u8),
                    _ if bytes.len() > 1 => drop(bytes.remove(at)),
                    _ => {}
                }
            }
            let before = note.state_for(&[]).expect("state");
            match page.sends(&mut note, &bytes) {
                Ok(applied) => {
                    taken += 1;
                    if !applied.update.is_empty() {
                        follower.hears(&applied.update);
                    }
                }
                Err(NoteFault::Broken) => panic!("seed {seed} round {round}: the engine broke on {bytes:x?}"),
                Err(_) => {
                    assert_eq!(note.state_for(&[]).expect("state"), before);
                    if round % 10 == 0 {
                        assert_eq!(note.fold().expect("sound"), before, "seed {seed} round {round}");
                    }
                }
            }
            // What was refused or changed on the way makes this page's copy worthless: load it anew.
            page = Page::stranger(2, 12);
            page.hears(&note.state_for(&[]).expect("state"));
        }
        all_agree(&mut note, &follower, &format!("seed {seed}"));
    }
    assert!(taken > 500, "too few got through to test anything: {taken}");
}

#[test]
fn updates_that_lean_on_ids_at_random_are_refused_or_taken_by_all_alike() {
    let mut taken = 0;
    for seed in seeds(400) {
        let mut dice = Dice(seed);
        let (mut note, mallory) = note();
        let follower = Page::stranger(7, 97);
        follower.hears(&note.state_for(&[]).expect("state"));
        let mut next = 0_u64;
        for round in 0..50 {
            let bytes = random_forgery(&mut dice, &mut next);
            match mallory.sends(&mut note, &bytes) {
                Ok(applied) => {
                    taken += 1;
                    if !applied.update.is_empty() {
                        follower.hears(&applied.update);
                    }
                }
                Err(NoteFault::Broken) => panic!("seed {seed} round {round}: the engine broke on {bytes:x?}"),
                Err(_) => next = next_clock(&mut note),
            }
        }
        // A forger's own characters may stand elsewhere for those who come later (see `ground`), never anybody else's.
        let late = Page::stranger(8, 98);
        late.hears(&note.state_for(&[]).expect("state"));
        let of_others = |(plain, rich): (String, String)| (without_forgeries(&plain), without_forgeries(&rich));
        assert_eq!(of_others(late.reads()), of_others(follower.reads()), "seed {seed}");
        let folded = note.fold().expect("folds");
        let opened = Document::open(Some(&folded), [].into_iter(), []).expect("opens");
        assert_eq!(
            without_forgeries(&opened.text()),
            without_forgeries(&note.text()),
            "seed {seed}"
        );
    }
    assert!(taken > 2_000, "too few got through to test anything: {taken}");
}

/// What is left of a text and its elements when everything that [`random_forgery`] writes is taken out.
fn without_forgeries(text: &str) -> String {
    let text = text
        .replace("<paragraph>", "")
        .replace("</paragraph>", "")
        .replace("<em>", "")
        .replace("</em>", "");
    text.replace(['x', 'y', 'z', '🙂', '\n'], "")
}

fn next_clock(note: &mut Document) -> u64 {
    let late = Page::stranger(8, 98);
    late.hears(&note.state_for(&[]).expect("state"));
    let vector = yrs::ReadTxn::state_vector(&yrs::Transact::transact(&late.doc));
    vector.get(&yrs::ClientID::new(12)).into()
}

/// Well-formed, of the schema's own pieces, and otherwise without any sense.
fn random_forgery(dice: &mut Dice, next: &mut u64) -> Vec<u8> {
    let count = 1 + dice.below(3) as u64;
    let mut forge = Forge::section(count, 12, *next);
    for _ in 0..count {
        let mut id = || match dice.below(3) {
            0 => (12, dice.below(*next as usize + 1) as u64),
            _ => (11, dice.below(13) as u64),
        };
        let (left, right) = (id(), id());
        let kind = [DELETED, STRING, STRING, STRING, FORMAT, TYPE, TYPE, ANY][dice.below(8)];
        forge = match dice.below(8) {
            0..3 => forge.behind(kind, left.0, left.1),
            3..6 => forge.between(kind, left, right),
            6 => forge.in_root(kind, ["text", "content"][dice.below(2)]),
            _ => forge.in_node(kind, left.0, left.1),
        };
        let mut length = 1;
        forge = match kind {
            DELETED => {
                length = 1 + dice.below(3) as u64;
                forge.number(length)
            }
            STRING => {
                let text = ["x", "yz", "🙂"][dice.below(3)];
                length = text.encode_utf16().count() as u64;
                forge.string(text)
            }
            FORMAT => forge.string("em").string(["{}", "null"][dice.below(2)]),
            TYPE if dice.below(2) == 0 => forge.byte(TEXT_NODE),
            TYPE => forge.element("paragraph"),
            _ => forge.number(1).byte(125).byte(3),
        };
        *next += length;
    }
    if dice.below(3) == 0 {
        let (client, until) = if dice.below(2) == 0 {
            (11, 12)
        } else {
            (12, *next as usize)
        };
        return forge
            .number(1)
            .number(client)
            .number(1)
            .number(dice.below(until) as u64)
            .number(1 + dice.below(3) as u64)
            .0;
    }
    forge.done()
}
