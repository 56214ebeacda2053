//! A pen: one person's copy of one shared note, as a page holds it. It takes what the hub sends and makes updates of its own; the wire's
//! rules about them stand in `protocol/README.md`.

use yrs::updates::decoder::Decode as _;
use yrs::{
    ClientID, Doc, OffsetKind, Options, Text as _, Transact as _, TransactionMut, Update, XmlElementPrelim,
    XmlElementRef, XmlFragment as _, XmlFragmentRef, XmlOut, XmlTextPrelim,
};

/// The root and the elements, as the editor names them.
const ROOT: &str = "content";

/// One copy of a note.
pub(super) struct Pen {
    doc: Doc,
    content: XmlFragmentRef,
}

impl std::fmt::Debug for Pen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pen")
    }
}

impl Pen {
    pub(super) fn new(client: u32) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client.into()));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let content = doc.get_or_insert_xml_fragment(ROOT);
        Self { doc, content }
    }

    /// What the hub sent.
    pub(super) fn take(&mut self, update: &[u8]) {
        let taken = Update::decode_v1(update).ok().map(|update| {
            let mut change = self.doc.transact_mut();
            change.apply_update(update)
        });
        if !matches!(taken, Some(Ok(()))) {
            tracing::debug!("a simulated page could not take a note's update");
        }
    }

    fn change(&mut self, what: impl FnOnce(&XmlFragmentRef, &mut TransactionMut<'_>)) -> Vec<u8> {
        let mut change = self.doc.transact_mut();
        what(&self.content, &mut change);
        change.commit();
        change.encode_update_v1()
    }

    /// A heading with an empty list under it.
    pub(super) fn heading(&mut self, text: &str) -> Vec<u8> {
        self.change(|content, change| {
            let heading = content.push_back(change, XmlElementPrelim::empty("heading"));
            heading.push_back(change, XmlTextPrelim::new(text));
        })
    }

    /// A new line at the end.
    pub(super) fn line(&mut self, text: &str) -> Vec<u8> {
        self.change(|content, change| {
            let list = match last(content, change) {
                Some(list) if list.tag().as_ref() == "bullet_list" => list,
                _ => content.push_back(change, XmlElementPrelim::empty("bullet_list")),
            };
            let item = list.push_back(change, XmlElementPrelim::empty("list_item"));
            let paragraph = item.push_back(change, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(change, XmlTextPrelim::new(text));
        })
    }

    /// More words on the line that begins so; nothing where somebody has taken it away meanwhile.
    pub(super) fn more(&mut self, beginning: &str, text: &str) -> Vec<u8> {
        self.change(|content, change| {
            let Some(list) = last(content, change) else { return };
            for at in (0..list.len(change)).rev() {
                let Some(XmlOut::Element(item)) = list.get(change, at) else {
                    continue;
                };
                let Some(XmlOut::Element(paragraph)) = item.get(change, 0) else {
                    continue;
                };
                let Some(XmlOut::Text(words)) = paragraph.get(change, 0) else {
                    continue;
                };
                if yrs::GetString::get_string(&words, change) == beginning {
                    words.push(change, text);
                    return;
                }
            }
        })
    }
}

fn last(content: &XmlFragmentRef, change: &TransactionMut<'_>) -> Option<XmlElementRef> {
    let at = content.len(change).checked_sub(1)?;
    match content.get(change, at) {
        Some(XmlOut::Element(element)) => Some(element),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Document;
    use protocol::ParticipantId;

    #[test]
    fn what_the_pen_writes_is_taken_by_the_notes_own_checks() {
        let mut note = Document::open(None, [].into_iter(), []).unwrap();
        let (ana, ben) = (ParticipantId::from_bits(1), ParticipantId::from_bits(2));
        note.bind(7, ana).unwrap();
        note.bind(8, ben).unwrap();
        let (mut hers, mut his) = (Pen::new(7), Pen::new(8));
        let heading = hers.heading("A title");
        his.take(&note.apply(ana, 7, &heading).unwrap().update);
        let line = his.line("Two");
        hers.take(&note.apply(ben, 8, &line).unwrap().update);
        let more = his.more("Two", " words");
        hers.take(&note.apply(ben, 8, &more).unwrap().update);
        let second = hers.line("Three");
        note.apply(ana, 7, &second).unwrap();
        let text = note.text();
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word} is not in {text}"));
        assert!(at("A title") < at("Two words") && at("Two words") < at("Three"));
    }
}
