//! Signed notes and checkpoints as C2SP specifies them (signed-note, tlog-checkpoint), with Ed25519 keys. Pure:
//! an auditor needs this file, `merkle` and a checkpoint, and no trust in us.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::Hash;
use crate::DbError;

/// Signature type of Ed25519 in key ids.
const ED25519: u8 = 1;
/// Longest note that is read, in bytes.
const MAX_NOTE: usize = 64 * 1024;

/// A public key with the name under which it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key: VerifyingKey,
}

impl NoteKey {
    pub(crate) fn new(name: String, key: VerifyingKey) -> Self {
        Self { name, key }
    }

    /// Parses the verifier key format `NAME+HEXID+BASE64`.
    pub fn parse(text: &str) -> Result<Self, DbError> {
        let wrong =
            || DbError::Invalid("a verifier key reads NAME+KEYID+BASE64 (C2SP signed note)".to_owned());
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let bytes = BASE64.decode(key).map_err(|_| wrong())?;
        let Some((&ED25519, raw)) = bytes.split_first() else { return Err(wrong()) };
        let raw: &[u8; 32] = raw.try_into().map_err(|_| wrong())?;
        let key = VerifyingKey::from_bytes(raw).map_err(|_| wrong())?;
        if !good_name(name) || id != super::to_hex(&key_id(name, &key)) {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `signature` is this key's over a text signed with `CheckpointSigner::sign_text`.
    pub fn signed_text(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.key.verify_strict(text.as_bytes(), &s).is_ok())
    }

    /// The raw public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }
}

impl std::fmt::Display for NoteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        let id = super::to_hex(&key_id(&self.name, &self.key));
        write!(f, "{}+{id}+{}", self.name, BASE64.encode(bytes))
    }
}

/// A checkpoint taken apart. Nothing of it is trusted before [`OpenNote::is_signed_by`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenNote {
    /// The log's name.
    pub origin: String,
    /// Size of the tree.
    pub size: i64,
    /// Its root.
    pub root: Hash,
    text: String,
    /// Key name, key id, signature.
    signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

impl OpenNote {
    /// Whether the note carries a valid signature of `key`.
    pub fn is_signed_by(&self, key: &NoteKey) -> bool {
        let id = key_id(&key.name, &key.key);
        self.signatures.iter().any(|(name, found, signature)| {
            *name == key.name
                && *found == id
                && Signature::from_slice(signature)
                    .is_ok_and(|s| key.key.verify_strict(self.text.as_bytes(), &s).is_ok())
        })
    }

    /// The names that signed, as they claim.
    pub fn signers(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|(name, _, _)| name.as_str())
    }
}

/// Takes a checkpoint text apart: origin, size, base64 root, extension lines, an empty line, signatures.
pub fn open_checkpoint(note: &str) -> Result<OpenNote, DbError> {
    let wrong = |what: &str| DbError::Invalid(format!("this is not a checkpoint (C2SP): {what}"));
    if note.len() > MAX_NOTE || note.chars().any(|c| c.is_control() && c != '\n') {
        return Err(wrong("too long, or with control characters"));
    }
    let split = note.rfind("\n\n").ok_or_else(|| wrong("the empty line before the signatures is missing"))?;
    let (text, rest) = (&note[..=split], &note[split + 2..]);
    if !rest.ends_with('\n') {
        return Err(wrong("the last line does not end"));
    }
    let mut signatures = Vec::new();
    for line in rest.lines() {
        let (name, blob) = line
            .strip_prefix("\u{2014} ")
            .and_then(|l| l.split_once(' '))
            .ok_or_else(|| wrong("a signature line is malformed"))?;
        let blob = BASE64.decode(blob).map_err(|_| wrong("a signature is not base64"))?;
        let (id, signature) =
            blob.split_first_chunk::<4>().ok_or_else(|| wrong("a signature is too short"))?;
        signatures.push((name.to_owned(), *id, signature.to_vec()));
    }
    let mut lines = text.lines();
    let origin = lines.next().filter(|o| !o.is_empty()).ok_or_else(|| wrong("no origin line"))?;
    let size = lines
        .next()
        .filter(|s| s.bytes().all(|b| b.is_ascii_digit()) && (*s == "0" || !s.starts_with('0')))
        .and_then(|s| s.parse::<i64>().ok())
        .ok_or_else(|| wrong("the size line is not a number"))?;
    let root = lines
        .next()
        .and_then(|l| BASE64.decode(l).ok())
        .and_then(|b| Hash::try_from(b).ok())
        .ok_or_else(|| wrong("the root line is not a base64 SHA-256"))?;
    if lines.any(str::is_empty) {
        return Err(wrong("an extension line is empty"));
    }
    Ok(OpenNote { origin: origin.to_owned(), size, root, text: text.to_owned(), signatures })
}

/// Writes and signs a checkpoint; the key signs under the origin's name.
pub(crate) fn sign_checkpoint(origin: &str, size: i64, root: &Hash, key: &SigningKey) -> String {
    let text = format!("{origin}\n{size}\n{}\n", BASE64.encode(root));
    let mut blob = key_id(origin, &key.verifying_key()).to_vec();
    blob.extend_from_slice(&key.sign(text.as_bytes()).to_bytes());
    format!("{text}\n\u{2014} {origin} {}\n", BASE64.encode(blob))
}

/// Key names have no spaces and no plus.
pub(crate) fn good_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    let mut id = [0; 4];
    id.copy_from_slice(&hash[..4]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and note of the signed-note package of Go (sumdb/note), which C2SP generalises.
    #[test]
    fn foreign_note_key() -> Result<(), DbError> {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key = NoteKey::parse(text)?;
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.to_string(), text);
        let note = OpenNote {
            origin: String::new(),
            size: 0,
            root: [0; 32],
            text: "If you think cryptography is the answer to your problem,\n\
                   then you don't know what your problem is.\n"
                .to_owned(),
            signatures: vec![("PeterNeumann".to_owned(), [0xc7, 0x4f, 0x20, 0xa3], {
                let blob = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
                BASE64.decode(blob).map_err(|e| DbError::Invalid(e.to_string()))?[4..].to_vec()
            })],
        };
        assert!(note.is_signed_by(&key));
        assert!(!OpenNote { text: note.text.replace('p', "q"), ..note }.is_signed_by(&key));
        Ok(())
    }

    #[test]
    fn round_trip_and_forgeries() -> Result<(), DbError> {
        let signer = SigningKey::from_bytes(&[7; 32]);
        let key = NoteKey::new("wufei.example/city".to_owned(), signer.verifying_key());
        assert_eq!(NoteKey::parse(&key.to_string())?, key);
        let note = sign_checkpoint("wufei.example/city", 12, &[3; 32], &signer);
        let open = open_checkpoint(&note)?;
        assert_eq!((open.size, open.root, open.origin.as_str()), (12, [3; 32], "wufei.example/city"));
        assert!(open.is_signed_by(&key));
        assert!(!open_checkpoint(&note.replace("\n12\n", "\n13\n"))?.is_signed_by(&key));
        let stranger = NoteKey::new(key.name.clone(), SigningKey::from_bytes(&[8; 32]).verifying_key());
        assert!(!open.is_signed_by(&stranger));
        for broken in ["", "\n\n", "a\n1\n\n", "a\n-1\nAA==\n\n\u{2014} a AAAA\n", &note[..note.len() - 2]] {
            assert!(open_checkpoint(broken).is_err(), "{broken:?}");
        }
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn nonsense_is_an_error_and_nothing_worse(text in ".{0,200}", lines in "[a-z0-9+/= \u{2014}\n]{0,200}") {
            let _ = (open_checkpoint(&text), open_checkpoint(&lines), NoteKey::parse(&text), NoteKey::parse(&lines));
        }
    }
}
