//! The Yjs engine (yrs) behind a few calls: the only file that speaks to it.
//!
//! Its errors and, should there be one, its panics come out as `None`: a replica that gave `None` is not to be used again.
//! What may be put in is checked by [`super::update`] and [`super::ground`] before.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode as _;
use yrs::{
    Any, ClientID, Doc, GetString as _, OffsetKind, Options, Out, ReadTxn, StateVector, Text as _, TextRef,
    Transact as _, Update, XmlFragment as _, XmlFragmentRef, XmlOut,
};

use super::update::{Deletion, Root};

/// Several of our own updates as one. `None`: they stay several.
pub(super) fn together(updates: &[&Bytes]) -> Option<Bytes> {
    let merged = catch_unwind(AssertUnwindSafe(|| yrs::merge_updates_v1(updates)));
    merged.ok()?.ok().map(Bytes::from)
}

/// One copy of a note.
pub(super) struct Replica {
    doc: Doc,
    content: XmlFragmentRef,
    plain: TextRef,
}

/// What an update changed.
pub(super) struct Change {
    /// The change in the engine's own encoding, without what it threw away at once.
    pub(super) update: Bytes,
    pub(super) deletions: Vec<Deletion>,
}

impl Replica {
    pub(super) fn new() -> Self {
        // An id of our own that never writes. Marks that a deletion leaves over are the editors' to tidy: the server is nobody's
        // co-author.
        let mut options = Options::with_client_id(ClientID::new(0));
        options.offset_kind = OffsetKind::Utf16;
        options.cleanup_formatting = false;
        let doc = Doc::with_options(options);
        let content = doc.get_or_insert_xml_fragment(Root::CONTENT);
        let plain = doc.get_or_insert_text(Root::TEXT);
        Self { doc, content, plain }
    }

    /// A replica that took these updates one after the other.
    pub(super) fn of(updates: &[&[u8]]) -> Option<Self> {
        let mut replica = Self::new();
        for update in updates {
            replica.take(update)?;
        }
        Some(replica)
    }

    /// Takes an update in. `None`: it was not taken, or not all of it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Change> {
        let doc = &self.doc;
        let change = catch_unwind(AssertUnwindSafe(|| {
            let update = Update::decode_v1(bytes).ok()?;
            let mut transaction = doc.transact_mut();
            let taken = transaction.apply_update(update);
            // After the commit deleted text is thrown away and neighbours are joined: the encoding is shorter and forgets.
            transaction.commit();
            taken.ok()?;
            let deleted = transaction.delete_set().iter();
            let deletions = deleted.flat_map(|(client, ranges)| {
                let client = client.get();
                ranges.iter().map(move |range| Deletion {
                    client,
                    start: range.start,
                    end: range.end,
                })
            });
            Some(Change {
                update: transaction.encode_update_v1().into(),
                deletions: deletions.collect(),
            })
        }));
        change.ok().flatten().filter(|_| !self.keeps_something_back())
    }

    /// Everything.
    pub(super) fn state(&self) -> Bytes {
        self.doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
            .into()
    }

    /// What a replica with this state vector lacks. The vector has been checked.
    pub(super) fn state_since(&self, state_vector: &[u8]) -> Option<Bytes> {
        let known = StateVector::decode_v1(state_vector).ok()?;
        Some(self.doc.transact().encode_state_as_update_v1(&known).into())
    }

    /// The text, one line per paragraph.
    pub(super) fn text(&self) -> String {
        let transaction = self.doc.transact();
        let mut text = self.plain.get_string(&transaction);
        for child in self.content.children(&transaction) {
            write_plain(&transaction, &child, &mut text);
        }
        text
    }

    /// Everything that can be seen, marks and all: to compare two replicas.
    pub(super) fn reads(&self) -> (String, String) {
        let transaction = self.doc.transact();
        (
            self.plain.get_string(&transaction),
            self.content.get_string(&transaction),
        )
    }

    /// Whether something waits for what is missing before it.
    fn keeps_something_back(&self) -> bool {
        let transaction = self.doc.transact();
        transaction.store().pending_update().is_some() || transaction.store().pending_ds().is_some()
    }
}

/// Elements nest no deeper than `limits::MAX_DEPTH`.
fn write_plain<T: ReadTxn>(transaction: &T, node: &XmlOut, text: &mut String) {
    match node {
        XmlOut::Text(run) => {
            for part in run.diff(transaction, YChange::identity) {
                if let Out::Any(Any::String(part)) = part.insert {
                    text.push_str(&part);
                }
            }
        }
        XmlOut::Element(element) => {
            for child in element.children(transaction) {
                write_plain(transaction, &child, text);
            }
            if matches!(element.tag().as_ref(), "paragraph" | "heading" | "hard_break") {
                text.push('\n');
            }
        }
        XmlOut::Fragment(fragment) => {
            for child in fragment.children(transaction) {
                write_plain(transaction, &child, text);
            }
        }
    }
}
