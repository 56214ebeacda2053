//! Looking for words in files, and for what opens.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use protocol::{ParticipantId, RoomId};
use rondo::store::SealedPiece;
use room::event::What;
use tests::house::{Process, store_in};

use super::evening::Evening;

/// The field's name under which rooms seal texts.
const FIELD: &str = "room-text";
/// So much of a sealed text is looked for: chance does not make 32 equal bytes.
const PIECE: usize = 32;

/// Every file of a folder and what is below it, each with its name in front: names are looked through as well.
pub(crate) fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                let mut named = path.display().to_string().into_bytes();
                named.extend(bytes);
                found.push(named);
            }
        }
    }
    found
}

/// What the server logged, at every level.
pub(crate) fn logged(log: &Path) -> Vec<Vec<u8>> {
    vec![std::fs::read(log).expect("the log")]
}

/// Which of the words stand in any of these, as they are, as UTF-16, in hex or in base64.
pub(crate) fn found_in(places: &[Vec<u8>], words: &[String]) -> Vec<String> {
    let mut found = HashSet::new();
    // Nearly all begin alike: what they begin with is looked for, and only there the words.
    let heads: HashSet<&str> = words.iter().map(|word| head(word)).collect();
    for head_of_some in heads {
        let theirs: Vec<(&String, Vec<Vec<u8>>)> = words
            .iter()
            .filter(|word| head(word) == head_of_some)
            .map(|word| (word, forms(word)))
            .collect();
        for (n, form) in forms(head_of_some).iter().enumerate() {
            let finder = memchr::memmem::Finder::new(form);
            for place in places {
                for at in finder.find_iter(place) {
                    let stands = |(_, forms): &&(&String, Vec<Vec<u8>>)| place[at..].starts_with(&forms[n]);
                    found.extend(theirs.iter().filter(stands).map(|(word, _)| *word));
                }
            }
        }
    }
    words.iter().filter(|word| found.contains(word)).cloned().collect()
}

fn head(word: &str) -> &str {
    let known = ["Planted-", "+1 555 70"]
        .into_iter()
        .find(|head| word.starts_with(head));
    known.unwrap_or(word)
}

/// A word in every way in which it might stand somewhere. In the middle of a longer text it is another word in base64, one for each of three
/// starts; its edges there belong to its neighbours and are left out.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let wide = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms: Vec<Vec<u8>> = vec![word.as_bytes().to_vec(), wide, hex.into_bytes()];
    forms.extend((0..3).map(|shift| {
        let coded = BASE64.encode([&vec![0; shift], word.as_bytes()].concat());
        coded.as_bytes()[4..coded.len() - 4].to_vec()
    }));
    forms
}

#[test]
fn a_word_is_found_in_every_form_it_may_stand_in() {
    let words = ["Planted-place-of-ana", "Planted-name-of-ben", "+1 555 701 4411"].map(str::to_owned);
    let wide: Vec<u8> = words[0].encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = words[0].bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut places = vec![wide, hex.into_bytes()];
    places.extend((0..4).map(|n| {
        BASE64
            .encode(format!("{}{} more", "x".repeat(n), words[0]))
            .into_bytes()
    }));
    places.push(format!("in the middle {} of it", words[0]).into_bytes());
    for place in places {
        assert_eq!(found_in(std::slice::from_ref(&place), &words), words[..1], "{place:?}");
    }
    assert_eq!(
        found_in(&[b"Planted-place-of-an and +1 555 701 441".to_vec()], &words),
        Vec::<String>::new()
    );
}

/// The running process's memory, where it can be read: what it may write, without the program itself.
pub(crate) fn memory_of(server: &Process) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt as _;
    let pid = server.id()?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut image = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ')?.0.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let mut piece = vec![0; usize::try_from(to - from).ok()?];
        if memory.read_exact_at(&mut piece, from).is_ok() {
            image.extend(piece);
        }
    }
    (!image.is_empty()).then_some(image)
}

/// One sealed text out of the journal, and under whose key.
#[derive(Clone)]
pub(crate) struct Piece {
    key: ParticipantId,
    sealed: Vec<u8>,
}

/// Everything that was sealed in the couple's room, by whose it is.
pub(crate) struct Pieces {
    room: RoomId,
    pub(crate) ana: Vec<Piece>,
    pub(crate) ben: Vec<Piece>,
    /// Those of hers that say where she was, each under a key of its visit.
    pub(crate) of_visits: usize,
    bodies: Vec<SealedPiece>,
}

impl Pieces {
    pub(crate) async fn of(data: &Path, evening: &Evening) -> Self {
        let store = store_in(data).await.expect("the store opens");
        let (_, mut events) = rondo::hub::history(&store, evening.room, u64::MAX).await.expect("read");
        let visits = |who: ParticipantId| -> HashSet<ParticipantId> {
            let own = events.iter().filter_map(|event| match &event.what {
                What::ArrivalConfirmed { participant, today, .. } if *participant == who => Some(today.person()),
                _ => None,
            });
            own.chain([who]).collect()
        };
        let keys = [visits(evening.ana.me), visits(evening.ben.me)];
        let mut theirs: [Vec<Piece>; 2] = Default::default();
        for text in events.iter_mut().flat_map(room::Event::sealed_fields_mut) {
            let written = serde_json::to_value(&*text).expect("it was sealed");
            let sealed = written["sealed"].as_str().expect("ciphertext");
            let piece = Piece {
                key: text.person(),
                sealed: BASE64.decode(sealed).expect("base64"),
            };
            for (keys, own) in keys.iter().zip(&mut theirs) {
                if keys.contains(&piece.key) {
                    own.push(piece.clone());
                }
            }
        }
        let bodies = store.sealed_pieces(evening.room).await.expect("read");
        store.close().await;
        let [ana, ben] = theirs;
        Self {
            room: evening.room,
            of_visits: ana.iter().filter(|piece| piece.key != evening.ana.me).count(),
            ana,
            ben,
            bodies,
        }
    }

    /// How many of hers and of his open with the keys that this folder has.
    pub(crate) async fn opening(&self, data: &Path) -> (usize, usize) {
        let store = store_in(data).await.expect("the store opens");
        let mut open = [0, 0];
        for (pieces, open) in [&self.ana, &self.ben].into_iter().zip(&mut open) {
            for piece in pieces {
                let opened = store.open_for_person(self.room, piece.key, FIELD, &piece.sealed).await;
                *open += usize::from(opened.is_ok_and(|opened| opened.is_some()));
            }
        }
        store.close().await;
        (open[0], open[1])
    }

    /// Sealed bodies, snapshots and notes there were.
    pub(crate) fn bodies(&self) -> usize {
        self.bodies.len()
    }

    /// How many of those stand in the files, by a piece of 32 bytes out of each.
    pub(crate) fn standing(&self, files: &[Vec<u8>]) -> usize {
        let looked_for: HashSet<&[u8]> = self.bodies.iter().map(|piece| &piece.bytes()[..PIECE]).collect();
        assert_eq!(looked_for.len(), self.bodies.len(), "no two sealed texts begin alike");
        let found: HashSet<&[u8]> = files
            .iter()
            .flat_map(|file| file.windows(PIECE))
            .filter(|bytes| looked_for.contains(bytes))
            .collect();
        found.len()
    }
}
