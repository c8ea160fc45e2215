//! The tree against the published vectors of Certificate Transparency and against the definition, word by word.

use proptest::prelude::*;

use super::*;
use crate::journal::to_hex;

/// Leaves kept whole, blocks computed from the definition.
struct Plain(Vec<Hash>);

impl Nodes for Plain {
    fn leaf(&self, index: u64) -> Option<Hash> {
        self.0.get(index as usize).copied()
    }
    fn block(&self, index: u64) -> Option<Hash> {
        let start = (index * BLOCK) as usize;
        self.0.get(start..start + BLOCK as usize).map(mth)
    }
}

/// MTH as RFC 9162 defines it.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
        }
    }
}

/// PATH as RFC 9162 defines it.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut rest, last) = if m < k {
        (path(m, &leaves[..k]), mth(&leaves[k..]))
    } else {
        (path(m - k, &leaves[k..]), mth(&leaves[..k]))
    };
    rest.push(last);
    rest
}

/// SUBPROOF as RFC 9162 defines it.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut rest, last) = if m <= k {
        (subproof(m, &leaves[..k], whole), mth(&leaves[k..]))
    } else {
        (subproof(m - k, &leaves[k..], false), mth(&leaves[..k]))
    };
    rest.push(last);
    rest
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn head(leaves: &[Hash]) -> Head {
    let mut head = Head::default();
    for leaf in leaves {
        head.push(*leaf);
    }
    head
}

#[test]
fn published_vectors() {
    let inputs: [&[u8]; 8] = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let leaves: Vec<Hash> = inputs.iter().map(|d| leaf_hash(d)).collect();
    for (i, root) in roots.iter().enumerate() {
        assert_eq!(to_hex(&head(&leaves[..=i]).root()), *root);
    }
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(to_hex(&Head::default().root()), empty);
    let proof: Vec<String> =
        consistency(&Plain(leaves), 6, 8).unwrap_or_default().iter().map(|h| to_hex(h)).collect();
    assert_eq!(
        proof,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn blocks_come_out_as_they_are_completed() {
    let leaves = leaves(1100);
    let plain = Plain(leaves.clone());
    let mut head = Head::default();
    let mut blocks = Head::default();
    for (i, leaf) in leaves.iter().enumerate() {
        let done = head.push(*leaf);
        assert_eq!(done.is_some(), (i + 1) % 256 == 0);
        if let Some((block, hash)) = done {
            assert_eq!(Some(hash), plain.block(block as u64));
            blocks.push(hash);
        }
    }
    let mut tail = Head::default();
    for leaf in &leaves[1024..] {
        tail.push(*leaf);
    }
    assert_eq!(blocks.root_with(&tail), head.root());
    assert_eq!(Head::from_parts(head.size(), &head.frontier_bytes()), Some(head.clone()));
    assert_eq!(Head::from_parts(head.size() + 1, &head.frontier_bytes()), None);
    assert_eq!(Head::from_parts(-1, &[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn proofs_are_those_of_the_definition(n in 1_usize..1400, a in 0_usize..1400, bit in 0_usize..256) {
        let leaves = leaves(n);
        let (m, plain, root) = (a % n, Plain(leaves.clone()), mth(&leaves));
        prop_assert_eq!(head(&leaves).root(), root);

        let proof = inclusion(&plain, m as u64, n as u64).unwrap_or_default();
        prop_assert_eq!(&proof, &path(m, &leaves));
        let holds = |i: i64, proof: &[Hash], root: &Hash| verify_inclusion(&leaves[m], i, n as i64, proof, root);
        prop_assert!(holds(m as i64, &proof, &root));
        prop_assert!(!holds(m as i64 + 1, &proof, &root));
        prop_assert!(!holds(-1, &proof, &root));
        if let Some(which) = (bit % 8).checked_rem(proof.len()) {
            let mut forged = proof.clone();
            forged[which][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!holds(m as i64, &forged, &root));
            prop_assert!(!holds(m as i64, &proof[1..], &root));
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(!holds(m as i64, &longer, &root));

        let old = m + 1;
        let old_root = mth(&leaves[..old]);
        let proof = consistency(&plain, old as u64, n as u64).unwrap_or_default();
        prop_assert_eq!(&proof, &subproof(old, &leaves, true));
        let holds = |proof: &[Hash], old_root: &Hash| verify_consistency(old as i64, n as i64, old_root, &root, proof);
        prop_assert!(holds(&proof, &old_root));
        let mut other = old_root;
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!holds(&proof, &other));
        if let Some(which) = (bit % 8).checked_rem(proof.len()) {
            let mut forged = proof.clone();
            forged[which][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!holds(&forged, &old_root));
            prop_assert!(!holds(&proof[1..], &old_root));
        }
    }

    #[test]
    fn verifying_nonsense_never_fails_otherwise(
        from in any::<i64>(), to in any::<i64>(), n in 0_usize..70, seed in any::<[u8; 32]>()
    ) {
        let proof = vec![seed; n];
        prop_assert!(!verify_inclusion(&seed, from, to, &proof, &seed) || n == 0);
        let _ = verify_consistency(from, to, &seed, &seed, &proof);
    }
}
