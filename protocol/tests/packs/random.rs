//! Whatever bytes a pack is made of: an answer, never a panic.

use packfiles::load;

use crate::tiny::{Files, files};

/// A small generator with a fixed beginning (xorshift64*), so that a failure can be repeated.
struct Lots(u64);

impl Lots {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let lot = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(lot).expect("31 bits fit") % most
    }

    /// Spoils one file in one of the ways that files are spoilt.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        const PIECES: &[&[u8]] = &[
            b"\n",
            b"\"",
            b"[",
            b"]",
            b"[[",
            b"{",
            b"}",
            b"=",
            b"#",
            b"'''",
            b"\"\"\"",
            b"\\",
            b"\r",
            b"\0",
            b"-",
            b".",
            b"0x",
            b"1e9",
            b"inf",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\xc2",
            b"true",
            b"1979-05-27",
            b"id",
            b"step",
            b"[step]",
            b"{names",
            b"\xf0\x9f\x98\x80",
            b"99999999999999999999",
            b"\xe2\x80\xae",
        ];
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(20)).min(bytes.len());
        match self.below(5) {
            0 => _ = bytes.drain(at..end),
            1 => _ = bytes.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied()),
            2 => _ = bytes.splice(at..end, PIECES[self.below(PIECES.len())].iter().copied()),
            3 => {
                let piece = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(self.below(256)).expect("a byte");
                }
            }
        }
    }
}

fn spoilt(lots: &mut Lots, sound: &Files) -> Files {
    let mut files = sound.clone();
    for _ in 0..=lots.below(4) {
        let which = lots.below(files.len());
        let bytes = files.values_mut().nth(which).expect("a file");
        lots.spoil(bytes);
    }
    files
}

#[test]
fn no_bytes_make_the_check_panic() {
    let sound = files();
    let mut lots = Lots(0x5eed);
    let mut refused = 0;
    for _ in 0..2_000 {
        match load("tiny", &spoilt(&mut lots, &sound)) {
            Ok(pack) => assert_eq!(pack.session_count(), 2),
            Err(faults) => {
                assert!(!faults.is_empty(), "a refusal says why");
                assert!(
                    faults.iter().all(|fault| fault.fault != "The pack is incomplete."),
                    "a check forgot to say why"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 500, "the spoiling spoils: {refused}");
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let mut files = files();
        let deep = format!("id = {}1{}", open.repeat(50_000), close.repeat(50_000));
        files.insert("pack.toml".to_owned(), deep.into_bytes());
        assert!(load("tiny", &files).is_err());
    }
    let mut files = files();
    files.insert(
        "pack.toml".to_owned(),
        format!("[{}a]", "a.".repeat(60_000)).into_bytes(),
    );
    assert!(load("tiny", &files).is_err());
}
