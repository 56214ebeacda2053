//! Small talk in every kind of mode: short enough to be worked out by hand, and tampered with to see that somebody objects.

use tests::meeting::ledger::{Answer, Deed, Entry};
use tests::meeting::record::Record;
use tests::meeting::replay;
use tests::meeting::sweep::{self, Heard, Turn};
use tests::meeting::voice::{self, Voice};
use tests::meeting::way::{WAYS, Way};
use tests::rttm::{Recording, Speaker};

/// Ana speaks from 0 to 10 s; Ben from 4 to 12.5 s, Cleo from 5 to 8 s; Ana again from 12.5 to 14 s and Cleo, alone, from 20 to 21.5 s.
const SMALL_TALK: &str = "\
SPEAKER talk 1 0 10 <NA> <NA> ana <NA> <NA>
SPEAKER talk 1 4 8.5 <NA> <NA> ben <NA> <NA>
SPEAKER talk 1 5.000 3.000 <NA> <NA> cleo <NA> <NA>
SPEAKER talk 1 12.5 1.5 <NA> <NA> ana <NA> <NA>
SPEAKER talk 1 20 1.5004 <NA> <NA> cleo <NA> <NA>
";
const ANA: Speaker = Speaker(0);
const BEN: Speaker = Speaker(1);
const CLEO: Speaker = Speaker(2);

async fn small_talk(way: &Way) -> Record {
    let recording = Recording::read(SMALL_TALK).expect("a recording");
    replay(&recording, way).await.expect("a replay")
}

fn spoke(who: Speaker, from: u64, to: u64) -> Turn {
    let (spoke, stood) = (true, 0);
    Turn {
        who,
        from,
        to,
        spoke,
        stood,
    }
}
fn passed(who: Speaker, at: u64) -> Turn {
    let (from, to, spoke, stood) = (at, at, false, 0);
    Turn {
        who,
        from,
        to,
        spoke,
        stood,
    }
}

#[tokio::test]
async fn a_small_talk_comes_out_as_worked_out_by_hand() {
    let queue = Way::named("queue");
    let record = small_talk(&queue).await;
    let by_hand = [
        spoke(ANA, 0, 10_000),
        spoke(BEN, 10_000, 12_500),
        spoke(ANA, 12_500, 14_000),
        spoke(CLEO, 20_000, 21_500),
    ];
    assert_eq!(record.server.journal.turns, by_hand);
    assert_eq!(sweep::turns(&record.ledger).unwrap(), by_hand);
    let of = |floor_ms, turns, last| Heard { floor_ms, turns, last };
    let heard = [
        of(11_500, 2, Some(14_000)),
        of(2_500, 1, Some(12_500)),
        of(1_500, 1, Some(21_500)),
    ];
    assert_eq!(record.server.panel, heard);
    let figures = record.check(&queue).unwrap();
    assert_eq!(
        (figures.asks, figures.waited, figures.cancelled, figures.refused),
        (5, 2, 1, 0)
    );

    let round = Way::named("round");
    let record = small_talk(&round).await;
    let by_hand = [
        spoke(ANA, 0, 10_000),
        spoke(BEN, 10_000, 12_500),
        passed(CLEO, 12_500), // she has said all she had to say; the round is over
        spoke(ANA, 12_500, 14_000),
        passed(BEN, 14_000),
        passed(CLEO, 14_000),
        passed(ANA, 20_000),
        passed(BEN, 20_000),
        spoke(CLEO, 20_000, 21_500),
    ];
    assert_eq!(record.server.journal.turns, by_hand);
    let figures = record.check(&round).unwrap();
    assert_eq!((figures.refused, figures.rounds, figures.passed), (5, 3, 5));
}

#[tokio::test]
async fn a_small_talk_without_a_line_comes_out_as_worked_out_by_hand() {
    let of = |floor_ms, turns, last| Heard { floor_ms, turns, last };

    // Ana and Ben say most. What Ben says to its end in a gap of Ana's is heard as saying back; he then has the floor to the end.
    let pair = Way::named("pair");
    let record = small_talk(&pair).await;
    let mut by_hand = [spoke(ANA, 0, 12_500), spoke(BEN, 12_500, 21_500)];
    by_hand[0].stood = 2_500;
    assert_eq!(record.server.journal.turns, by_hand);
    let (ana, ben) = (of(10_000, 1, Some(12_500)), of(9_000, 1, Some(21_500)));
    assert_eq!(record.server.panel, [ana, ben, Heard::default()]);
    let whole = vec![(0, 21_500)];
    let voices = [vec![(0, 12_500)], vec![(10_000, 21_500)], vec![], whole.clone()];
    assert_eq!(voice::voices(&record.ledger, 21_500).unwrap(), voices);
    let figures = record.check(&pair).unwrap();
    assert_eq!((figures.granted, figures.said_back, figures.refused), (2, 1, 5));

    let open = Way::named("open");
    let record = small_talk(&open).await;
    assert_eq!(record.server.journal.turns, []);
    let places: Vec<Deed> = record
        .ledger
        .entries
        .iter()
        .filter_map(|entry| match *entry {
            Entry::Did { deed, .. } if deed != Deed::Cancelled => Some(deed),
            _ => None,
        })
        .collect();
    assert_eq!(places, [1, 2, 3, 1, 1].map(|place| Deed::Asked(Answer::Waits(place))));
    assert_eq!(voice::voices(&record.ledger, 21_500).unwrap(), vec![whole.clone(); 4]);
    record.check(&open).unwrap();

    // The facilitator speaks as long as anybody wants to.
    let silence = Way::named("silence");
    let record = small_talk(&silence).await;
    let lead = Speaker(3);
    let by_hand = [
        spoke(lead, 0, 12_500),
        spoke(lead, 12_500, 14_000),
        spoke(lead, 20_000, 21_500),
    ];
    assert_eq!(record.server.journal.turns, by_hand);
    assert_eq!(record.server.facilitator, of(15_500, 3, Some(21_500)));
    assert_eq!(record.server.panel, [Heard::default(); 3]);
    assert_eq!(
        voice::voices(&record.ledger, 21_500).unwrap(),
        [vec![], vec![], vec![], whole]
    );
    record.check(&silence).unwrap();
}

#[tokio::test]
async fn a_tampered_record_without_a_line_is_objected_to_in_each_mode() {
    for way in &WAYS {
        let tampered = TAMPERED.iter().filter(|(mode, ..)| *mode == way.name);
        if tampered.clone().next().is_none() {
            continue;
        }
        let record = small_talk(way).await;
        assert!(record.check(way).is_ok());
        for (mode, tamper, said) in tampered {
            let mut tampered = record.clone();
            tamper(&mut tampered);
            assert_ne!(tampered, record);
            let why = tampered.check(way).expect_err("an objection").0;
            assert!(why.contains(said), "{mode}: {why}, and not {said}");
        }
    }
}

type Tampered = (&'static str, fn(&mut Record), &'static str);
const TAMPERED: [Tampered; 13] = [
    (
        "pair",
        |record| record.server.journal.turns[0].stood -= 1,
        "the journal holds",
    ),
    (
        "pair",
        |record| record.server.panel[0].floor_ms += 2_500,
        "the panel shows",
    ),
    ("pair", |record| record.speech[1].to -= 1, "the recording comes to"),
    ("pair", |record| forget(record, Deed::SaysBack), "does not follow"),
    (
        "pair",
        |record| says(record, 6_000, CLEO, true),
        "saw that they may speak",
    ),
    (
        "pair",
        |record| record.ledger.voices.retain(|voice| voice.who != BEN),
        "saw that they may speak",
    ),
    ("open", |record| record.speech[2].to = 13_000, "is due"),
    (
        "open",
        |record| says(record, 6_000, BEN, false),
        "saw that they may speak",
    ),
    (
        "open",
        |record| record.ledger.voices.retain(|voice| voice.who.0 < 3),
        "saw that they may speak",
    ),
    (
        "silence",
        |record| says(record, 6_000, BEN, true),
        "saw that they may speak",
    ),
    ("silence", |record| record.speech[4].to += 1, "the recording comes to"),
    (
        "silence",
        |record| record.server.facilitator.floor_ms -= 1,
        "of the facilitator",
    ),
    (
        "queue",
        |record| says(record, 6_000, CLEO, true),
        "saw that they may speak",
    ),
];

/// Takes the first such entry away.
fn forget(record: &mut Record, what: Deed) {
    let is = |entry: &Entry| matches!(entry, Entry::Did { deed, .. } if *deed == what);
    let index = record.ledger.entries.iter().position(is);
    record.ledger.entries.remove(index.expect("there is one"));
}

/// Somebody sees one thing more of whether they may speak.
fn says(record: &mut Record, at: u64, who: Speaker, may: bool) {
    record.ledger.voices.push(Voice { at, who, may });
}

#[tokio::test]
async fn a_record_that_was_tampered_with_is_objected_to() {
    let way = Way::named("queue");
    let record = small_talk(&way).await;
    assert!(record.check(&way).is_ok());
    let objection = |tamper: fn(&mut Record)| {
        let mut tampered = record.clone();
        tamper(&mut tampered);
        assert_ne!(tampered, record);
        tampered.check(&way).expect_err("an objection").0
    };
    let lost = objection(|record| record.server.journal.turns.truncate(3));
    assert!(lost.contains("the journal holds"), "a lost turn: {lost}");
    let late = objection(|record| record.server.journal.turns[2].to += 1);
    assert!(late.contains("the journal holds"), "a millisecond too many: {late}");
    let total = objection(|record| record.server.panel[1].floor_ms -= 1);
    assert!(total.contains("the panel shows"), "a wrong total: {total}");
    let count = objection(|record| record.server.panel[0].turns += 1);
    assert!(count.contains("the panel shows"), "a turn too many: {count}");
    let followed = objection(|record| record.server.exchange.0 += 1);
    assert!(followed.contains("followed another"), "{followed}");
    let unasked = objection(|record| record.server.journal.asked -= 1);
    assert!(unasked.contains("the journal holds"), "a lost request: {unasked}");
    let leading = objection(|record| record.server.facilitator.floor_ms = 1);
    assert!(leading.contains("facilitator"), "{leading}");
    let unsaid = objection(|record| record.speech[0].to -= 1);
    assert!(unsaid.contains("not as recorded"), "{unsaid}");

    let overlap = objection(|record| {
        let ben = record.ledger.entries.iter().position(|entry| {
            matches!(
                entry,
                Entry::Did {
                    who: BEN,
                    deed: Deed::Has,
                    ..
                }
            )
        });
        let ben = record.ledger.entries.remove(ben.expect("Ben had the floor"));
        let Entry::Did { who, deed, .. } = ben else { return };
        let at = 9_000;
        let later = record.ledger.entries.iter().position(|entry| entry.at() > at);
        let later = later.expect("something came later");
        record.ledger.entries.insert(later, Entry::Did { at, who, deed });
    });
    assert!(overlap.contains("two at a time"), "{overlap}");
    let other_mode = record.check(&Way::named("round")).expect_err("this was no round").0;
    assert!(other_mode.contains("asked and was told"), "{other_mode}");
}
