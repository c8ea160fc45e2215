//! Names found by how they sound: a name matches when the typed letters are its syllables, their beginnings, or both
//! mixed (`jyhg`, `jiangyin`, `jiangyhg` for 江阴化工). Characters with several readings match by each. Pure.

use std::collections::BTreeSet;

use pinyin::ToPinyinMulti;

/// A name ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Sounds {
    /// The name in small letters.
    pub(super) plain: String,
    chars: Vec<Sound>,
}

#[derive(Clone, Debug)]
enum Sound {
    /// Readings of a character.
    Syllables(Vec<&'static str>),
    /// A letter or digit as it is.
    Letter(char),
    /// What nobody types: blanks, dots, brackets.
    Silent,
}

/// How well something matches; the smaller the better.
pub(super) type Rank = u8;

impl Sounds {
    /// Prepares a name.
    pub(super) fn of(name: &str) -> Self {
        let plain = name.to_lowercase();
        let chars = plain
            .chars()
            .zip(plain.as_str().to_pinyin_multi())
            .map(|(c, readings)| match readings {
                Some(readings) => {
                    let mut all: Vec<&'static str> = readings.into_iter().map(|one| one.plain()).collect();
                    all.sort_unstable();
                    all.dedup();
                    Sound::Syllables(all)
                }
                None if c.is_alphanumeric() => Sound::Letter(c),
                None => Sound::Silent,
            })
            .collect();
        Self { plain, chars }
    }

    /// How well the words match the name; `words` are in small letters. Written characters count before sounds, the
    /// beginning before the middle.
    pub(super) fn rank(&self, words: &str) -> Option<Rank> {
        match self.plain.find(words) {
            Some(0) => return Some(0),
            Some(_) => return Some(1),
            None => {}
        }
        let letters: String =
            words.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '-')).collect();
        if letters.len() < 2 || !letters.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        if self.sounds(&letters, false) { Some(2) } else { self.sounds(&letters, true).then_some(3) }
    }
}

impl Sounds {
    /// Whether the letters are what the name sounds like, from its beginning or (`anywhere`) from any character on. They
    /// may end inside a syllable. Keeps the set of places that the letters can have got to, so that no input takes long.
    fn sounds(&self, letters: &str, anywhere: bool) -> bool {
        let mut places = BTreeSet::from([0]);
        for sound in &self.chars {
            let mut next = BTreeSet::new();
            for at in &places {
                let Some(rest) = letters.get(*at..) else { continue };
                match sound {
                    Sound::Silent => drop(next.insert(*at)),
                    Sound::Letter(c) if rest.starts_with(*c) => drop(next.insert(at + c.len_utf8())),
                    Sound::Letter(_) => {}
                    Sound::Syllables(readings) => {
                        for reading in readings {
                            if reading.starts_with(rest) {
                                return true;
                            }
                            if rest.starts_with(reading) {
                                next.insert(at + reading.len());
                            }
                            if reading.get(..1).is_some_and(|initial| rest.starts_with(initial)) {
                                next.insert(at + 1);
                            }
                        }
                    }
                }
            }
            if next.contains(&letters.len()) {
                return true;
            }
            places = next;
            if anywhere {
                places.insert(0);
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Sounds;

    #[test]
    fn a_name_is_found_by_characters_syllables_and_initials() {
        let name = Sounds::of("演示-澄江第一电镀厂");
        for (words, rank) in [
            ("演示", Some(0)),
            ("电镀", Some(1)),
            ("yanshi", Some(2)),
            ("ys", Some(2)),
            ("yscj", Some(2)),
            ("diandu", Some(3)),
            ("ddc", Some(3)),
            ("chengjdy", Some(3)),
            ("dian du", Some(3)),
            ("diando", None),
            ("x", None),
            ("d", None),
            ("电池", None),
        ] {
            assert_eq!(name.rank(words), rank, "{words}");
        }
    }

    #[test]
    fn several_readings_and_letters_inside() {
        assert!(Sounds::of("重庆银行").rank("chongqingyinhang").is_some());
        assert!(Sounds::of("重庆银行").rank("zqyx").is_some());
        assert_eq!(Sounds::of("第2A车间").rank("d2acj"), Some(2));
        assert_eq!(Sounds::of("Demo Works").rank("works"), Some(1));
        assert_eq!(Sounds::of("").rank("a"), None);
    }

    #[test]
    fn no_input_takes_long() {
        let name = Sounds::of(&"啊".repeat(60));
        assert_eq!(name.rank(&format!("{}b", "a".repeat(60))), None);
    }
}
