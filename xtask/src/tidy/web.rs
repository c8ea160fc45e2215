//! Rules about the front end: texts are in the catalogues, both languages are complete, nothing is fetched from
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::lex::without_comments;
use super::repo::{File, Repo};
use super::source::{is_cjk, short};

const I18N: &str = "web/src/shared/i18n/";

/// Product sources of the front end.
fn sources(repo: &Repo) -> impl Iterator<Item = &File> {
    repo.under("web/").filter(|f| !f.is_test && f.is(&["vue", "ts", "css", "html"]))
}

/// Chinese text stands only in the catalogues.
pub fn no_cjk_outside_i18n(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    for f in sources(repo).filter(|f| !f.path.starts_with(I18N) && f.is(&["vue", "ts"])) {
        for (i, line) in without_comments(&f.text).lines().enumerate() {
            // A class of characters (`\u4e00-\u9fff`, a joining mark) is not a text: two in a row are.
            let run = line
                .chars()
                .map(is_cjk)
                .fold(
                    (0, 0),
                    |(best, n), yes| if yes { (std::cmp::max(best, n + 1), n + 1) } else { (best, 0) },
                )
                .0;
            if run >= 2 {
                out.push(Finding::new(
                    &f.path,
                    i + 1,
                    format!("text in code: {} belongs into {I18N}", short(line.trim())),
                ));
            }
        }
    }
    out
}

/// Keys of a catalogue file with the parameters of their texts.
fn entries(text: &str) -> BTreeMap<String, (usize, BTreeSet<String>)> {
    let mut out: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
    let mut current: Option<String> = None;
    for (i, line) in without_comments(text).lines().enumerate() {
        let trimmed = line.trim_start();
        let quote = trimmed.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let key = quote.and_then(|q| {
            let (key, rest) = trimmed[1..].split_once(q)?;
            rest.trim_start().starts_with(':').then(|| key.to_owned())
        });
        let value = match (&key, quote) {
            (Some(k), _) => &trimmed[k.len() + 2..],
            (None, _) => trimmed,
        };
        if let Some(k) = key {
            out.insert(k.clone(), (i + 1, BTreeSet::new()));
            current = Some(k);
        }
        if let Some(e) = current.as_ref().and_then(|k| out.get_mut(k)) {
            e.1.extend(params(value));
        }
    }
    out
}

/// Names in braces.
pub fn params(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (i, _) in text.match_indices('{') {
        if let Some(end) = text[i..].find('}') {
            let name = &text[i + 1..i + end];
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                out.insert(name.to_owned());
            }
        }
    }
    out
}

/// Both languages have the same files, keys and parameters.
pub fn i18n(repo: &Repo) -> Vec<Finding> {
    let mut out = Vec::new();
    let (zh, en) = (format!("{I18N}zh-CN/"), format!("{I18N}en/"));
    for (here, there) in [(&zh, &en), (&en, &zh)] {
        for f in repo.under(here) {
            let twin = f.path.replace(here.as_str(), there.as_str());
            let Some(other) = repo.get(&twin) else {
                out.push(Finding::new(&f.path, 0, format!("has no twin {twin}")));
                continue;
            };
            let theirs = entries(&other.text);
            for (key, (line, params)) in entries(&f.text) {
                match theirs.get(&key) {
                    None => out.push(Finding::new(&f.path, line, format!("`{key}` is missing in {twin}"))),
                    Some((_, p)) if *p != params => out.push(Finding::new(
                        &f.path,
                        line,
                        format!("`{key}` has other parameters in {twin}: {params:?} and {p:?}"),
                    )),
                    Some(_) => {}
                }
            }
        }
    }
    out
}

/// No address of another host in what the browser loads.
pub fn no_foreign_origin(repo: &Repo) -> Vec<Finding> {
    const NAMESPACES: &[&str] = &["http://www.w3.org/"];
    let mut out = Vec::new();
    for f in repo.under("web/").filter(|f| {
        f.path.starts_with("web/src/") || f.path.starts_with("web/public/") || f.name() == "admin.html"
    }) {
        for (i, line) in without_comments(&f.text).lines().enumerate() {
            for (at, _) in line.match_indices("http://").chain(line.match_indices("https://")) {
                let rest = &line[at..];
                let host = rest.split("://").nth(1).unwrap_or_default();
                if host.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && !NAMESPACES.iter().any(|n| rest.starts_with(n))
                {
                    out.push(Finding::new(&f.path, i + 1, format!("`{}` is another origin", short(rest))));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_outside_the_catalogues_is_found() {
        let bad = Repo::of(&[
            ("web/src/pages/A.vue", "<template>\n<!-- 注释 -->\n<p>你好</p>\n</template>"),
            ("web/src/shared/i18n/zh-CN/a.ts", "'a': '你好'"),
            ("web/src/shared/lib/x.ts", "words.join('、') // 说明"),
        ]);
        let found = no_cjk_outside_i18n(&bad);
        assert_eq!((found.len(), found[0].line), (1, 3));
    }

    #[test]
    fn a_missing_key_or_parameter_is_found() {
        let bad = Repo::of(&[
            (
                "web/src/shared/i18n/zh-CN/a.ts",
                "export default {\n  'a.b': '共 {n} 条',\n  'a.c': 'x',\n  \"a.d\":\n    '长 {m}',\n}",
            ),
            ("web/src/shared/i18n/en/a.ts", "export default {\n  'a.b': 'all',\n  \"a.d\": 'long {m}',\n}"),
            ("web/src/shared/i18n/en/b.ts", ""),
        ]);
        let found = i18n(&bad);
        assert_eq!(found.len(), 4, "{found:#?}");
    }

    #[test]
    fn another_origin_is_found() {
        let bad = Repo::of(&[(
            "web/src/a.ts",
            "fetch('https://cdn.example/x')\nconst ns = 'http://www.w3.org/2000/svg'\nif (u.startsWith('https://')) {}\nconst l = `http://${host}`",
        )]);
        assert_eq!(no_foreign_origin(&bad).len(), 1);
    }
}
