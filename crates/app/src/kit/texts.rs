//! Texts for people, looked up by id. The catalogues are data (`data/rules`, `data/texts`,
//! `data/citations.json`); code holds ids and parameters only.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::data;

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum Lang {
    /// Simplified Chinese, the first language.
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// Both languages, in order of preference.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The language tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The best match for an `Accept-Language` header: the first range that we speak, Chinese otherwise.
    pub fn from_accept_language(header: Option<&str>) -> Self {
        header
            .unwrap_or_default()
            .split(',')
            .map(|range| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            .find_map(|range| match range.split('-').next() {
                Some("zh") => Some(Lang::Zh),
                Some("en") => Some(Lang::En),
                _ => None,
            })
            .unwrap_or_default()
    }
}

/// One rule's text in one language.
#[derive(Clone, Debug, Deserialize)]
pub struct RuleText {
    /// What is wrong; `{name}` is replaced by the parameter.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// One rule of the catalogue.
#[derive(Clone, Debug, Deserialize)]
pub struct RuleEntry {
    /// `error` or `warning`.
    pub severity: String,
    /// Citation ids, may be empty.
    #[serde(default)]
    pub citations: Vec<String>,
    /// Chinese text.
    #[serde(rename = "zh-CN")]
    pub zh: RuleText,
    /// English text.
    pub en: RuleText,
}

/// A legal or technical provision as data.
#[derive(Clone, Debug, Deserialize)]
pub struct Citation {
    /// Chinese reference.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English reference.
    pub en: String,
    /// Edition.
    #[serde(default)]
    pub edition: Option<String>,
    /// First day in force.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// Last day in force.
    #[serde(default)]
    pub valid_to: Option<String>,
}

/// Title and detail of a kind of problem.
#[derive(Clone, Debug, Deserialize)]
pub struct ProblemText {
    /// Short title.
    pub title: String,
    /// One sentence.
    pub detail: String,
}

/// All catalogues of the server.
pub struct Texts {
    /// Rules by id.
    pub rules: BTreeMap<String, RuleEntry>,
    /// Provisions by id.
    pub citations: BTreeMap<String, Citation>,
    /// Problem kinds by code, then language tag.
    pub problems: BTreeMap<String, BTreeMap<String, ProblemText>>,
    /// Stored words (statuses, packagings, …) by code, then language tag.
    pub words: BTreeMap<String, BTreeMap<String, String>>,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(Texts::load);

/// The embedded catalogues.
pub fn texts() -> &'static Texts {
    &TEXTS
}

impl Texts {
    fn load() -> Self {
        let mut rules = BTreeMap::new();
        for file in data::list("rules/") {
            rules.extend(data::json::<BTreeMap<String, RuleEntry>>(&file));
        }
        Self {
            rules,
            citations: data::json("citations.json"),
            problems: data::json("texts/problems.json"),
            words: data::json("texts/words.json"),
        }
    }

    /// Message and remedy of a rule with its parameters filled in. An id without an entry shows itself,
    /// so that nothing is hidden; a test keeps that from happening.
    pub fn rule(&self, id: &str, params: &[(String, String)], lang: Lang) -> (String, String) {
        match self.rules.get(id) {
            None => (id.to_owned(), String::new()),
            Some(rule) => {
                let text = if lang == Lang::Zh { &rule.zh } else { &rule.en };
                (self.fill(&text.message, params, lang), self.fill(&text.remedy, params, lang))
            }
        }
    }

    /// The references that a rule cites: id, text, edition.
    pub fn citations_of(&self, rule: &str, lang: Lang) -> Vec<(String, String, Option<String>)> {
        let ids = self.rules.get(rule).map(|r| r.citations.as_slice()).unwrap_or_default();
        ids.iter()
            .filter_map(|id| self.citations.get(id).map(|c| (id, c)))
            .map(|(id, c)| {
                let text = if lang == Lang::Zh { &c.zh } else { &c.en };
                (id.clone(), text.clone(), c.edition.clone())
            })
            .collect()
    }

    /// A reference: its text, and its edition.
    pub fn citation(&self, id: &str, lang: Lang) -> Option<(String, Option<String>)> {
        let found = self.citations.get(id)?;
        Some((if lang == Lang::Zh { &found.zh } else { &found.en }.clone(), found.edition.clone()))
    }

    /// Title and detail of a problem kind.
    pub fn problem(&self, code: &str, params: &[(String, String)], lang: Lang) -> (String, String) {
        match self.problems.get(code).and_then(|p| p.get(lang.tag())) {
            None => (code.to_owned(), String::new()),
            Some(text) => (self.fill(&text.title, params, lang), self.fill(&text.detail, params, lang)),
        }
    }

    /// A stored word in a language; an unknown one shows itself.
    pub fn word<'a>(&'a self, word: &'a str, lang: Lang) -> &'a str {
        self.words.get(word).and_then(|w| w.get(lang.tag())).map_or(word, String::as_str)
    }

    /// Fills `{name}` with the parameter, and `{name:word}` with the words that it lists, put into the language.
    fn fill(&self, template: &str, params: &[(String, String)], lang: Lang) -> String {
        let mut out = template.to_owned();
        for (name, value) in params {
            let as_word = format!("{{{name}:word}}");
            if out.contains(&as_word) {
                let separator = if lang == Lang::Zh { "、" } else { ", " };
                let words: Vec<&str> = value.split(", ").map(|w| self.word(w, lang)).collect();
                out = out.replace(&as_word, &words.join(separator));
            }
            out = out.replace(&format!("{{{name}}}"), value);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_first_that_we_speak() {
        assert_eq!(Lang::from_accept_language(Some("fr, en-GB;q=0.8, zh")), Lang::En);
        assert_eq!(Lang::from_accept_language(Some("zh-TW")), Lang::Zh);
        assert_eq!(Lang::from_accept_language(None), Lang::Zh);
    }

    #[test]
    fn stored_words_are_put_into_the_language() {
        let params = [
            ("lot".to_owned(), "x".to_owned()),
            ("status".to_owned(), "stored".to_owned()),
            ("needed".to_owned(), "staged, generated".to_owned()),
        ];
        let (zh, remedy) = texts().rule("LED-004", &params, Lang::Zh);
        assert!(zh.contains("“在库”") && remedy.contains("已出库待运、未入库"), "{zh} {remedy}");
        assert!(texts().rule("LED-004", &params, Lang::En).0.contains("is in storage"));
    }

    #[test]
    fn every_citation_of_a_rule_exists() {
        for (id, rule) in &texts().rules {
            for c in &rule.citations {
                assert!(
                    texts().citations.contains_key(c),
                    "rule {id} cites {c}, which data/citations.json lacks"
                );
            }
            assert!(matches!(rule.severity.as_str(), "error" | "warning"), "rule {id}: severity");
        }
    }
}
