//! The tree over a log (RFC 6962, section 2): what a log of so many leaves hashes to, and the short proofs that a leaf is in it and that
//! a longer log begins with a shorter one.
//!
//! Pure: it knows numbers and hashes only. A *perfect* node stands over 2^level leaves, beginning at a multiple of that; every other subtree is
//! a row of perfect ones, largest first. So a proof is asked for as ranges of leaves, ranges fall apart into perfect nodes, and whoever keeps
//! the leaves says what those hash to.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// SHA-256 of a leaf or of a node.
pub type Hash = [u8; 32];

/// A perfect subtree: the `index`th that stands over 2^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    pub level: u32,
    pub index: u64,
}

/// What a leaf hashes to. The byte in front keeps a leaf from passing for a node.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// What two subtrees hash to together.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let hash = Sha256::new().chain_update([1]).chain_update(left).chain_update(right);
    hash.finalize().into()
}

/// The root of a log without leaves: the hash of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The right edge of a growing log: the roots of its perfect subtrees, largest first. All that is needed to go on and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// Reads what [`Edge::bytes`] wrote; nothing if it cannot be the edge of a log of that size.
    pub fn read(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self {
            size,
            roots: roots.to_vec(),
        })
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        joined(&self.roots).unwrap_or_else(empty_root)
    }

    /// Appends a leaf. `completed` hears of every perfect subtree that it completes, the leaf itself left out.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) {
        let index = self.size;
        self.size += 1;
        let mut hash = leaf;
        // Each bit that carries over in the count joins two subtrees of the same height.
        for level in 1..=index.trailing_ones() {
            let left = self.roots.pop().expect("there is a root for every bit of the size");
            hash = node_hash(&left, &hash);
            let node = Node {
                level,
                index: index >> level,
            };
            completed(node, hash);
        }
        self.roots.push(hash);
    }
}

/// The perfect subtrees that a range of leaves falls apart into, left to right. The range is one that a proof names.
pub fn perfect(range: &Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let level = (range.end - at).ilog2();
        debug_assert!(
            at.is_multiple_of(1 << level),
            "subtrees of a proof begin where perfect ones do"
        );
        nodes.push(Node {
            level,
            index: at >> level,
        });
        at += 1 << level;
    }
    nodes
}

/// What neighbouring subtrees hash to together, the largest first; nothing for none.
pub fn joined(roots: &[Hash]) -> Option<Hash> {
    let (last, before) = roots.split_last()?;
    Some(before.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The largest power of two below `size`, which is at least 2: where a tree is split.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The subtrees whose hashes prove that leaf `index` is in a log of `size`, nearest first (RFC 6962, 2.1.1).
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut path, mut tree) = (Vec::new(), 0..size);
    while tree.end - tree.start > 1 {
        let middle = tree.start + split(tree.end - tree.start);
        if index < middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The subtrees whose hashes prove that a log of `new` leaves begins with the log of `old` leaves (RFC 6962, 2.1.2). Nothing is needed where
/// the older is empty or the same.
pub fn consistency(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Some(path);
    }
    let (mut tree, mut known) = (0..new, true);
    while tree.end != old {
        let middle = tree.start + split(tree.end - tree.start);
        if old <= middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
            known = false;
        }
    }
    // Whoever asks knows the old root; where the last subtree is all of the old log it need not be said.
    if !known {
        path.push(tree);
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows that `leaf` is number `index` of the log with this root (RFC 9162, 2.1.3.2).
pub fn is_included(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(other, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, other);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// A log as somebody knows it: its length and its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

/// Whether `proof` shows that the log `new` begins with the whole log `old` (RFC 9162, 2.1.4.2).
pub fn is_consistent(old: &Head, new: &Head, proof: &[Hash]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return proof.is_empty() && old.root == empty_root();
    }
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    let shift = at.trailing_ones();
    at >>= shift;
    last >>= shift;
    let (first, rest) = if at == 0 {
        // The old log is one perfect subtree: its root begins the proof without being said.
        (&old.root, proof)
    } else {
        match proof.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let (mut old_root, mut new_root) = (*first, *first);
    for other in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_root = node_hash(other, &old_root);
            new_root = node_hash(other, &new_root);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node_hash(&new_root, other);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_root == old.root && new_root == new.root
}

/// A tree whose leaves all stand in memory: for a log that is read from a file, and for tests.
#[derive(Debug, Clone, Default)]
pub struct Leaves(pub Vec<Hash>);

impl Leaves {
    fn node(&self, node: Node) -> Option<Hash> {
        let from = usize::try_from(node.index << node.level).ok()?;
        let leaves = self.0.get(from..from + (1_usize << node.level))?;
        let mut edge = Edge::default();
        for leaf in leaves {
            edge.push(*leaf, |_, _| ());
        }
        Some(edge.root())
    }

    /// What the leaves of a range hash to.
    pub fn over(&self, range: &Range<u64>) -> Option<Hash> {
        let nodes: Option<Vec<Hash>> = perfect(range).into_iter().map(|node| self.node(node)).collect();
        joined(&nodes?)
    }

    /// The hashes of these ranges: a proof.
    pub fn proof(&self, ranges: &[Range<u64>]) -> Option<Vec<Hash>> {
        ranges.iter().map(|range| self.over(range)).collect()
    }

    /// The log's head when it had `size` leaves.
    pub fn head(&self, size: u64) -> Option<Head> {
        let root = if size == 0 {
            empty_root()
        } else {
            self.over(&(0..size))?
        };
        Some(Head { size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    }

    fn hash(hex: &str) -> Hash {
        bytes(hex).try_into().unwrap()
    }

    /// The eight leaves that the reference implementation of Certificate Transparency is tested with.
    fn known() -> Leaves {
        let data = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        Leaves(data.iter().map(|data| leaf_hash(&bytes(data))).collect())
    }

    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_reference() {
        let leaves = known();
        let mut edge = Edge::default();
        assert_eq!(edge.root(), hash(ROOTS[0]));
        for (size, root) in (1_u64..).zip(&ROOTS[1..]) {
            edge.push(leaves.0[usize::try_from(size).unwrap() - 1], |_, _| ());
            assert_eq!(edge.root(), hash(root), "{size}");
            assert_eq!(leaves.head(size).unwrap().root, hash(root), "{size}");
            assert_eq!(Edge::read(size, &edge.bytes()), Some(edge.clone()));
        }
    }

    #[test]
    fn proofs_are_those_of_the_reference() {
        let leaves = known();
        let proof = leaves.proof(&inclusion(0, 8).unwrap()).unwrap();
        assert_eq!(
            proof,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
            .map(hash)
        );
        let proof = leaves.proof(&consistency(6, 8).unwrap()).unwrap();
        assert_eq!(
            proof,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
            .map(hash)
        );
    }

    fn many(size: u8) -> Leaves {
        Leaves((0..size).map(|n| leaf_hash(&[n])).collect())
    }

    #[test]
    fn every_leaf_is_shown_to_be_in_every_log_and_nowhere_else() {
        let leaves = many(33);
        for size in 1..=33 {
            let head = leaves.head(size).unwrap();
            for index in 0..size {
                let proof = leaves.proof(&inclusion(index, size).unwrap()).unwrap();
                let leaf = &leaves.0[usize::try_from(index).unwrap()];
                assert!(is_included(leaf, index, size, &head.root, &proof), "{index} of {size}");
                let elsewhere = (index + 1) % size;
                assert!(
                    elsewhere == index || !is_included(leaf, elsewhere, size, &head.root, &proof),
                    "{index} of {size} passes for {elsewhere}"
                );
                assert!(!is_included(&leaf_hash(b"no"), index, size, &head.root, &proof));
                for cut in 0..proof.len() {
                    assert!(!is_included(leaf, index, size, &head.root, &proof[..cut]));
                }
            }
            assert_eq!(inclusion(size, size), None);
        }
    }

    #[test]
    fn every_log_is_shown_to_begin_with_every_shorter_one_and_with_no_other() {
        let leaves = many(33);
        let mut other = leaves.clone();
        other.0[0] = leaf_hash(b"another beginning");
        for new in 0..=33 {
            let newer = leaves.head(new).unwrap();
            for old in 0..=new {
                let older = leaves.head(old).unwrap();
                let proof = leaves.proof(&consistency(old, new).unwrap()).unwrap();
                assert!(is_consistent(&older, &newer, &proof), "{old} in {new}");
                if old > 0 {
                    let forked = other.head(old).unwrap();
                    assert!(!is_consistent(&forked, &newer, &proof), "a fork of {old} in {new}");
                    let lies = other.proof(&consistency(old, new).unwrap()).unwrap();
                    assert!(
                        !is_consistent(&older, &other.head(new).unwrap(), &lies),
                        "{old} in a fork of {new}"
                    );
                }
                for at in 0..proof.len() {
                    let mut changed = proof.clone();
                    changed[at][7] ^= 1;
                    assert!(!is_consistent(&older, &newer, &changed));
                    assert!(!is_consistent(&older, &newer, &proof[..at]));
                }
            }
            assert_eq!(consistency(new + 1, new), None);
        }
    }

    #[test]
    fn an_edge_tells_of_every_subtree_once_with_its_place() {
        let leaves = many(33);
        let mut told = Vec::new();
        let mut edge = Edge::default();
        for leaf in &leaves.0 {
            edge.push(*leaf, |node, hash| told.push((node, hash)));
        }
        let expected: usize = (1..=5).map(|level| 33 >> level).sum();
        assert_eq!(told.len(), expected);
        for (node, hash) in told {
            let range = node.index << node.level..(node.index + 1) << node.level;
            assert_eq!(leaves.over(&range), Some(hash), "{node:?}");
        }
    }

    #[test]
    fn an_edge_of_another_length_is_none() {
        assert_eq!(Edge::read(3, &[0; 32]), None);
        assert_eq!(Edge::read(1, &[0; 33]), None);
        assert_eq!(Edge::read(0, &[]), Some(Edge::default()));
    }
}
