//! What the notes promise, as tests. `writing` is the everyday, `hostile` what somebody might try, `authorship` who wrote
//! what and taking it back.

mod authorship;
mod hostile;
mod storing;
mod writing;

use protocol::ParticipantId;
use yrs::updates::decoder::Decode as _;
use yrs::{
    ClientID, Doc, GetString as _, OffsetKind, Options, ReadTxn as _, StateVector, Text as _, Transact as _,
    TransactionMut, Update, XmlElementPrelim, XmlFragment as _, XmlOut, XmlTextPrelim,
};

use super::document::{Applied, Document};
use super::fault::NoteFault;

pub(super) fn person(number: u128) -> ParticipantId {
    ParticipantId::from_bits(number)
}

/// A new, empty note.
pub(super) fn empty() -> Document {
    Document::open(None, [].into_iter(), []).expect("an empty note opens")
}

/// Opens a note from its own fold.
pub(super) fn reopened(document: &mut Document) -> Document {
    let folded = document.fold().expect("folds");
    Document::open(Some(&folded), [].into_iter(), []).expect("opens what it folded")
}

/// Somebody's page: a document of their own under a client id that is bound to them.
pub(super) struct Page {
    pub(super) person: ParticipantId,
    pub(super) client: u64,
    pub(super) doc: Doc,
}

impl Page {
    /// A page of this participant, bound in the note.
    pub(super) fn of(document: &mut Document, number: u128, client: u64) -> Self {
        document.bind(client, person(number)).expect("a free client id");
        Self::stranger(number, client)
    }

    /// A page that the note knows nothing of.
    pub(super) fn stranger(number: u128, client: u64) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        Self {
            person: person(number),
            client,
            doc: Doc::with_options(options),
        }
    }

    /// Edits, and gives the update a page would send.
    pub(super) fn edits(&self, edit: impl FnOnce(&mut TransactionMut<'_>)) -> Vec<u8> {
        let mut transaction = self.doc.transact_mut();
        edit(&mut transaction);
        transaction.commit();
        transaction.encode_update_v1()
    }

    pub(super) fn types(&self, at: u32, text: &str) -> Vec<u8> {
        let root = self.doc.get_or_insert_text("text");
        self.edits(|transaction| root.insert(transaction, at, text))
    }

    pub(super) fn deletes(&self, at: u32, length: u32) -> Vec<u8> {
        let root = self.doc.get_or_insert_text("text");
        self.edits(|transaction| root.remove_range(transaction, at, length))
    }

    /// Writes a paragraph as the editor does: an element with a text node in it.
    pub(super) fn writes_paragraph(&self, at: u32, text: &str) -> Vec<u8> {
        let root = self.doc.get_or_insert_xml_fragment("content");
        self.edits(|transaction| {
            let paragraph = root.insert(transaction, at, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(transaction, XmlTextPrelim::new(text));
        })
    }

    /// Types into the element at this index; into a new text node where it has none.
    pub(super) fn types_into(&self, element: u32, at: u32, text: &str) -> Vec<u8> {
        let root = self.doc.get_or_insert_xml_fragment("content");
        self.edits(|transaction| {
            let Some(XmlOut::Element(element)) = root.get(transaction, element) else {
                panic!("no such element")
            };
            match element.get(transaction, 0) {
                Some(XmlOut::Text(run)) => run.insert(transaction, at, text),
                _ => drop(element.insert(transaction, 0, XmlTextPrelim::new(text))),
            }
        })
    }

    pub(super) fn hears(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("the server's encoding reads");
        self.doc
            .transact_mut()
            .apply_update(update)
            .expect("the server's update applies");
        let transaction = self.doc.transact();
        assert!(transaction.store().pending_update().is_none() && transaction.store().pending_ds().is_none());
    }

    pub(super) fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    pub(super) fn reads(&self) -> (String, String) {
        (self.plain(), self.rich())
    }

    pub(super) fn plain(&self) -> String {
        self.doc.get_or_insert_text("text").get_string(&self.doc.transact())
    }

    pub(super) fn rich(&self) -> String {
        self.doc
            .get_or_insert_xml_fragment("content")
            .get_string(&self.doc.transact())
    }

    pub(super) fn sends(&self, document: &mut Document, update: &[u8]) -> Result<Applied, NoteFault> {
        document.apply(self.person, self.client, update)
    }
}

/// How many random histories a test goes through: so many in every run, `RONDO_NOTE_SEEDS` in a deep one.
pub(super) fn seeds(quick: u64) -> std::ops::Range<u64> {
    let deep = std::env::var("RONDO_NOTE_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok());
    0..deep.unwrap_or(quick)
}

/// A seeded series of numbers (splitmix64): the same on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }
}
