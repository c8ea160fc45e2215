//! Rules about `data/`: every rule id has words in both languages and every word a rule, no city in code, every
//! file in the guide.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;
use super::lex::without_comments;
use super::repo::Repo;
use super::web::params;

/// Prefixes of rule ids. An id is a prefix, a dash, and capitals, digits and dashes.
const PREFIXES: &[&str] = &[
    "REQ-", "ID-", "REG-", "LED-", "HW-TR-", "LIVE-", "PRG-", "EVID-", "RPT-", "IND-F-", "IND-N-", "IND-P-",
    "IND-V-", "SEA-", "CITY-", "MON-C-", "MON-P-", "MON-W-",
];

/// Languages that a text must have.
const LANGS: [&str; 2] = ["zh-CN", "en"];

fn is_rule_id(s: &str) -> bool {
    PREFIXES.iter().find_map(|p| s.strip_prefix(p)).is_some_and(|rest| {
        !rest.is_empty()
            && !rest.ends_with('-')
            && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
    })
}

/// The rule of a text: `REG-201.empty_file` is a variant of `REG-201`, chosen by code.
fn rule_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(id, _)| id)
}

/// Names of parameters, where `reason_zh` in a Chinese text and `reason_en` in an English one are the same.
fn params_of(text: &str) -> BTreeSet<String> {
    let neutral = |p: String| match p.strip_suffix("_zh").or_else(|| p.strip_suffix("_en")) {
        Some(stem) => stem.to_owned(),
        None if p == "zh" || p == "en" => String::new(),
        None => p,
    };
    params(text).into_iter().map(neutral).collect()
}

/// Line of the first mention of `what`.
fn line_of(text: &str, what: &str) -> usize {
    text.lines().position(|l| l.contains(what)).map_or(0, |i| i + 1)
}

/// Rule ids in code and texts in `data/rules` are the same set; both languages say the same; citations exist.
pub fn rules(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let citations: BTreeSet<String> = object(repo, "data/citations.json", &mut out)
        .map(|m| m.keys().cloned().collect())
        .unwrap_or_default();
    let files: Vec<_> =
        repo.under("data/rules/").filter(|f| f.is(&["json"])).map(|f| f.path.clone()).collect();
    for path in &files {
        let text = repo.get(path).map(|f| f.text.as_str()).unwrap_or_default();
        for (id, rule) in object(repo, path, &mut out).unwrap_or_default() {
            let line = line_of(text, &format!("\"{id}\""));
            if !is_rule_id(rule_of(&id)) {
                out.push(Finding::new(
                    path,
                    line,
                    format!("`{id}` is no rule id; known prefixes: {}", PREFIXES.join(" ")),
                ));
            }
            if let Some(other) = texts.insert(id.clone(), path.clone()) {
                out.push(Finding::new(path, line, format!("`{id}` stands in {other} too")));
            }
            if !matches!(rule["severity"].as_str(), Some("error" | "warning")) {
                out.push(Finding::new(path, line, format!("`{id}` needs a severity, error or warning")));
            }
            for part in ["message", "remedy"] {
                if LANGS.iter().any(|l| rule[l][part].as_str().is_none_or(|s| s.trim().is_empty())) {
                    out.push(Finding::new(path, line, format!("`{id}` lacks its {part} in one language")));
                }
            }
            for c in rule["citations"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !citations.contains(c) {
                    out.push(Finding::new(
                        path,
                        line,
                        format!("`{id}` cites `{c}`, which data/citations.json does not have"),
                    ));
                }
            }
        }
    }
    let mut used = BTreeSet::new();
    for (f, l) in repo.rust().filter(|(f, _)| f.path.starts_with("crates/")) {
        for (line, s) in l.strings.iter().filter(|(_, s)| is_rule_id(s)) {
            if !f.is_test && !l.is_test(*line) {
                used.insert(s.clone());
                if !texts.keys().any(|key| rule_of(key) == s) {
                    out.push(Finding::new(&f.path, *line, format!("rule `{s}` has no text in data/rules")));
                }
            }
        }
    }
    for (id, path) in &texts {
        if !used.contains(rule_of(id)) {
            let line = repo.get(path).map_or(0, |f| line_of(&f.text, &format!("\"{id}\"")));
            out.push(Finding::new(path, line, format!("no code knows the rule `{id}`")));
        }
    }
    for f in repo.under("data/").filter(|f| f.is(&["json"])) {
        match serde_json::from_str::<Value>(&f.text) {
            Ok(v) => twins(&f.path, &f.text, &v, "", &mut out),
            Err(e) => out.push(Finding::new(&f.path, e.line(), format!("no JSON: {e}"))),
        }
    }
    out
}

fn object(repo: &Repo, path: &str, out: &mut Vec<Finding>) -> Option<serde_json::Map<String, Value>> {
    let file = repo.get(path)?;
    match serde_json::from_str(&file.text) {
        Ok(Value::Object(m)) => Some(m),
        Ok(_) => {
            out.push(Finding::new(path, 1, "should be one JSON object"));
            None
        }
        Err(_) => None,
    }
}

/// Wherever one language stands the other stands too, with the same parameters.
fn twins(path: &str, text: &str, value: &Value, key: &str, out: &mut Vec<Finding>) {
    match value {
        Value::Object(m) => {
            let present: Vec<_> = LANGS.iter().filter_map(|l| m.get(*l)).collect();
            let line = || line_of(text, &format!("\"{key}\""));
            match present.as_slice() {
                [zh, en] => {
                    let (a, b) = (params_of(&zh.to_string()), params_of(&en.to_string()));
                    if a != b {
                        out.push(Finding::new(
                            path,
                            line(),
                            format!(
                                "`{key}` has other parameters in Chinese ({a:?}) than in English ({b:?})"
                            ),
                        ));
                    }
                }
                [_] => out.push(Finding::new(path, line(), format!("`{key}` has one language only"))),
                _ => {}
            }
            for (k, v) in m {
                twins(path, text, v, if LANGS.contains(&k.as_str()) { key } else { k }, out);
            }
        }
        Value::Array(a) => a.iter().for_each(|v| twins(path, text, v, key, out)),
        _ => {}
    }
}

/// Files that may name a city, and why.
const CITY_FILES: &[(&str, &str)] = &[("crates/wufei/src/cli.rs", "the demonstration has a default profile")];

/// No city of `data/cities` is named in code.
pub fn city_names(repo: &Repo) -> Vec<Finding> {
    let mut names = BTreeSet::new();
    for f in repo.under("data/cities/").filter(|f| f.name() == "profile.json") {
        let Ok(profile) = serde_json::from_str::<Value>(&f.text) else { continue };
        let folder = f.path.split('/').nth(2).unwrap_or_default();
        let of = [
            profile["key"].as_str(),
            profile["tenant_id"].as_str(),
            profile["name"]["en"].as_str(),
            Some(folder),
        ];
        names.extend(of.into_iter().flatten().map(str::to_lowercase));
        // 市, 县 and 区 are left off: the short name is as much a name.
        names.extend(
            profile["name"]["zh-CN"].as_str().map(|n| n.trim_end_matches(['市', '县', '区']).to_owned()),
        );
    }
    names.retain(|n| n.chars().count() >= 2);
    let mut out = Vec::new();
    let mut judge = |path: &str, line: usize, text: &str| {
        let low = text.to_lowercase();
        if let Some(n) = names.iter().find(|n| low.contains(n.as_str())) {
            out.push(Finding::new(path, line, format!("`{n}` is a city: code reads it from its profile")));
        }
    };
    let in_code = |p: &str| {
        p.starts_with("crates/") || p.starts_with("web/") || p.starts_with("xtask/") || p.starts_with(".ci/")
    };
    for f in repo
        .files
        .iter()
        .filter(|f| in_code(&f.path) && !f.is_test && CITY_FILES.iter().all(|(p, _)| *p != f.path))
    {
        match &f.rust {
            Some(l) => {
                l.product_code().for_each(|(n, c)| judge(&f.path, n, c));
                l.strings.iter().filter(|(n, _)| !l.is_test(*n)).for_each(|(n, s)| judge(&f.path, *n, s));
            }
            None if f.is(&["ts", "vue", "mjs", "js", "css", "html", "sql", "typ"])
                || f.path.starts_with(".ci/") =>
            {
                without_comments(&f.text).lines().enumerate().for_each(|(i, l)| judge(&f.path, i + 1, l));
            }
            None => {}
        }
    }
    out
}

/// `data/README.md` names every file under `data/`, by path, pattern or name in backticks.
pub fn guide(repo: &Repo) -> Vec<Finding> {
    let Some(readme) = repo.get("data/README.md") else {
        return repo
            .under("data/")
            .take(1)
            .map(|_| Finding::new("data/README.md", 0, "is missing"))
            .collect();
    };
    let named: Vec<&str> = readme.text.split('`').skip(1).step_by(2).collect();
    let all = repo.files.iter().map(|f| &f.path).chain(&repo.binaries);
    let unnamed = all.filter_map(|p| p.strip_prefix("data/")).filter(|p| *p != "README.md").filter(|p| {
        let name = p.rsplit('/').next().unwrap_or(p);
        !named.iter().any(|n| *n == name || matches(n, p))
    });
    unnamed
        .map(|p| {
            Finding::new(
                &format!("data/{p}"),
                0,
                "data/README.md does not say what it is and where it comes from",
            )
        })
        .collect()
}

/// Whether a pattern (`*`, `KEY`, `YEAR` stand for any one part) is this path.
fn matches(pattern: &str, path: &str) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    a.len() == b.len()
        && a.iter().zip(&b).all(|(p, s)| {
            let wild = ["*", "KEY", "YEAR"].into_iter().find_map(|w| p.split_once(w));
            p == s
                || wild.is_some_and(|(head, tail)| {
                    s.len() >= head.len() + tail.len() && s.starts_with(head) && s.ends_with(tail)
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"LED-001": {"severity": "error", "citations": ["law:1"], "zh-CN": {"message": "只有 {n}", "remedy": "改"}, "en": {"message": "only {n}", "remedy": "mend"}}}"#;

    fn repo(rules: &str, code: &str) -> Repo {
        Repo::of(&[
            ("data/rules/ledger.json", rules),
            ("data/citations.json", r#"{"law:1": {"zh-CN": "法", "en": "Law"}}"#),
            ("crates/a/src/lib.rs", code),
        ])
    }

    #[test]
    fn a_rule_with_text_citation_and_code_is_fine() {
        assert_eq!(rules(&repo(GOOD, "const A: &str = \"LED-001\";")), []);
    }

    #[test]
    fn variants_and_words_in_one_language_are_fine() {
        let text = GOOD
            .replace("LED-001", "LED-001.short")
            .replace("只有 {n}", "{why_zh}")
            .replace("only {n}", "{why_en}");
        assert_eq!(rules(&repo(&text, "const A: &str = \"LED-001\";")), []);
    }

    #[test]
    fn each_way_to_be_wrong_is_found() {
        let code = "const A: &str = \"LED-001\";";
        let broken = [
            (GOOD.to_owned(), "const A: &str = \"LED-001\"; const B: &str = \"HW-TR-009\";", "has no text"),
            (GOOD.to_owned(), "", "no code knows"),
            (GOOD.to_owned(), "#[cfg(test)]\nmod t { const A: &str = \"LED-001\"; }", "no code knows"),
            (GOOD.replace("only {n}", "only {m}"), code, "other parameters"),
            (GOOD.replace("mend", " "), code, "lacks its remedy"),
            (GOOD.replace("law:1", "law:2"), code, "which data/citations.json does not have"),
            (GOOD.replace("\"error\"", "\"bad\""), code, "needs a severity"),
            (GOOD.replace("LED-001", "led1"), "", "no rule id"),
            ("{".to_owned(), "", "no JSON"),
        ];
        for (text, code, expected) in broken {
            let found = rules(&repo(&text, code));
            assert!(found.iter().any(|f| f.message.contains(expected)), "{expected}: {found:#?}");
        }
    }

    #[test]
    fn ids_are_told_from_other_words() {
        for good in ["REQ-LIMIT", "HW-TR-001", "ID-PASSWORD-001"] {
            assert!(is_rule_id(good), "{good}");
        }
        for bad in ["HW-TR-", "HW-900", "REQ-limit", "REG-", "LEDGER", "ID-{n}"] {
            assert!(!is_rule_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_city_in_code_is_found() {
        let profile =
            r#"{"key": "atown", "tenant_id": "999999", "name": {"zh-CN": "甲乙市", "en": "A-Town"}}"#;
        let bad = Repo::of(&[
            ("data/cities/atown/profile.json", profile),
            (
                "crates/a/src/lib.rs",
                "// atown is fine here\nlet a = \"甲乙\";\nconst ATOWN: u8 = 1;\n#[cfg(test)]\nmod t { const X: &str = \"atown\"; }",
            ),
            ("web/src/a.ts", "const c = '999999'"),
            ("docs/a.md", "A-Town"),
        ]);
        assert_eq!(city_names(&bad).len(), 3);
    }

    #[test]
    fn a_file_without_a_word_in_the_guide_is_found() {
        let bad = Repo::of(&[
            ("data/README.md", "`rules/*.json`, `cities/KEY/profile.json`, `notes.csv`"),
            ("data/rules/a.json", ""),
            ("data/cities/x/profile.json", ""),
            ("data/codes/notes.csv", ""),
            ("data/codes/other.csv", ""),
        ]);
        let found = guide(&bad);
        assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["data/codes/other.csv"]);
    }
}
